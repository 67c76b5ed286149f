/** Which payments are given back: all of an order that cannot be honoured, and all but one of any other. */
import type { NewFact } from './order-rows.ts';
import {
  type Dishonour,
  dishonour,
  hasStock,
  isPaid,
  isPaymentUnderWay,
  type KnownFact,
  keptPayments,
  type OrderFacts,
} from './order-status.rules.ts';

export type RefundReason = Dishonour | 'paid_twice';
const DISHONOURS: readonly string[] = [
  'paid_without_stock',
  'cart_paid_twice',
] satisfies readonly Dishonour[];

/** Whether a payment is given back because its whole order is not honoured: such an order has earned nothing. */
export function isDishonour(reason: string | null): reason is Dishonour {
  return reason !== null && DISHONOURS.includes(reason);
}

export type DueRefund = { readonly payment: KnownFact; readonly reason: RefundReason };

/** Payments that are to be given back, and are not yet. The same whatever order the facts came in. */
export function refundsDue(order: OrderFacts): DueRefund[] {
  const kept = keptPayments(order);
  const reason = dishonour(order);
  const due = reason === null ? kept.slice(1) : kept;
  return due.map((payment) => ({ payment, reason: reason ?? 'paid_twice' }));
}

/** The decision as facts, and why, for whoever waits for the goods. Made again it is the same. */
export function dueFacts(
  { payment, reason }: DueRefund,
  currency: string,
  occurredAt: Date,
): NewFact[] {
  const { reference } = payment;
  const amountMinor = payment.amountMinor ?? 0;
  return [
    { kind: 'needs_attention', reference: reason, detail: reference, occurredAt },
    { kind: 'refund_due', reference, amountMinor, currency, detail: reason, occurredAt },
  ];
}

/**
 * Which of two orders of one cart its money pays for: the one that has its stock, else the one that was paid first.
 * Either order comes to the same answer.
 */
export function paysForCart(order: OrderFacts, rival: OrderFacts): boolean {
  if (hasStock(order) !== hasStock(rival)) return hasStock(order);
  const [first, rivals] = [since(order), since(rival)];
  return first.atMs === rivals.atMs ? first.reference < rivals.reference : first.atMs < rivals.atMs;
}

/** Whether the order has money, or is about to: only then can it take part in anything. */
export function hasMoney(order: OrderFacts): boolean {
  return isPaid(order) || isPaymentUnderWay(order);
}

function since(order: OrderFacts): { readonly atMs: number; readonly reference: string } {
  const fact =
    keptPayments(order)[0] ?? order.facts.find(({ kind }) => kind === 'payment_processing');
  if (fact === undefined) throw new Error('an order without money');
  return { atMs: fact.occurredAt.getTime(), reference: fact.reference };
}

/** Stripe repeats what it once answered to a key for 24 hours at least. After 23 nothing is repeated blindly. */
const KEY_IS_SURE_FOR_MS = 23 * 3_600_000;

/** @param decidedAt no call can have been made before it. */
export function mayKeyBeForgotten(decidedAt: Date, now: Date): boolean {
  return now.getTime() - decidedAt.getTime() >= KEY_IS_SURE_FOR_MS;
}

/** The name of one attempt to give a payment back: Stripe's idempotency key, and in the refund's metadata. */
export function refundOperationId(
  orderId: string,
  paymentReference: string,
  attempt: string,
): string {
  return `refund:${orderId}:${paymentReference}:${attempt}`;
}

/** What of the payment is with the buyer again, or on its way. */
export function givenBackMinor(order: Pick<OrderFacts, 'facts'>, paymentReference: string): number {
  const failed = new Set(
    order.facts.filter(({ kind }) => kind === 'refund_failed').map(({ reference }) => reference),
  );
  const amounts = new Map(
    order.facts
      .filter(
        ({ kind, detail, reference }) =>
          (kind === 'refund_pending' || kind === 'refund_succeeded') &&
          detail === paymentReference &&
          !failed.has(reference),
      )
      .map(({ reference, amountMinor }) => [reference, amountMinor ?? 0]),
  );
  return [...amounts.values()].reduce((sum, amountMinor) => sum + amountMinor, 0);
}

/** Whether nothing is left to do for the operation: it was carried out, or refused, or all is back by other means. */
export function isRefundOver(
  order: Pick<OrderFacts, 'facts'>,
  operationId: string,
  due: KnownFact,
): boolean {
  const ended = order.facts.some(
    ({ kind, reference }) =>
      (kind === 'refund_made' || kind === 'refund_refused') && reference === operationId,
  );
  return ended || givenBackMinor(order, due.reference) >= (due.amountMinor ?? 0);
}
