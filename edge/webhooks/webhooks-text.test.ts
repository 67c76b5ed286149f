import type { DeadLetter } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { expect, test } from 'vitest';
import { actLines, objectLines, table, wholeLetterLines } from './webhooks-text.ts';

const AT = '2026-11-23T12:00:00.123Z';
const LETTER: DeadLetter = {
  deadLetterId: 'dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
  source: 'webhook',
  reference: 'evt_1',
  reason: 'unresolved_tenant',
  state: 'open',
  eventType: 'invoice.paid',
  occurrences: 2,
  createdAt: AT,
  updatedAt: AT,
  detail: 'invoice.paid: nothing that it names is known',
  candidateShops: ['aurora'],
  objects: [
    { stripeId: 'sub_1', objectType: 'subscription' },
    { stripeId: 'cus_1', objectType: 'customer', shopId: 'aurora' },
  ],
  payload: { customer_email: 'ada@example.com' },
};

test('a letter says what happened, whose it may be and what it names, and nothing of what it holds', () => {
  expect(wholeLetterLines(LETTER)).toEqual([
    'letter                                   state  reason             shop  what          times  last                  reference',
    'dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e  open   unresolved_tenant  -     invoice.paid  2      2026-11-23T12:00:00Z  evt_1',
    '',
    '  invoice.paid: nothing that it names is known',
    '  first 2026-11-23T12:00:00Z',
    '  may be, without proof: aurora',
    '',
    '  names  what          shop',
    "  sub_1  subscription  nobody's yet",
    '  cus_1  customer      aurora',
  ]);
});

test('whatever came from elsewhere begins no line and moves no cursor', () => {
  const evil = 'a\n\u001b[2J\u202eb';
  const lines = [
    ...table(['one'], [[evil]]),
    ...wholeLetterLines({ ...LETTER, detail: evil, reference: evil, eventType: evil }),
    ...objectLines({
      shopId: 'aurora',
      stripeId: 'sub_1',
      objectType: evil,
      state: 'associated',
      proposedBy: evil,
      proposedAt: AT,
      reason: evil,
    }),
    ...actLines({
      actId: 'act_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
      kind: 'discard_dead_letter',
      subject: evil,
      reason: evil,
      actedBy: evil,
      actedAt: AT,
      requestId: evil,
    }),
  ].join('');
  expect(lines).toContain('a\\u000a\\u001b[2J\\u202eb');
  expect(lines).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
});
