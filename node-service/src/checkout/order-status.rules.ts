/** An order's status is a function of the facts, whatever order they came in. */
import type { HoldState } from '../inventory/index.ts';
import type { FactKind, SessionState } from './order.entities.ts';

export type KnownFact = {
  readonly kind: FactKind;
  readonly reference: string;
  readonly amountMinor: number | null;
  readonly detail: string | null;
  readonly occurredAt: Date;
};

export type OrderFacts = {
  readonly sessionState: SessionState;
  readonly totalMinor: number;
  /** The hold in force. */
  readonly hold: { readonly state: HoldState; readonly returned: boolean };
  readonly facts: readonly KnownFact[];
  /** Another order of the same cart is the one that the cart's money pays for. */
  readonly cartIsPaidElsewhere: boolean;
};

export type OrderStatus =
  | 'processing'
  | 'confirmed'
  | 'failed'
  | 'expired'
  | 'cancelled'
  | 'partially_refunded'
  | 'refunded'
  | 'needs_attention';

/**
 * The hold that an order's stock is in: its first, or the one that its stock was taken again with, each of which names
 * the hold it stands in for.
 */
export function holdInForce(
  firstHoldId: string,
  facts: readonly Pick<KnownFact, 'kind' | 'reference' | 'detail'>[],
): string {
  const takenAgain = facts.filter(({ kind }) => kind === 'stock_taken_again');
  let holdId = firstHoldId;
  for (const _ of takenAgain) {
    holdId = takenAgain.find(({ reference }) => reference === holdId)?.detail ?? holdId;
  }
  return holdId;
}

export function has(order: OrderFacts, kind: FactKind, reference?: string): boolean {
  return order.facts.some(
    (fact) => fact.kind === kind && (reference === undefined || fact.reference === reference),
  );
}

/**
 * Payments that came in and are not given back; the first pays for the order. Which one that is, their ids say: a time
 * would be that of whichever event came first. An order is owed stock if, and only if, it has one.
 */
export function keptPayments(order: OrderFacts): KnownFact[] {
  const kept = order.facts.filter(
    ({ kind, reference }) => kind === 'payment_succeeded' && !has(order, 'refund_due', reference),
  );
  return kept.sort((one, other) => (one.reference < other.reference ? -1 : 1));
}

/** Money has come in and stays, or none was due. */
export function isPaid(order: OrderFacts): boolean {
  return keptPayments(order).length > 0;
}

/** Money came in, and all of it goes back. */
export function isGivenBack(order: OrderFacts): boolean {
  return has(order, 'payment_succeeded') && !isPaid(order);
}

/** Refused by its bank after the session was completed, or canceled meanwhile. An intent of a session that is still
 * open may be canceled too: that ends nothing before the session does. */
function isPaymentFailed(order: OrderFacts): boolean {
  return (
    has(order, 'payment_failed') ||
    order.facts.some(
      ({ kind, reference }) =>
        kind === 'payment_processing' && has(order, 'payment_canceled', reference),
    )
  );
}

/** Completed, and the method takes its time: the stock is the buyer's until it fails. */
export function isPaymentUnderWay(order: OrderFacts): boolean {
  return (
    has(order, 'payment_processing') && !has(order, 'payment_succeeded') && !isPaymentFailed(order)
  );
}

/** The stock is the buyer's for good. */
export function hasStock(order: OrderFacts): boolean {
  return order.hold.state === 'committed' && !order.hold.returned;
}

/** Whether the session can take no more money. */
function isSessionOver(order: OrderFacts): boolean {
  return has(order, 'session_expired') || has(order, 'session_refused');
}

/** What came back to the buyer of the payments that were kept. A refund that failed did not. */
function refundedMinor(order: OrderFacts): number {
  const kept = new Set(keptPayments(order).map(({ reference }) => reference));
  const refunds = new Map(
    order.facts
      .filter(({ kind, detail }) => kind === 'refund_succeeded' && kept.has(detail ?? ''))
      .map(({ reference, amountMinor }) => [reference, amountMinor ?? 0]),
  );
  return [...refunds]
    .filter(([reference]) => !has(order, 'refund_failed', reference))
    .reduce((sum, [, amountMinor]) => sum + amountMinor, 0);
}

function paidStatus(order: OrderFacts): OrderStatus {
  const backMinor = refundedMinor(order);
  if (backMinor === 0) return 'confirmed';
  return backMinor >= order.totalMinor ? 'refunded' : 'partially_refunded';
}

/**
 * Declined, or completed but not paid yet, is still processing: the buyer may try again. So is an order whose stock
 * does not agree with its facts yet: no end is told before it is true of the stock too.
 */
export function orderStatus(order: OrderFacts): OrderStatus {
  if (has(order, 'needs_attention')) return 'needs_attention';
  if (nextSettlement(order) !== null) return 'processing';
  if (isPaid(order)) return dishonour(order) === null ? paidStatus(order) : 'processing';
  if (isPaymentFailed(order) || has(order, 'session_refused')) return 'failed';
  if (isSessionOver(order)) return has(order, 'cancel_requested') ? 'cancelled' : 'expired';
  return 'processing';
}

/** What is still to be done so that stock agrees with the facts; null when it does. */
export type Settlement =
  | { readonly kind: 'commit'; readonly paymentFact: string }
  | { readonly kind: 'take_again'; readonly paymentFact: string }
  | { readonly kind: 'give_back' }
  | { readonly kind: 'release' }
  | { readonly kind: 'expire' };

function paymentFactOf(order: OrderFacts): string {
  const fact =
    keptPayments(order)[0] ?? order.facts.find(({ kind }) => kind === 'payment_processing');
  if (fact === undefined) throw new Error('no payment fact');
  return `${fact.kind}:${fact.reference}`;
}

/** Why an order will not have its stock, however much is paid for it. */
export type Dishonour = 'paid_without_stock' | 'cart_paid_twice';

export function dishonour(order: OrderFacts): Dishonour | null {
  if (has(order, 'needs_attention', 'cart_paid_twice') || order.cartIsPaidElsewhere)
    return 'cart_paid_twice';
  // Stock that was not there once is not looked for again and again.
  if (has(order, 'needs_attention', 'paid_without_stock') && !hasStock(order))
    return 'paid_without_stock';
  return null;
}

/** Stock that nothing pays for: freed where it is held, given back where it was sold. */
function unpaid(order: OrderFacts): Settlement | null {
  if (order.hold.state === 'active') return { kind: 'release' };
  return hasStock(order) ? { kind: 'give_back' } : null;
}

export function nextSettlement(order: OrderFacts): Settlement | null {
  if (isPaid(order) || isPaymentUnderWay(order)) {
    if (dishonour(order) !== null) return unpaid(order);
    if (hasStock(order)) return null;
    const paymentFact = paymentFactOf(order);
    return { kind: order.hold.state === 'active' ? 'commit' : 'take_again', paymentFact };
  }
  if (isGivenBack(order) || isPaymentFailed(order)) return unpaid(order);
  if (order.hold.state !== 'active' || !isSessionOver(order)) return null;
  return has(order, 'session_refused') || has(order, 'cancel_requested')
    ? { kind: 'release' }
    : { kind: 'expire' };
}
