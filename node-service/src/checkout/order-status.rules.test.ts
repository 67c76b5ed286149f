import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FactKind } from './order.entities.ts';
import {
  hasStock,
  holdInForce,
  isPaid,
  nextSettlement,
  type OrderFacts,
  orderStatus,
  type Settlement,
} from './order-status.rules.ts';

type Hold = OrderFacts['hold'];
const ACTIVE: Hold = { state: 'active', returned: false };
const COMMITTED: Hold = { state: 'committed', returned: false };
const RETURNED: Hold = { state: 'committed', returned: true };
const RELEASED: Hold = { state: 'released', returned: false };
const EXPIRED: Hold = { state: 'expired', returned: false };

function order(hold: Hold, ...kinds: FactKind[]): OrderFacts {
  const facts = kinds.map((kind) => ({ kind, reference: 'pi_1', amountMinor: null }));
  return { sessionState: 'open', totalMinor: 1_000, hold, facts };
}

describe('the status of an order', () => {
  test.each<[string, OrderFacts]>([
    ['processing', order(ACTIVE)],
    ['processing', order(ACTIVE, 'cancel_requested')],
    ['processing', order(COMMITTED, 'session_completed', 'payment_processing')],
    ['confirmed', order(COMMITTED, 'session_completed', 'payment_succeeded')],
    ['confirmed', order(COMMITTED, 'payment_succeeded', 'payment_processing', 'cancel_requested')],
    ['failed', order(RETURNED, 'session_completed', 'payment_processing', 'payment_failed')],
    ['failed', order(RELEASED, 'session_refused')],
    ['expired', order(EXPIRED, 'session_expired')],
    ['cancelled', order(RELEASED, 'session_expired', 'cancel_requested')],
    ['needs_attention', order(ACTIVE, 'session_completed', 'needs_attention')],
    ['needs_attention', order(EXPIRED, 'payment_succeeded', 'needs_attention')],
  ])('%s', (status, facts) => {
    expect(orderStatus(facts)).toBe(status);
  });

  test.each<[string, OrderFacts]>([
    ['paid, and its stock not committed', order(ACTIVE, 'payment_succeeded')],
    ['paid, and its hold gone', order(EXPIRED, 'payment_succeeded')],
    ['expired, and its stock still held', order(ACTIVE, 'session_expired')],
    ['cancelled, and its stock still held', order(ACTIVE, 'session_expired', 'cancel_requested')],
    ['failed, and its stock not given back', order(COMMITTED, 'payment_failed')],
  ])('is processing while it is %s', (_, facts) => {
    expect(orderStatus(facts)).toBe('processing');
  });
});

describe('what is still to be done', () => {
  test.each<[Settlement['kind'], OrderFacts]>([
    ['commit', order(ACTIVE, 'payment_succeeded')],
    ['commit', order(ACTIVE, 'payment_processing')],
    ['commit', order(ACTIVE, 'payment_succeeded', 'needs_attention')],
    ['take_again', order(EXPIRED, 'payment_succeeded')],
    ['take_again', order(RETURNED, 'payment_failed', 'payment_succeeded')],
    ['give_back', order(COMMITTED, 'payment_processing', 'payment_failed')],
    ['release', order(ACTIVE, 'payment_failed')],
    ['release', order(ACTIVE, 'session_expired', 'cancel_requested')],
    ['release', order(ACTIVE, 'session_refused')],
    ['expire', order(ACTIVE, 'session_expired')],
  ])('%s', (kind, facts) => {
    expect(nextSettlement(facts)?.kind).toBe(kind);
  });

  test('is nothing while only a person can decide, and while nothing has happened', () => {
    expect(nextSettlement(order(EXPIRED, 'payment_succeeded', 'needs_attention'))).toBeNull();
    expect(nextSettlement(order(ACTIVE))).toBeNull();
    expect(nextSettlement(order(ACTIVE, 'cancel_requested'))).toBeNull();
  });
});

