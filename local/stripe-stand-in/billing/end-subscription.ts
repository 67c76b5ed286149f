import type Stripe from 'stripe';
import { resourceMissing } from '../api/api-error.ts';
import { unschedule } from '../store/scheduler.ts';
import { emit } from '../webhooks/emit.ts';
import { unixSeconds, type Work } from '../work.ts';
import { voidInvoice } from './collect.ts';

export interface CancelFacts {
  readonly comment?: string | null | undefined;
  readonly feedback?: Stripe.Subscription.CancellationDetails.Feedback | null | undefined;
  readonly reason?: Stripe.Subscription.CancellationDetails.Reason;
}

/**
 * Ends a subscription now, with `customer.subscription.deleted`; an open invoice of it is left as it is, and is not
 * charged by itself any more. Throws a 404 where it has ended, as Stripe does.
 */
export function cancelSubscription(
  work: Work,
  subscription: Stripe.Subscription,
  { comment = null, feedback = null, reason = 'cancellation_requested' }: CancelFacts,
): Stripe.Subscription {
  const { id } = subscription;
  if (subscription.ended_at !== null) {
    throw resourceMissing('subscription', id, 'id', 'in_path');
  }
  const now = unixSeconds(work.nowMs);
  const canceled: Stripe.Subscription = {
    ...subscription,
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: { comment, feedback, feedback_option: null, reason },
    ended_at: now,
    status: subscription.status === 'incomplete' ? 'incomplete_expired' : 'canceled',
  };
  work.tx.put('subscriptions', id, canceled);
  unschedule(work.tx, 'expire_subscription', id);
  emit(work, 'customer.subscription.deleted', canceled);
  return canceled;
}

/** What becomes of a subscription whose first invoice nobody paid in 23 hours: expired, the invoice void. */
export function expireIfIncomplete(work: Work, id: string): void {
  const subscription = work.tx.get('subscriptions', id);
  if (subscription?.status !== 'incomplete') return;
  const invoice = work.tx.get('invoices', String(subscription.latest_invoice));
  if (invoice?.status === 'open') voidInvoice(work, invoice);
}
