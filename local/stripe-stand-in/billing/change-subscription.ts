import type Stripe from 'stripe';
import { invalidRequest, refused, resourceMissing } from '../api/api-error.ts';
import { newId } from '../ids.ts';
import type { RecurringPrice } from '../resources/prices.ts';
import type { PendingItemRecord } from '../store/records.ts';
import { emit } from '../webhooks/emit.ts';
import { unixSeconds, type Work } from '../work.ts';
import { collectInvoice, finalizeInvoice, outcomeOfMethod } from './collect.ts';
import { lineOfPending, takePendingLines } from './cycle-subscription.ts';
import { buildInvoice } from './invoice-object.ts';
import { prorate } from './periods.ts';
import { amountOf, buildItem, itemList, planOf } from './subscription-object.ts';

/** A change of one item: of `id`, or a new one where there is none. */
export interface ItemChange {
  readonly id: string | undefined;
  readonly price: RecurringPrice | undefined;
  readonly quantity: number | undefined;
  readonly metadata: Stripe.Metadata | undefined;
  readonly deleted: boolean;
}

export type Proration = 'create_prorations' | 'always_invoice' | 'none';

/** A subscription with its items changed, and the prorations of what is left of the period. Nothing is stored yet. */
export interface ChangedItems {
  readonly items: Stripe.Subscription['items'];
  readonly prorations: readonly PendingItemRecord[];
}

/** Throws a 400 where an item is not the subscription's, or its interval or currency would be another. */
export function changeItems(
  work: Work,
  subscription: Stripe.Subscription,
  changes: readonly ItemChange[],
): ChangedItems {
  let data = subscription.items.data;
  const prorations: PendingItemRecord[] = [];
  changes.forEach((change, index) => {
    const before = data.find(({ id }) => id === change.id);
    const param = `items[${index}]`;
    if (change.id !== undefined && before === undefined) {
      throw resourceMissing('subscription item', change.id, `${param}[id]`, 'in_parameter');
    }
    const after = change.deleted
      ? undefined
      : changedItem(work, subscription, before, change, param);
    prorations.push(...prorationsOf(work, subscription.id, before, after));
    data = data.filter((item) => item !== before);
    if (after !== undefined) data = [...data, after];
  });
  if (data.length === 0) throw refused('A subscription must have at least one active plan.');
  return { items: itemList(subscription.id, data), prorations };
}

function changedItem(
  work: Work,
  subscription: Stripe.Subscription,
  before: Stripe.SubscriptionItem | undefined,
  change: ItemChange,
  param: string,
): Stripe.SubscriptionItem {
  const like = before ?? subscription.items.data[0];
  if (like === undefined) throw new Error(`${subscription.id} has no item`);
  const { price } = change;
  if (price !== undefined) checkFits(like, price, param);
  if (before === undefined) {
    if (price === undefined) throw invalidRequest(`Missing required param: ${param}[price].`);
    const period = { start: like.current_period_start, end: like.current_period_end };
    const { quantity = 1, metadata = {} } = change;
    return buildItem(work, subscription.id, { price, quantity, metadata }, period);
  }
  return {
    ...before,
    ...(price === undefined ? {} : { price, plan: planOf(price) }),
    metadata: { ...before.metadata, ...change.metadata },
    quantity: change.quantity ?? before.quantity ?? 1,
  };
}

function checkFits(like: Stripe.SubscriptionItem, price: RecurringPrice, param: string): void {
  const { interval, interval_count } = price.recurring;
  const { recurring } = like.price;
  if (recurring?.interval !== interval || recurring.interval_count !== interval_count) {
    const message = 'The Stripe stand-in does not change the interval of a subscription.';
    throw invalidRequest(message, { param: `${param}[price]` });
  }
  if (like.price.currency !== price.currency) {
    const message = `The price specified supports \`${price.currency}\`, the subscription is in \`${like.price.currency}\`.`;
    throw refused(message, { param: `${param}[price]` });
  }
}

/** What was paid and is not used any more comes back; what is used from now on is due. */
function prorationsOf(
  work: Work,
  subscriptionId: string,
  before: Stripe.SubscriptionItem | undefined,
  after: Stripe.SubscriptionItem | undefined,
): PendingItemRecord[] {
  const was = before === undefined ? 0 : amountOf(before);
  const is = after === undefined ? 0 : amountOf(after);
  if (before?.price.id === after?.price.id && was === is) return [];
  return [
    ...(before === undefined ? [] : [pending(work, subscriptionId, before, 'Unused time', -was)]),
    ...(after === undefined ? [] : [pending(work, subscriptionId, after, 'Remaining time', is)]),
  ];
}

function pending(
  work: Work,
  subscriptionId: string,
  item: Stripe.SubscriptionItem,
  what: string,
  whole: number,
): PendingItemRecord {
  const now = unixSeconds(work.nowMs);
  const period = { start: item.current_period_start, end: item.current_period_end };
  return {
    id: newId('ii_1'),
    subscriptionId,
    subscriptionItemId: item.id,
    priceId: item.price.id,
    productId: String(item.price.product),
    description: `${what} on ${item.quantity ?? 1} × ${item.price.product}`,
    currency: item.price.currency,
    amount: prorate(whole, period, now),
    quantity: item.quantity ?? 1,
    periodStart: Math.max(period.start, Math.min(now, period.end)),
    periodEnd: period.end,
  };
}

/** Bills `prorations`, and what waited before them, now and in an invoice of its own. Gives the subscription after it. */
export function invoiceNow(
  work: Work,
  subscription: Stripe.Subscription,
  prorations: readonly PendingItemRecord[],
): Stripe.Subscription {
  const lines = [...prorations.map(lineOfPending), ...takePendingLines(work, subscription.id)];
  if (lines.length === 0) return subscription;
  const draft = buildInvoice(work, subscription, 'subscription_update', lines);
  const billed = { ...subscription, latest_invoice: draft.id };
  work.tx.put('invoices', draft.id, draft);
  work.tx.put('subscriptions', subscription.id, billed);
  emit(work, 'invoice.created', draft);
  const invoice = finalizeInvoice(work, draft);
  const method = subscription.default_payment_method;
  const outcome = outcomeOfMethod(typeof method === 'string' ? method : null);
  if (invoice.status === 'open') collectInvoice(work, invoice, outcome);
  return work.tx.get('subscriptions', subscription.id) ?? billed;
}
