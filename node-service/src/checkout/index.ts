export { bookPayments } from './book-payments.ts';
export { createCheckoutSession } from './create-checkout-session.ts';
export { expireCheckout, recoverCheckout } from './look-after-checkout.ts';
export type { Order } from './order.entities.ts';
export { claimStripeObject, findOrder, recordAppliedEvent, recordFacts } from './order-rows.ts';
export { cancelCheckoutSession, finalizeCheckoutSession, getOrderStatus } from './order-status.ts';
export { raiseAttention } from './raise-attention.ts';
export { settleOrder } from './settle-order.ts';
export { recordSnapshot } from './sync-session.ts';
