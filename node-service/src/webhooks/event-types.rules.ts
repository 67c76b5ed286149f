/** Which events change something, and which only name what a later one may be known by. */
import type Stripe from 'stripe';
import type { OrderEvent } from '../checkout/index.ts';
import type { BillingEvent } from '../subscriptions/index.ts';

/** Change what is known of an order: each is a job of its shop. contracts/decisions/0016 says what each of them does. */
const OF_ORDERS: Readonly<Record<OrderEvent['type'], true>> = {
  'checkout.session.completed': true,
  'checkout.session.async_payment_succeeded': true,
  'checkout.session.async_payment_failed': true,
  'checkout.session.expired': true,
  'payment_intent.succeeded': true,
  'payment_intent.canceled': true,
  'charge.refunded': true,
  'charge.dispute.created': true,
  'charge.dispute.updated': true,
  'charge.dispute.closed': true,
  'charge.dispute.funds_withdrawn': true,
  'charge.dispute.funds_reinstated': true,
  'refund.created': true,
  'refund.updated': true,
  'refund.failed': true,
};

/** Change what is known of a customer, a subscription or an invoice, as contracts/decisions/0017 says. */
const OF_BILLING: Readonly<Record<BillingEvent['type'], true>> = {
  'customer.created': true,
  'customer.updated': true,
  'customer.deleted': true,
  'customer.subscription.created': true,
  'customer.subscription.updated': true,
  'customer.subscription.deleted': true,
  'customer.subscription.paused': true,
  'customer.subscription.resumed': true,
  'customer.subscription.trial_will_end': true,
  'invoice.created': true,
  'invoice.finalized': true,
  'invoice.paid': true,
  'invoice.payment_failed': true,
  'invoice.voided': true,
  'invoice.marked_uncollectible': true,
  'invoice_payment.paid': true,
};

/**
 * Change nothing, and name an object that a later event may be known by. An intent does not say whether its session is
 * still open, in which a declined payment may be tried again: that a payment is under way or has failed is told by the
 * session. Nothing is authorised without being captured; a fee is known later than its charge, by reconciliation.
 */
const LEARNT: ReadonlySet<string> = new Set<Stripe.Event['type']>([
  'payment_intent.created',
  'payment_intent.processing',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'charge.succeeded',
  'charge.updated',
]);

export function isOrderEvent(event: Stripe.Event): event is OrderEvent {
  return Object.hasOwn(OF_ORDERS, event.type);
}

export function isBillingEvent(event: Stripe.Event): event is BillingEvent {
  return Object.hasOwn(OF_BILLING, event.type);
}

/** Whether the event changes anything: then it is a job of its shop. */
export function isApplied(event: Stripe.Event): boolean {
  return isOrderEvent(event) || isBillingEvent(event);
}

export function isLearnt(eventType: string): boolean {
  return LEARNT.has(eventType);
}
