import type { Transfer } from '../ledger/index.ts';
import type { InvoicePayment } from './content.rules.ts';

/**
 * What an invoice's payment moved, booked once by Stripe's id of the payment: part payments add up, a credit of the
 * customer's and an invoice of nothing move nothing, and what was paid past Stripe is not owed by Stripe.
 */
export function invoicePaymentTransfers(payments: readonly InvoicePayment[]): Transfer[] {
  return payments
    .filter(({ amountMinor }) => amountMinor > 0)
    .map(({ invoicePaymentId, amountMinor, currency, paidBy, paidAt }) => ({
      businessFact: `invoice_payment:${invoicePaymentId}:received`,
      debitAccount: paidBy === 'payment_record' ? 'outside_payments' : 'stripe_receivable',
      creditAccount: 'subscription_revenue',
      amountMinor,
      currency,
      orderId: null,
      occurredAt: new Date(paidAt * 1_000),
    }));
}
