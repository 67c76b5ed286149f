import type { Operation } from '../api/operation.ts';
import { balanceTransactionOperations } from './balance-transactions.ts';
import { chargeOperations } from './charges.ts';
import { checkoutSessionOperations } from './checkout-sessions.ts';
import { couponOperations } from './coupons.ts';
import { customerOperations } from './customers.ts';
import { disputeOperations } from './disputes.ts';
import { eventOperations } from './events.ts';
import { invoiceOperations, invoicePaymentOperations } from './invoices.ts';
import { paymentIntentOperations } from './payment-intents.ts';
import { priceOperations } from './prices.ts';
import { productOperations } from './products.ts';
import { refundOperations } from './refunds.ts';
import { shippingRateOperations } from './shipping-rates.ts';
import { subscriptionOperations } from './subscriptions.ts';

/** Every endpoint there is; a new resource adds its line. */
export const operations: readonly Operation[] = [
  ...checkoutSessionOperations,
  ...paymentIntentOperations,
  ...chargeOperations,
  ...refundOperations,
  ...disputeOperations,
  ...balanceTransactionOperations,
  ...customerOperations,
  ...couponOperations,
  ...shippingRateOperations,
  ...productOperations,
  ...priceOperations,
  ...subscriptionOperations,
  ...invoiceOperations,
  ...invoicePaymentOperations,
  ...eventOperations,
];
