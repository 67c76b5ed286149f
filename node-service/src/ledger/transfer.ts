/**
 * The ledger: every movement of money is one transfer from one account to another, within a shop and a currency.
 * Amounts are minor units, above zero; the business fact is what happened, once.
 */
export type Account =
  | 'stripe_receivable'
  | 'sales_revenue'
  | 'tax_payable'
  | 'shipping_revenue'
  | 'deposits_held'
  | 'customer_payments';

export type Transfer = {
  readonly businessFact: string;
  readonly debitAccount: Account;
  readonly creditAccount: Account;
  readonly amountMinor: number;
  readonly currency: string;
  readonly orderId: string;
  readonly occurredAt: Date;
};

export type PaidOrder = {
  readonly orderId: string;
  readonly currency: string;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly shippingMinor: number;
  readonly depositMinor: number;
};

/**
 * A payment as transfers: what Stripe owes us against what the buyer paid, and that spread over what it was for.
 * The parts add up to the payment, since the order's total does. What an order was for is booked once, by the order:
 * a second payment stays with the customer's payments until a person gives it back.
 */
export function paymentTransfers(
  order: PaidOrder,
  payment: { readonly reference: string; readonly amountMinor: number; readonly occurredAt: Date },
): Transfer[] {
  const base = { currency: order.currency, orderId: order.orderId, occurredAt: payment.occurredAt };
  const part = (name: string, creditAccount: Account, amountMinor: number): Transfer => ({
    ...base,
    businessFact: `order:${order.orderId}:${name}`,
    debitAccount: 'customer_payments',
    creditAccount,
    amountMinor,
  });
  return [
    {
      ...base,
      businessFact: `payment:${payment.reference}:received`,
      debitAccount: 'stripe_receivable' as const,
      creditAccount: 'customer_payments' as const,
      amountMinor: payment.amountMinor,
    },
    part('sales', 'sales_revenue', order.subtotalMinor - order.discountMinor),
    part('tax', 'tax_payable', order.taxMinor),
    part('shipping', 'shipping_revenue', order.shippingMinor),
    part('deposit', 'deposits_held', order.depositMinor),
  ].filter(({ amountMinor }) => amountMinor > 0);
}
