import type Stripe from 'stripe';
import { newId, newShortId } from '../ids.ts';
import type { RecurringPrice } from '../resources/prices.ts';
import { unixSeconds, type Work } from '../work.ts';
import type { LineFacts } from './invoice-object.ts';
import type { Period } from './periods.ts';

/** One price of a subscription. */
export interface ItemFacts {
  readonly price: RecurringPrice;
  readonly quantity: number;
  readonly metadata: Stripe.Metadata;
}

export interface SubscriptionFacts {
  readonly customerId: string;
  readonly items: readonly ItemFacts[];
  readonly period: Period;
  readonly trial: Period | null;
  readonly metadata: Stripe.Metadata;
  readonly description: string | null;
  readonly defaultPaymentMethod: string | null;
  readonly paymentSettings: Stripe.Subscription.PaymentSettings;
  readonly missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause';
}

/** A new subscription, `trialing` or `incomplete`: what its first invoice says of it comes after. Not stored yet. */
export function buildSubscription(work: Work, facts: SubscriptionFacts): Stripe.Subscription {
  const id = newId('sub_1');
  const created = unixSeconds(work.nowMs);
  const items = facts.items.map((item) => buildItem(work, id, item, facts.period));
  return {
    ...subscriptionDefaults,
    id,
    billing_cycle_anchor: facts.trial?.end ?? created,
    created,
    currency: facts.items[0]?.price.currency ?? '',
    customer: facts.customerId,
    default_payment_method: facts.defaultPaymentMethod,
    description: facts.description,
    items: itemList(id, items),
    metadata: facts.metadata,
    payment_settings: facts.paymentSettings,
    start_date: created,
    status: facts.trial === null ? 'incomplete' : 'trialing',
    trial_end: facts.trial?.end ?? null,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method: facts.missingPaymentMethod,
      },
    },
    trial_start: facts.trial?.start ?? null,
  };
}

export function itemList(
  subscriptionId: string,
  data: Stripe.SubscriptionItem[],
): Stripe.ApiList<Stripe.SubscriptionItem> {
  const url = `/v1/subscription_items?subscription=${subscriptionId}`;
  return { object: 'list', data, has_more: false, url };
}

export function buildItem(
  work: Work,
  subscriptionId: string,
  { price, quantity, metadata }: ItemFacts,
  period: Period,
): Stripe.SubscriptionItem {
  return {
    id: newShortId('si_'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: unixSeconds(work.nowMs),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata,
    plan: planOf(price),
    price,
    quantity,
    subscription: subscriptionId,
    tax_rates: [],
  };
}

/** The price in the shape that came before prices, which an item still carries. */
export function planOf(price: RecurringPrice): Stripe.Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring.interval,
    interval_count: price.recurring.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

/** The whole price of an item for one period, in minor units. */
export function amountOf({ price, quantity }: Stripe.SubscriptionItem): number {
  return (price.unit_amount ?? 0) * (quantity ?? 1);
}

/** What an invoice says of the item for its current period; of a trial, that it costs nothing. */
export function lineOf(item: Stripe.SubscriptionItem, trial: boolean): LineFacts {
  return {
    subscriptionItemId: item.id,
    pendingItemId: null,
    priceId: item.price.id,
    productId: String(item.price.product),
    description: trial ? 'Trial period' : `${item.quantity ?? 1} × ${item.price.product}`,
    amount: trial ? 0 : amountOf(item),
    quantity: item.quantity ?? 1,
    period: { start: item.current_period_start, end: item.current_period_end },
  };
}

const subscriptionDefaults = {
  object: 'subscription',
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
  billing_schedules: [],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  collection_method: 'charge_automatically',
  customer_account: null,
  days_until_due: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  ended_at: null,
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  latest_invoice: null,
  livemode: false,
  managed_payments: { enabled: false },
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  test_clock: null,
  transfer_data: null,
} satisfies Partial<Stripe.Subscription>;
