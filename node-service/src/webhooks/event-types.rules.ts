/** Which events are about an order, and what each asks for. */
import type Stripe from 'stripe';

/** Change what is known of an order: each is a job of its shop. */
const APPLIED = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'payment_intent.succeeded',
  'refund.created',
  'refund.updated',
  'refund.failed',
] as const;

/** Change nothing, and name an object that a later event may be known by. A charge's refunds have events of their own. */
const LEARNT = new Set([
  'payment_intent.created',
  'payment_intent.processing',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.succeeded',
  'charge.refunded',
  'charge.updated',
]);

export type AppliedEvent = Extract<Stripe.Event, { type: (typeof APPLIED)[number] }>;

export function isApplied(event: Stripe.Event): event is AppliedEvent {
  return (APPLIED as readonly string[]).includes(event.type);
}

export function isLearnt(eventType: string): boolean {
  return LEARNT.has(eventType);
}
