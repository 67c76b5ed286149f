export { createStripe } from './client.ts';
export { fromStripeAmount, toStripeAmount } from './currency.ts';
export { outcomeOf, type StripeOutcome } from './outcome.ts';
