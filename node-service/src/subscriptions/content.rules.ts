/** What of Stripe's objects billing keeps. Times are Unix seconds, amounts ISO 4217 minor units. */
import type Stripe from 'stripe';

export type FromStripeAmount = (amount: number, currency: string) => number;

export type CustomerContent = {
  /** The subject of the customer's tokens, where its metadata says. */
  readonly customerId: string | null;
};

export const SUBSCRIPTION_STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];
/** The way of an invoice; it never goes back. Money that came in outweighs that it was given up. */
export const INVOICE_STATUSES = ['draft', 'open', 'uncollectible', 'void', 'paid'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

export type SubscriptionItem = {
  readonly itemId: string;
  readonly priceId: string;
  readonly quantity: number;
  readonly currentPeriodStart: number;
  readonly currentPeriodEnd: number;
};

export type SubscriptionContent = {
  readonly stripeCustomerId: string;
  readonly status: SubscriptionStatus;
  readonly currency: string;
  readonly items: readonly SubscriptionItem[];
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt: number | null;
  readonly canceledAt: number | null;
  readonly endedAt: number | null;
  readonly trialEnd: number | null;
  readonly isCollectionPaused: boolean;
  readonly latestInvoiceId: string | null;
};

export type InvoiceContent = {
  readonly stripeCustomerId: string | null;
  readonly stripeSubscriptionId: string | null;
  readonly status: InvoiceStatus;
  readonly billingReason: string | null;
  readonly currency: string;
  readonly totalMinor: number;
  readonly amountDueMinor: number;
  readonly amountPaidMinor: number;
  /** What of it Stripe never had. */
  readonly amountPaidOffStripeMinor: number;
  readonly amountRemainingMinor: number;
  readonly attemptCount: number;
  readonly nextPaymentAttempt: number | null;
  readonly createdAt: number;
  readonly paidAt: number | null;
};

/** Money that came in for an invoice, once. */
export type InvoicePayment = {
  readonly invoicePaymentId: string;
  readonly invoiceId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Stripe's word: `payment_intent`, `charge`, or `payment_record` for money that Stripe never had. */
  readonly paidBy: string;
  readonly paymentReference: string | null;
  readonly paidAt: number;
};

export function idOf(
  reference: string | { readonly id: string } | null | undefined,
): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === 'string' ? reference : reference.id;
}

/** Stripe may add words; what one that is not known here means is for a person to say. @throws */
function known<const Word extends string>(words: readonly Word[], word: string | null): Word {
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) throw new Error(`Stripe says ${word}; known are ${words.join(', ')}`);
  return found;
}

export function readCustomer(customer: Stripe.Customer | Stripe.DeletedCustomer): CustomerContent {
  const metadata = 'metadata' in customer ? customer.metadata : undefined;
  return { customerId: metadata?.customer_id ?? null };
}

/** @throws where the status is not one of Stripe's that are known here */
export function readSubscription(subscription: Stripe.Subscription): SubscriptionContent {
  const items = subscription.items.data.map((item) => ({
    itemId: item.id,
    priceId: item.price.id,
    quantity: item.quantity ?? 1,
    currentPeriodStart: item.current_period_start,
    currentPeriodEnd: item.current_period_end,
  }));
  return {
    stripeCustomerId: idOf(subscription.customer) ?? '',
    status: known(SUBSCRIPTION_STATUSES, subscription.status),
    currency: subscription.currency.toUpperCase(),
    items: items.sort((one, other) => (one.itemId < other.itemId ? -1 : 1)),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    cancelAt: subscription.cancel_at,
    canceledAt: subscription.canceled_at,
    endedAt: subscription.ended_at,
    trialEnd: subscription.trial_end,
    isCollectionPaused: subscription.pause_collection !== null,
    latestInvoiceId: idOf(subscription.latest_invoice),
  };
}

/** Neither is ever undone. */
export function isOver({ status }: Pick<SubscriptionContent, 'status'>): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}

/** The period of the item that is renewed first: nothing is promised beyond it. */
export function currentPeriod(
  items: readonly SubscriptionItem[],
): { readonly start: number; readonly end: number } | null {
  const [first] = items.toSorted((one, other) => one.currentPeriodEnd - other.currentPeriodEnd);
  return first === undefined
    ? null
    : { start: first.currentPeriodStart, end: first.currentPeriodEnd };
}

function subscriptionOf(invoice: Stripe.Invoice): string | null {
  const parents = (invoice.lines?.data ?? []).map(
    ({ parent }) =>
      parent?.subscription_item_details?.subscription ??
      parent?.invoice_item_details?.subscription ??
      null,
  );
  const [onLines] = new Set(parents.filter((id) => id !== null));
  return idOf(invoice.parent?.subscription_details?.subscription) ?? onLines ?? null;
}

/** @throws RangeError where an amount is none of the currency; Error for a status that is not known here */
export function readInvoice(
  invoice: Stripe.Invoice,
  fromStripeAmount: FromStripeAmount,
): InvoiceContent {
  const currency = invoice.currency.toUpperCase();
  const minor = (amount: number): number => fromStripeAmount(amount, currency);
  return {
    stripeCustomerId: idOf(invoice.customer),
    stripeSubscriptionId: subscriptionOf(invoice),
    status: known(INVOICE_STATUSES, invoice.status),
    billingReason: invoice.billing_reason,
    currency,
    totalMinor: minor(invoice.total),
    amountDueMinor: minor(invoice.amount_due),
    amountPaidMinor: minor(invoice.amount_paid),
    amountPaidOffStripeMinor: minor(invoice.amount_paid_off_stripe ?? 0),
    amountRemainingMinor: minor(invoice.amount_remaining),
    attemptCount: invoice.attempt_count,
    nextPaymentAttempt: invoice.next_payment_attempt,
    createdAt: invoice.created,
    paidAt: invoice.status_transitions?.paid_at ?? null,
  };
}

/** Null while it is not paid. @throws RangeError where its amount is none of its currency */
export function readInvoicePayment(
  payment: Stripe.InvoicePayment,
  fromStripeAmount: FromStripeAmount,
): InvoicePayment | null {
  const invoiceId = idOf(payment.invoice);
  if (payment.status !== 'paid' || payment.amount_paid === null || invoiceId === null) return null;
  const currency = payment.currency.toUpperCase();
  const { type, payment_intent, charge, payment_record } = payment.payment;
  return {
    invoicePaymentId: payment.id,
    invoiceId,
    amountMinor: fromStripeAmount(payment.amount_paid, currency),
    currency,
    paidBy: type,
    paymentReference: idOf(payment_intent) ?? idOf(charge) ?? idOf(payment_record),
    paidAt: payment.status_transitions?.paid_at ?? payment.created,
  };
}
