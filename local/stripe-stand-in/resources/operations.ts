import type { Operation } from '../api/operation.ts';
import { balanceTransactionOperations } from './balance-transactions.ts';
import { chargeOperations } from './charges.ts';
import { checkoutSessionOperations } from './checkout-sessions.ts';
import { couponOperations } from './coupons.ts';
import { customerOperations } from './customers.ts';
import { eventOperations } from './events.ts';
import { paymentIntentOperations } from './payment-intents.ts';
import { refundOperations } from './refunds.ts';
import { shippingRateOperations } from './shipping-rates.ts';

/** Every endpoint there is; a new resource adds its line. */
export const operations: readonly Operation[] = [
  ...checkoutSessionOperations,
  ...paymentIntentOperations,
  ...chargeOperations,
  ...refundOperations,
  ...balanceTransactionOperations,
  ...customerOperations,
  ...couponOperations,
  ...shippingRateOperations,
  ...eventOperations,
];
