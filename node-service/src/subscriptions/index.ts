export { applyBillingEvent } from './apply-billing-event.ts';
export type { BillingEvent } from './billing-event.rules.ts';
