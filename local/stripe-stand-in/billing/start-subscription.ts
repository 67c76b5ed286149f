import type Stripe from 'stripe';
import { ApiError, refused } from '../api/api-error.ts';
import { schedule } from '../store/scheduler.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';
import { collectInvoice, finalizeInvoice, outcomeOfMethod } from './collect.ts';
import { buildInvoice } from './invoice-object.ts';
import { buildSubscription, lineOf, type SubscriptionFacts } from './subscription-object.ts';

/** How a first payment is made, as `payment_behavior` says. */
export type FirstPayment = 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';

const INCOMPLETE_HOURS = 23;

/**
 * Begins a subscription and bills its first period. With `default_incomplete` the buyer is to confirm the invoice's
 * PaymentIntent; otherwise the default payment method is charged now. Throws a 400 where there is none, and a 402
 * where the charge is declined and `error_if_incomplete` asked for that: then nothing was begun.
 */
export function startSubscription(
  work: Work,
  facts: SubscriptionFacts,
  behavior: FirstPayment,
): Stripe.Subscription {
  const subscription = buildSubscription(work, facts);
  const isTrial = facts.trial !== null;
  const lines = subscription.items.data.map((item) => lineOf(item, isTrial));
  const draft = buildInvoice(work, subscription, 'subscription_create', lines);
  const charges = behavior !== 'default_incomplete' && draft.amount_due > 0;
  if (charges && facts.defaultPaymentMethod === null) {
    throw refused(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
      { code: 'resource_missing' },
    );
  }
  const outcome = outcomeOfMethod(facts.defaultPaymentMethod);
  if (charges && outcome === 'failed' && behavior === 'error_if_incomplete') {
    const details = { code: 'card_declined', decline_code: 'generic_decline' };
    throw new ApiError(402, 'card_error', 'Your card was declined.', details, true);
  }
  const begun = { ...subscription, latest_invoice: draft.id };
  work.tx.put('subscriptions', begun.id, begun);
  work.tx.put('invoices', draft.id, draft);
  schedule(work.tx, {
    kind: 'expire_subscription',
    objectId: begun.id,
    dueAtMs: work.nowMs + INCOMPLETE_HOURS * 3_600_000,
  });
  emit(work, 'customer.subscription.created', begun);
  emit(work, 'invoice.created', draft);
  const invoice = finalizeInvoice(work, draft);
  if (charges) collectInvoice(work, invoice, outcome);
  return work.tx.get('subscriptions', begun.id) ?? begun;
}
