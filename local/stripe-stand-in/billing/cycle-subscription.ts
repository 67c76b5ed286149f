import type Stripe from 'stripe';
import { refused } from '../api/api-error.ts';
import type { PendingItemRecord } from '../store/records.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';
import {
  type CollectOutcome,
  collectInvoice,
  finalizeInvoice,
  markUncollectible,
  voidInvoice,
} from './collect.ts';
import { cancelSubscription } from './end-subscription.ts';
import { buildInvoice, type LineFacts } from './invoice-object.ts';
import { periodFrom } from './periods.ts';
import { saveSubscription } from './save-changed.ts';
import { lineOf } from './subscription-object.ts';

const MOVING = new Set(['trialing', 'active', 'past_due', 'unpaid']);

/**
 * Moves a subscription into its next period, whatever the clock says, and bills it: what Stripe does at
 * `current_period_end`. One that was to end with the period ends; a trial says that it will end, and ends; without a
 * payment method a trial ends as `trial_settings` has it. Throws a 400 where the subscription does not move.
 */
export function cycleSubscription(
  work: Work,
  subscription: Stripe.Subscription,
  outcome: CollectOutcome,
): Stripe.Subscription {
  const { id, status } = subscription;
  if (!MOVING.has(status)) throw refused(`Subscription ${id} is \`${status}\`: it has no period.`);
  if (subscription.cancel_at_period_end) return cancelSubscription(work, subscription, {});
  if (status === 'trialing') {
    emit(work, 'customer.subscription.trial_will_end', subscription);
    const behavior = subscription.trial_settings?.end_behavior.missing_payment_method;
    if (subscription.default_payment_method === null && behavior === 'cancel') {
      return cancelSubscription(work, subscription, {});
    }
    if (subscription.default_payment_method === null && behavior === 'pause') {
      return pause(work, subscription);
    }
  }
  return bill(work, subscription, outcome);
}

/** Begins a paused subscription again with a new period, billed now. Throws a 400 where it is not paused. */
export function resumeSubscription(
  work: Work,
  subscription: Stripe.Subscription,
  outcome: CollectOutcome,
): Stripe.Subscription {
  if (subscription.status !== 'paused') {
    throw refused(`Subscription ${subscription.id} is \`${subscription.status}\`, not \`paused\`.`);
  }
  const billed = bill(work, subscription, outcome);
  emit(work, 'customer.subscription.resumed', billed);
  return billed;
}

function pause(work: Work, subscription: Stripe.Subscription): Stripe.Subscription {
  const paused: Stripe.Subscription = { ...subscription, status: 'paused' };
  work.tx.put('subscriptions', paused.id, paused);
  emit(work, 'customer.subscription.paused', paused);
  return paused;
}

function bill(
  work: Work,
  subscription: Stripe.Subscription,
  outcome: CollectOutcome,
): Stripe.Subscription {
  const moved = subscription.items.data.map((item) => {
    if (item.price.recurring === null) throw new Error(`${item.id} has no interval`);
    const { start, end } = periodFrom(item.current_period_end, item.price.recurring);
    return { ...item, current_period_start: start, current_period_end: end };
  });
  const lines = [...takePendingLines(work, subscription.id), ...moved.map((i) => lineOf(i, false))];
  const status = ['trialing', 'paused'].includes(subscription.status)
    ? 'active'
    : subscription.status;
  const items = { ...subscription.items, data: moved };
  const after: Stripe.Subscription = { ...subscription, items, status };
  const draft = buildInvoice(work, after, 'subscription_cycle', lines);
  saveSubscription(work, subscription, { ...after, latest_invoice: draft.id });
  settle(work, after.pause_collection, draft, outcome);
  return work.tx.get('subscriptions', after.id) ?? after;
}

/** An invoice of its subscription's new period, as far as `pause_collection` lets it go. */
function settle(
  work: Work,
  paused: Stripe.Subscription.PauseCollection | null,
  draft: Stripe.Invoice,
  outcome: CollectOutcome,
): void {
  const keeps = { ...draft, auto_advance: paused === null };
  work.tx.put('invoices', draft.id, keeps);
  emit(work, 'invoice.created', keeps);
  if (paused?.behavior === 'keep_as_draft') return;
  const invoice = finalizeInvoice(work, keeps);
  if (invoice.status === 'paid') return;
  if (paused?.behavior === 'void') voidInvoice(work, invoice);
  else if (paused?.behavior === 'mark_uncollectible') markUncollectible(work, invoice);
  else collectInvoice(work, invoice, outcome);
}

/** The prorations that waited for this invoice: on it now, and waiting no more. */
export function takePendingLines(work: Work, subscriptionId: string): LineFacts[] {
  const pending = [...work.tx.all('pendingItems').values()].filter(
    (item) => item.subscriptionId === subscriptionId,
  );
  return pending.reverse().map((item) => {
    work.tx.remove('pendingItems', item.id);
    return lineOfPending(item);
  });
}

/** What an invoice says of a proration. */
export function lineOfPending(item: PendingItemRecord): LineFacts {
  return {
    subscriptionItemId: item.subscriptionItemId,
    pendingItemId: item.id,
    priceId: item.priceId,
    productId: item.productId,
    description: item.description,
    amount: item.amount,
    quantity: item.quantity,
    period: { start: item.periodStart, end: item.periodEnd },
  };
}
