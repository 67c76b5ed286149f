/** Which events are about an order, and what each asks for. */

/** Change what is known of an order: each is a job of its shop. */
const APPLIED = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'payment_intent.succeeded',
  'refund.created',
  'refund.updated',
  'refund.failed',
]);

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

export function isApplied(eventType: string): boolean {
  return APPLIED.has(eventType);
}

export function isLearnt(eventType: string): boolean {
  return LEARNT.has(eventType);
}
