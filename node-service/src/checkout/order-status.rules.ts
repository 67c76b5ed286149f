/** An order's status is a function of the facts, whatever order they came in. */
import type { HoldState } from '../inventory/index.ts';
import type { FactKind, SessionState } from './order.entities.ts';

export type OrderFacts = {
  readonly sessionState: SessionState;
  readonly totalMinor: number;
  /** The hold in force. */
  readonly hold: { readonly state: HoldState; readonly returned: boolean };
  readonly facts: readonly {
    readonly kind: FactKind;
    readonly reference: string;
    readonly amountMinor: number | null;
  }[];
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
  facts: readonly {
    readonly kind: FactKind;
    readonly reference: string;
    readonly detail: string | null;
  }[],
): string {
  const takenAgain = facts.filter(({ kind }) => kind === 'stock_taken_again');
  let holdId = firstHoldId;
  for (const _ of takenAgain) {
    holdId = takenAgain.find(({ reference }) => reference === holdId)?.detail ?? holdId;
  }
  return holdId;
}

function has(order: OrderFacts, kind: FactKind): boolean {
  return order.facts.some((fact) => fact.kind === kind);
}

/** Money has come in, or none was due. */
export function isPaid(order: OrderFacts): boolean {
  return has(order, 'payment_succeeded');
}

/** Completed, and the method takes its time: the stock is the buyer's until it fails. */
export function isPaymentUnderWay(order: OrderFacts): boolean {
  return has(order, 'payment_processing') && !isPaid(order) && !has(order, 'payment_failed');
}

/** The stock is the buyer's for good. */
export function hasStock(order: OrderFacts): boolean {
  return order.hold.state === 'committed' && !order.hold.returned;
}

/** Whether the session can take no more money. */
function isSessionOver(order: OrderFacts): boolean {
  return has(order, 'session_expired') || has(order, 'session_refused');
}

/**
 * Declined, or completed but not paid yet, is still processing: the buyer may try again. So is an order whose stock
 * does not agree with its facts yet: no end is told before it is true of the stock too.
 */
export function orderStatus(order: OrderFacts): OrderStatus {
  if (has(order, 'needs_attention')) return 'needs_attention';
  if (nextSettlement(order) !== null) return 'processing';
  if (isPaid(order)) return 'confirmed';
  if (has(order, 'payment_failed') || has(order, 'session_refused')) return 'failed';
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
  const fact = order.facts.find(
    ({ kind }) => kind === 'payment_succeeded' || kind === 'payment_processing',
  );
  if (fact === undefined) throw new Error('no payment fact');
  return `${fact.kind}:${fact.reference}`;
}

export function nextSettlement(order: OrderFacts): Settlement | null {
  if (isPaid(order) || isPaymentUnderWay(order)) {
    if (hasStock(order)) return null;
    const paymentFact = paymentFactOf(order);
    if (order.hold.state === 'active') return { kind: 'commit', paymentFact };
    // Stock that was not there once is a person's to find: nobody tries again and again.
    return has(order, 'needs_attention') ? null : { kind: 'take_again', paymentFact };
  }
  if (has(order, 'payment_failed')) {
    if (order.hold.state === 'committed') return order.hold.returned ? null : { kind: 'give_back' };
    return order.hold.state === 'active' ? { kind: 'release' } : null;
  }
  if (order.hold.state !== 'active' || !isSessionOver(order)) return null;
  return has(order, 'session_refused') || has(order, 'cancel_requested')
    ? { kind: 'release' }
    : { kind: 'expire' };
}
