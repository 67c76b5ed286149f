export { applyOrderEvent } from './apply-order-event.ts';
export { createCheckoutSession } from './create-checkout-session.ts';
export type { OrderEvent } from './event-facts.rules.ts';
export { expireCheckout, recoverCheckout } from './look-after-checkout.ts';
export { claimStripeObject, recordAppliedEvent } from './order-rows.ts';
export { cancelCheckoutSession, finalizeCheckoutSession, getOrderStatus } from './order-status.ts';
export { refundPayment } from './refund-payment.ts';
export { settleOrder } from './settle-order.ts';
