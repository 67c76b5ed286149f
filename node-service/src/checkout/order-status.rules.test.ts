import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refundsDue } from './give-back.rules.ts';
import type { FactKind } from './order.entities.ts';
import {
  hasStock,
  holdInForce,
  isGivenBack,
  isPaid,
  type KnownFact,
  keptPayments,
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
  return known(hold, ...kinds.map((kind) => fact(kind)));
}
function known(hold: Hold, ...facts: KnownFact[]): OrderFacts {
  const rest = { sessionState: 'open', totalMinor: 1_000, cartIsPaidElsewhere: false } as const;
  return { ...rest, hold, facts };
}
function fact(kind: FactKind, reference = 'pi_1', rest: Partial<KnownFact> = {}): KnownFact {
  return { kind, reference, amountMinor: null, detail: null, occurredAt: new Date(0), ...rest };
}
const PAID = fact('payment_succeeded', 'pi_1', { amountMinor: 1_000 });
const refund = (kind: FactKind, id: string, amountMinor: number): KnownFact =>
  fact(kind, id, { amountMinor, detail: 'pi_1' });

describe('the status of an order', () => {
  test.each<[string, OrderFacts]>([
    ['processing', order(ACTIVE)],
    ['processing', order(ACTIVE, 'cancel_requested')],
    ['processing', order(COMMITTED, 'session_completed', 'payment_processing')],
    ['confirmed', order(COMMITTED, 'session_completed', 'payment_succeeded')],
    ['confirmed', order(COMMITTED, 'payment_succeeded', 'payment_processing', 'cancel_requested')],
    ['failed', order(RETURNED, 'session_completed', 'payment_processing', 'payment_failed')],
    ['failed', order(RETURNED, 'session_completed', 'payment_processing', 'payment_canceled')],
    ['confirmed', order(COMMITTED, 'payment_succeeded', 'payment_failed', 'payment_canceled')],
    ['confirmed', order(COMMITTED, 'payment_succeeded', 'session_expired')],
    ['processing', order(ACTIVE, 'payment_canceled')],
    ['failed', order(RELEASED, 'session_refused')],
    ['expired', order(EXPIRED, 'session_expired')],
    ['cancelled', order(RELEASED, 'session_expired', 'cancel_requested')],
    ['needs_attention', order(ACTIVE, 'session_completed', 'needs_attention')],
    ['needs_attention', known(EXPIRED, PAID, fact('needs_attention', 'paid_without_stock'))],
    ['confirmed', known(COMMITTED, PAID, refund('refund_pending', 're_1', 1_000))],
    ['partially_refunded', known(COMMITTED, PAID, refund('refund_succeeded', 're_1', 999))],
    [
      'refunded',
      known(
        COMMITTED,
        PAID,
        refund('refund_succeeded', 're_1', 400),
        refund('refund_succeeded', 're_2', 600),
        refund('refund_pending', 're_1', 400),
      ),
    ],
    [
      'partially_refunded',
      known(
        COMMITTED,
        PAID,
        refund('refund_succeeded', 're_1', 400),
        refund('refund_failed', 're_2', 600),
        refund('refund_succeeded', 're_2', 600),
      ),
    ],
    [
      'confirmed',
      known(
        COMMITTED,
        PAID,
        fact('payment_succeeded', 'pi_2'),
        fact('refund_due', 'pi_2'),
        fact('refund_succeeded', 're_1', { amountMinor: 1_000, detail: 'pi_2' }),
      ),
    ],
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
    ['release', order(ACTIVE, 'payment_processing', 'payment_canceled')],
    ['give_back', order(COMMITTED, 'payment_processing', 'payment_canceled')],
    ['release', order(ACTIVE, 'session_expired', 'cancel_requested')],
    ['release', order(ACTIVE, 'session_refused')],
    ['expire', order(ACTIVE, 'session_expired')],
    ['take_again', known(EXPIRED, PAID, fact('needs_attention', 'amount_mismatch'))],
    ['release', { ...known(ACTIVE, PAID), cartIsPaidElsewhere: true }],
    ['give_back', { ...known(COMMITTED, PAID), cartIsPaidElsewhere: true }],
    ['give_back', known(COMMITTED, PAID, fact('refund_due'))],
    ['release', known(ACTIVE, PAID, fact('refund_due'))],
  ])('%s', (kind, facts) => {
    expect(nextSettlement(facts)?.kind).toBe(kind);
  });

  test('is nothing where the stock was not there once, and while nothing has happened', () => {
    const gone = fact('needs_attention', 'paid_without_stock');
    expect(nextSettlement(known(EXPIRED, PAID, gone))).toBeNull();
    expect(nextSettlement(known(EXPIRED, PAID, gone, fact('refund_due')))).toBeNull();
    expect(nextSettlement(order(ACTIVE))).toBeNull();
    expect(nextSettlement(order(ACTIVE, 'cancel_requested'))).toBeNull();
    // Its session may still be paid by another intent.
    expect(nextSettlement(order(ACTIVE, 'payment_canceled'))).toBeNull();
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
  'refund_due',
  'refund_succeeded',
  'refund_failed',
] as const satisfies readonly FactKind[];
const anyHold = fc.constantFrom(ACTIVE, COMMITTED, RETURNED, RELEASED, EXPIRED);
const anyFact = fc.record({
  kind: fc.constantFrom(...ALL_KINDS),
  reference: fc.constantFrom('pi_1', 'cs_1', 'paid_without_stock', 'cart_paid_twice'),
  amountMinor: fc.constant(1_000),
  detail: fc.constantFrom('pi_1', 'cs_1', null),
  occurredAt: fc.constant(new Date(0)),
});
const anyOrder = fc.record({
  sessionState: fc.constantFrom('creating' as const, 'open' as const, 'complete' as const),
  totalMinor: fc.constant(1_000),
  cartIsPaidElsewhere: fc.boolean(),
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
      const gone = fact('needs_attention', 'paid_without_stock');
      return stockIsThere
        ? { ...facts, hold: COMMITTED }
        : { ...facts, facts: [...facts.facts, gone] };
    }
  }
}

function decided(order: OrderFacts): OrderFacts {
  const facts = refundsDue(order).flatMap(({ payment, reason }) => [
    fact('needs_attention', reason),
    fact('refund_due', payment.reference),
  ]);
  return { ...order, facts: [...order.facts, ...facts] };
}

function settle(facts: OrderFacts, stockIsThere: boolean): OrderFacts {
  let current = facts;
  for (let steps = 0; steps < 5; steps += 1) {
    current = decided(current);
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
        if (['confirmed', 'refunded', 'partially_refunded'].includes(status))
          expect([isPaid(one), hasStock(one)]).toEqual([true, true]);
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
        if (isPaid(end) && !end.facts.some(({ kind }) => kind === 'needs_attention'))
          expect(orderStatus(end)).toMatch(/^(confirmed|refunded|partially_refunded)$/);
        expect(keptPayments(end).length).toBeLessThanOrEqual(1);
        if (isPaid(end)) expect(hasStock(end)).toBe(true);
        if (isGivenBack(end))
          expect([hasStock(end), end.hold.state === 'active']).toEqual([false, false]);
      }),
      { numRuns: 500 },
    );
  });
});
