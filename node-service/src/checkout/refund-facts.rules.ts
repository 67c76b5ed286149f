/** What a snapshot of a refund says about its order. The same facts, however often and in whatever order it is seen. */
import type Stripe from 'stripe';
import type { NewFact } from './order-rows.ts';

/** A refund goes from pending to succeeded, and from either to failed: the last of these that was seen holds. */
type RefundState = 'refund_pending' | 'refund_succeeded' | 'refund_failed';

/** Stripe may add words: one that is not known here is not the end. */
function stateOf(status: string | null): RefundState {
  if (status === 'succeeded') return 'refund_succeeded';
  // A cancelled one never reached the buyer either, and its money is in the balance again.
  return status === 'failed' || status === 'canceled' ? 'refund_failed' : 'refund_pending';
}

function idOf(reference: string | { id: string } | null): string | null {
  return reference === null || typeof reference === 'string' ? reference : reference.id;
}

/**
 * @param seenAt when it was so; Stripe tells when a refund was made, not when it failed.
 * @throws RangeError where Stripe's amount is no amount of the currency.
 */
export function readRefund(
  refund: Stripe.Refund,
  fromStripeAmount: (amount: number, currency: string) => number,
  seenAt: Date,
): NewFact[] {
  const currency = refund.currency.toUpperCase();
  const kind = stateOf(refund.status);
  const failed = kind === 'refund_failed';
  const occurredAt = failed ? seenAt : new Date(refund.created * 1_000);
  const payment = idOf(refund.payment_intent) ?? idOf(refund.charge);
  const operationId = refund.metadata?.operation_id;
  // Stripe takes a refund off its balance when it is made, unless the balance is too low: then it waits.
  const isTaken = kind === 'refund_succeeded' || refund.balance_transaction !== null;
  const fact = {
    reference: refund.id,
    amountMinor: fromStripeAmount(refund.amount, currency),
    currency,
    ...(payment === null ? {} : { detail: payment }),
  };
  return [
    { ...fact, kind, occurredAt },
    ...(isTaken
      ? [{ ...fact, kind: 'refund_taken' as const, occurredAt: new Date(refund.created * 1_000) }]
      : []),
    ...(operationId === undefined
      ? []
      : [{ kind: 'refund_made' as const, reference: operationId, detail: refund.id, occurredAt }]),
    ...(failed
      ? [
          {
            kind: 'needs_attention' as const,
            reference: 'refund_failed',
            detail: refund.id,
            occurredAt,
          },
        ]
      : []),
  ];
}