describe('the hold in force', () => {
  const again = (reference: string, detail: string) =>
    ({ kind: 'stock_taken_again', reference, detail }) as const;

  test('is the first, or the last that its stock was taken again with, in any order of facts', () => {
    expect(holdInForce('h1', [])).toBe('h1');
    expect(holdInForce('h1', [again('h1', 'h2')])).toBe('h2');
    expect(holdInForce('h1', [again('h2', 'h3'), again('h1', 'h2')])).toBe('h3');
  });
});

const ALL_KINDS = [
  'session_completed',
  'session_expired',
  'session_refused',
  'payment_succeeded',
  'payment_processing',
  'payment_failed',
  'cancel_requested',
  'needs_attention',
] as const satisfies readonly FactKind[];
const anyHold = fc.constantFrom(ACTIVE, COMMITTED, RETURNED, RELEASED, EXPIRED);
const anyFact = fc.record({
  kind: fc.constantFrom(...ALL_KINDS),
  reference: fc.constantFrom('pi_1', 'cs_1'),
  amountMinor: fc.constant(null),
});
const anyOrder = fc.record({
  sessionState: fc.constantFrom('creating' as const, 'open' as const, 'complete' as const),
  totalMinor: fc.constant(1_000),
  hold: anyHold,
  facts: fc.array(anyFact, { maxLength: 8 }),
});

/** What the allocator does with a settlement: stock that is gone is there again, or is not. */
function settled(facts: OrderFacts, step: Settlement, stockIsThere: boolean): OrderFacts {
  switch (step.kind) {
    case 'commit':
      return { ...facts, hold: COMMITTED };
    case 'give_back':
      return { ...facts, hold: RETURNED };
    case 'release':
      return { ...facts, hold: RELEASED };
    case 'expire':
      return { ...facts, hold: EXPIRED };
    case 'take_again': {
      const fact = { kind: 'needs_attention' as const, reference: 'gone', amountMinor: null };
      return stockIsThere
        ? { ...facts, hold: COMMITTED }
        : { ...facts, facts: [...facts.facts, fact] };
    }
  }
}

function settle(facts: OrderFacts, stockIsThere: boolean): OrderFacts {
  let current = facts;
  for (let steps = 0; steps < 5; steps += 1) {
    const step = nextSettlement(current);
    if (step === null) return current;
    current = settled(current, step, stockIsThere);
  }
  throw new Error('never settled');
}

describe('whatever happens to an order', () => {
  test('its status is the same in any order of its facts, however often each is told', () => {
    const shuffled = anyOrder.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.shuffledSubarray([...one.facts, ...one.facts], {
          minLength: 2 * one.facts.length,
          maxLength: 2 * one.facts.length,
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([one, facts]) => {
        expect(orderStatus({ ...one, facts })).toBe(orderStatus(one));
        expect(nextSettlement({ ...one, facts })?.kind).toBe(nextSettlement(one)?.kind);
      }),
      { numRuns: 500 },
    );
  });

  test('it is never confirmed without payment and stock, nor ended while stock is held for it', () => {
    fc.assert(
      fc.property(anyOrder, (one) => {
        const status = orderStatus(one);
        if (status === 'confirmed') expect([isPaid(one), hasStock(one)]).toEqual([true, true]);
        if (['failed', 'expired', 'cancelled'].includes(status)) {
          expect(isPaid(one)).toBe(false);
          expect(one.hold.state).not.toBe('active');
          const failed = one.facts.some(({ kind }) => kind === 'payment_failed');
          if (failed) expect(hasStock(one)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('it settles in a few steps, and settling again changes nothing', () => {
    fc.assert(
      fc.property(anyOrder, fc.boolean(), (one, stockIsThere) => {
        const end = settle(one, stockIsThere);
        expect(settle(end, stockIsThere)).toEqual(end);
        if (isPaid(one) && orderStatus(end) !== 'needs_attention')
          expect(orderStatus(end)).toBe('confirmed');
      }),
      { numRuns: 500 },
    );
  });
});
