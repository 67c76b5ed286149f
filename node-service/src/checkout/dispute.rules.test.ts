import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { isContested, isDisputed, readDispute } from './dispute.rules.ts';

const MADE = new Date('2026-11-23T12:00:00Z');
const SEEN = new Date('2026-11-25T12:00:00Z');

const dispute = (changes: object = {}): Stripe.Dispute =>
  ({
    id: 'dp_1',
    amount: 50_000,
    currency: 'isk',
    created: MADE.getTime() / 1_000,
    status: 'needs_response',
    payment_intent: 'pi_1',
    charge: 'ch_1',
    balance_transactions: [],
    ...changes,
  }) as unknown as Stripe.Dispute;
const read = (changes: object, type = 'charge.dispute.updated') =>
  readDispute(dispute(changes), type, fromStripeAmount, SEEN);
const known = (...statuses: readonly string[]) =>
  statuses.flatMap((status) =>
    read({ status }).map((fact) => ({ ...fact, detail: fact.detail ?? null })),
  );

describe('what a dispute says of its order', () => {
  test.each([
    ['warning_needs_response', 'dispute_inquired'],
    ['warning_under_review', 'dispute_inquired'],
    ['warning_closed', 'dispute_dropped'],
    ['prevented', 'dispute_dropped'],
    ['needs_response', 'dispute_opened'],
    ['under_review', 'dispute_opened'],
    ['appeal_needs_response', 'dispute_opened'],
    ['appeal_under_review', 'dispute_opened'],
    ['on_holiday', 'dispute_opened'],
    ['lost', 'dispute_lost'],
    ['won', 'dispute_won'],
  ])('%s is %s', (status, kind) => {
    expect(read({ status })).toMatchObject([
      { kind, reference: 'dp_1', detail: 'pi_1', amountMinor: 500, currency: 'ISK' },
    ]);
  });

  test('money that moved is told by its movements, in whatever event they come', () => {
    const withdrawn = { amount: -50_000, currency: 'isk' };
    const half = { amount: 25_000, currency: 'isk' };
    const moved = read({ status: 'won', balance_transactions: [withdrawn, half] });
    expect(moved.slice(1)).toMatchObject([
      { kind: 'dispute_funds_withdrawn', amountMinor: 500 },
      { kind: 'dispute_funds_reinstated', amountMinor: 250 },
    ]);
  });

  test('money that moved in another currency, or without its movement, is what the dispute is about', () => {
    const inEuro = read({ balance_transactions: [{ amount: -345, currency: 'eur' }] });
    expect(inEuro).toContainEqual(
      expect.objectContaining({ kind: 'dispute_funds_withdrawn', amountMinor: 500 }),
    );
    const untold = read({ status: 'won' }, 'charge.dispute.funds_reinstated');
    expect(untold).toContainEqual(
      expect.objectContaining({ kind: 'dispute_funds_reinstated', amountMinor: 500 }),
    );
  });
});

describe('an order is disputed, and its payment contested', () => {
  test.each<[readonly string[], boolean, boolean]>([
    [[], false, false],
    [['warning_needs_response'], true, false],
    [['warning_needs_response', 'warning_closed'], false, false],
    [['warning_closed', 'needs_response'], true, true],
    [['needs_response', 'under_review'], true, true],
    [['needs_response', 'lost'], true, true],
    [['lost', 'appeal_under_review'], true, true],
    [['lost', 'appeal_under_review', 'won'], false, false],
    [['needs_response', 'won'], false, false],
  ])('%j: %s, %s, in whatever order it was told', (statuses, disputed, contested) => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...statuses], { minLength: statuses.length }), (told) => {
        expect(isDisputed(known(...told))).toBe(disputed);
        expect(isContested(known(...told), 'pi_1')).toBe(contested);
        expect(isContested(known(...told), 'pi_2')).toBe(false);
      }),
    );
  });

  test('while one of two disputes is not over', () => {
    const other = { ...known('needs_response')[0], reference: 'dp_2' } as typeof known extends (
      ...of: never[]
    ) => (infer Fact)[]
      ? Fact
      : never;
    expect(isDisputed([...known('won'), other])).toBe(true);
  });
});
