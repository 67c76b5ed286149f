import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { readRefund } from './refund-facts.rules.ts';

const MADE = new Date('2026-11-23T12:00:00Z');
const SEEN = new Date('2026-11-25T12:00:00Z');

function refund(changes: Partial<Stripe.Refund> = {}): Stripe.Refund {
  return {
    id: 're_1',
    object: 'refund',
    amount: 50_000,
    balance_transaction: null,
    charge: 'ch_1',
    created: MADE.getTime() / 1_000,
    currency: 'isk',
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: 'pi_1',
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
    ...changes,
  };
}
const read = (changes: Partial<Stripe.Refund>) =>
  readRefund(refund(changes), fromStripeAmount, SEEN);

describe('what a refund says of its order', () => {
  test('is what it gives back, in ISO minor units, and of which payment', () => {
    const money = { amountMinor: 500, currency: 'ISK', detail: 'pi_1' };
    expect(read({})).toEqual([
      { kind: 'refund_succeeded', reference: 're_1', occurredAt: MADE, ...money },
      { kind: 'refund_taken', reference: 're_1', occurredAt: MADE, ...money },
    ]);
    expect(read({ payment_intent: null })[0]?.detail).toBe('ch_1');
  });

  test.each([
    ['pending', 'refund_pending'],
    ['requires_action', 'refund_pending'],
    ['on_holiday', 'refund_pending'],
    [null, 'refund_pending'],
    ['succeeded', 'refund_succeeded'],
    ['failed', 'refund_failed'],
    ['canceled', 'refund_failed'],
  ])('%s is %s', (status, kind) => {
    expect(read({ status })[0]?.kind).toBe(kind);
  });

  test('is that our operation was carried out, where it names one', () => {
    expect(read({ metadata: { operation_id: 'refund:ord_1:pi_1:1' } })).toContainEqual({
      kind: 'refund_made',
      reference: 'refund:ord_1:pi_1:1',
      detail: 're_1',
      occurredAt: MADE,
    });
  });

  test.each([
    ['pending', null, false],
    ['pending', 'txn_1', true],
    ['succeeded', null, true],
    ['failed', null, false],
    ['failed', 'txn_1', true],
  ])(
    '%s with the movement %s was taken off our balance: %s',
    (status, balance_transaction, isTaken) => {
      const kinds = read({ status, balance_transaction }).map(({ kind }) => kind);
      expect(kinds.includes('refund_taken')).toBe(isTaken);
    },
  );

  test('is for a person when it failed, at the time that this was seen', () => {
    const facts = read({ status: 'failed' });
    expect(facts.map(({ kind, reference }) => [kind, reference])).toEqual([
      ['refund_failed', 're_1'],
      ['needs_attention', 'refund_failed'],
    ]);
    for (const { occurredAt } of facts) expect(occurredAt).toEqual(SEEN);
  });

  test('is the same set of facts in whatever order its snapshots come', () => {
    const statuses = fc.shuffledSubarray(['pending', 'succeeded', 'failed'], { minLength: 3 });
    const keys = (order: readonly string[]) =>
      new Set(order.flatMap((status) => read({ status }).map((f) => `${f.kind} ${f.reference}`)));
    fc.assert(
      fc.property(statuses, (order) => {
        expect(keys(order)).toEqual(keys(['pending', 'succeeded', 'failed']));
      }),
    );
  });
});
