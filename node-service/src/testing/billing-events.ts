/** Customers, subscriptions and invoices as Stripe's events carry them, as far as they are read; the rest is left out. */
import type Stripe from 'stripe';

export function stripeCustomer(
  id: string,
  changes: Partial<Stripe.Customer> = {},
): Stripe.Customer {
  const customer = { id, object: 'customer', metadata: {}, livemode: false, ...changes };
  return customer as Stripe.Customer;
}

type SubscriptionChanges = Partial<Omit<Stripe.Subscription, 'items'>> & {
  /** Of its one item; Unix seconds. */
  readonly periodEnd?: number;
  readonly priceId?: string;
};

const MONTH_SECONDS = 30 * 86_400;

export function stripeSubscription(
  id: string,
  {
    periodEnd = 1_795_000_000 + MONTH_SECONDS,
    priceId = 'price_1',
    ...changes
  }: SubscriptionChanges,
): Stripe.Subscription {
  const item = {
    id: `si_of_${id}`,
    object: 'subscription_item',
    price: { id: priceId, object: 'price' },
    quantity: 1,
    current_period_start: periodEnd - MONTH_SECONDS,
    current_period_end: periodEnd,
  };
  const subscription = {
    id,
    object: 'subscription',
    customer: `cus_of_${id}`,
    status: 'active',
    currency: 'eur',
    metadata: {},
    items: { object: 'list', data: [item], has_more: false },
    cancel_at_period_end: false,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    trial_end: null,
    pause_collection: null,
    latest_invoice: null,
    livemode: false,
    ...changes,
  };
  return subscription as unknown as Stripe.Subscription;
}

type InvoiceChanges = Partial<Omit<Stripe.Invoice, 'payments'>> & {
  readonly subscription?: string;
  readonly payments?: readonly Stripe.InvoicePayment[];
};

/** Of 12.00 EUR, unless said otherwise. */
export function stripeInvoice(
  id: string,
  { subscription, payments, ...changes }: InvoiceChanges,
): Stripe.Invoice {
  const due = changes.amount_due ?? 1_200;
  const paid = changes.amount_paid ?? (changes.status === 'paid' ? due : 0);
  const details = { metadata: {}, subscription };
  const invoice = {
    id,
    object: 'invoice',
    customer: 'cus_1',
    status: 'open',
    billing_reason: 'subscription_cycle',
    currency: 'eur',
    total: due,
    amount_due: due,
    amount_paid: paid,
    amount_remaining: due - paid,
    attempt_count: 0,
    next_payment_attempt: null,
    created: 1_795_000_000,
    metadata: {},
    lines: { object: 'list', data: [], has_more: false },
    parent:
      subscription === undefined
        ? null
        : { type: 'subscription_details', quote_details: null, subscription_details: details },
    status_transitions: { finalized_at: null, paid_at: null, voided_at: null },
    ...(payments === undefined
      ? {}
      : { payments: { object: 'list', data: payments, has_more: false } }),
    livemode: false,
    ...changes,
  };
  return invoice as unknown as Stripe.Invoice;
}

/** Paid, by an intent. */
export function stripeInvoicePayment(
  id: string,
  invoice: string,
  changes: Partial<Stripe.InvoicePayment> = {},
): Stripe.InvoicePayment {
  const amount = changes.amount_paid ?? 1_200;
  return {
    id,
    object: 'invoice_payment',
    amount_paid: amount,
    amount_requested: amount,
    created: 1_795_000_000,
    currency: 'eur',
    invoice,
    is_default: true,
    livemode: false,
    payment: { type: 'payment_intent', payment_intent: `pi_of_${id}` },
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: 1_795_000_000 },
    ...changes,
  };
}
