import Stripe from 'stripe';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';
import type { Period } from './periods.ts';

/** One line of a subscription's invoice; `amount` in minor units, negative for a credit. */
export interface LineFacts {
  readonly subscriptionItemId: string;
  /** The pending item it was, for a proration; null for the price of a period. */
  readonly pendingItemId: string | null;
  readonly priceId: string;
  readonly productId: string;
  readonly description: string;
  readonly amount: number;
  readonly quantity: number;
  readonly period: Period;
}

/** A draft invoice of a subscription, with its metadata as it is now. Not stored yet. */
export function buildInvoice(
  work: Work,
  subscription: Stripe.Subscription,
  reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update',
  facts: readonly LineFacts[],
): Stripe.Invoice {
  const id = newId('in_1');
  const customer = work.tx.get('customers', String(subscription.customer));
  const known = customer === undefined || customer.deleted ? undefined : customer;
  const total = facts.reduce((sum, line) => sum + line.amount, 0);
  const startingBalance = known?.balance ?? 0;
  const lines = facts.map((line) => buildLine(line, id, subscription));
  const url = `/v1/invoices/${id}/lines`;
  return {
    ...draftDefaults,
    id,
    amount_due: Math.max(0, total + startingBalance),
    amount_remaining: Math.max(0, total + startingBalance),
    billing_reason: reason,
    created: unixSeconds(work.nowMs),
    currency: subscription.currency,
    customer: subscription.customer,
    customer_email: known?.email ?? null,
    customer_name: known?.name ?? null,
    lines: { object: 'list', data: lines, has_more: false, url },
    metadata: {},
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    period_end: Math.max(...facts.map(({ period }) => period.end)),
    period_start: Math.min(...facts.map(({ period }) => period.start)),
    starting_balance: startingBalance,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  };
}

function buildLine(
  line: LineFacts,
  invoiceId: string,
  { id: subscriptionId, currency, metadata }: Stripe.Subscription,
): Stripe.InvoiceLineItem {
  const proration = line.pendingItemId !== null;
  return {
    id: newId('il_1'),
    object: 'line_item',
    amount: line.amount,
    currency,
    description: line.description,
    discount_amounts: [],
    discountable: !proration,
    discounts: [],
    invoice: invoiceId,
    livemode: false,
    // A line carries the subscription's metadata, as the invoice's parent does.
    metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: line.pendingItemId,
        proration,
        proration_details: proration ? { credited_items: null } : null,
        subscription: subscriptionId,
        subscription_item: line.subscriptionItemId,
      },
      type: 'subscription_item_details',
    },
    period: { ...line.period },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.priceId, product: line.productId },
      type: 'price_details',
      unit_amount_decimal: proration ? null : Stripe.Decimal.from(line.amount / line.quantity),
    },
    quantity: line.quantity,
    quantity_decimal: Stripe.Decimal.from(line.quantity),
    subscription: subscriptionId,
    subtotal: line.amount,
    taxes: [],
  };
}

const draftDefaults = {
  object: 'invoice',
  account_country: 'IE',
  account_name: 'Stand-in',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_paid: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  auto_advance: true,
  automatic_tax: {
    disabled_reason: null,
    enabled: false,
    liability: null,
    provider: null,
    status: null,
  },
  automatically_finalizes_at: null,
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_address: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  due_date: null,
  effective_at: null,
  ending_balance: null,
  footer: null,
  from_invoice: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  next_payment_attempt: null,
  number: null,
  on_behalf_of: null,
  payment_settings: {
    default_mandate: null,
    payment_method_options: null,
    payment_method_types: null,
  },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  status: 'draft',
  status_transitions: {
    finalized_at: null,
    marked_uncollectible_at: null,
    paid_at: null,
    voided_at: null,
  },
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
} satisfies Partial<Stripe.Invoice>;
