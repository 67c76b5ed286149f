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
  | 'customer_payments'
  /** What a bank has taken back of payments, and may yet give back. */
  | 'disputed_funds'
  | 'dispute_losses'
  | 'subscription_revenue'
  /** Money that came in past Stripe, as an operator has told Stripe. */
  | 'outside_payments';

export type Transfer = {
  readonly businessFact: string;
  readonly debitAccount: Account;
  readonly creditAccount: Account;
  readonly amountMinor: number;
  readonly currency: string;
  /** Null where no order moved it: an invoice's payment. */
  readonly orderId: string | null;
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

type Payment = {
  readonly reference: string;
  readonly amountMinor: number;
  readonly occurredAt: Date;
};

/** A payment as Stripe took it: what it owes us now, against what the buyer paid. Nothing where nothing was paid. */
export function receivedTransfer(
  { orderId, currency }: Pick<PaidOrder, 'orderId' | 'currency'>,
  { reference, amountMinor, occurredAt }: Payment,
): Transfer[] {
  if (amountMinor === 0) return [];
  return [
    {
      businessFact: `payment:${reference}:received`,
      debitAccount: 'stripe_receivable',
      creditAccount: 'customer_payments',
      amountMinor,
      currency,
      orderId,
      occurredAt,
    },
  ];
}

/** What was booked for a payment and was not what was paid after all: another telling of it is believed. */
export function withdrawnReceipt(receipt: Transfer): Transfer {
  const { businessFact, debitAccount, creditAccount } = receipt;
  return {
    ...receipt,
    businessFact: `${businessFact}:withdrawn`,
    debitAccount: creditAccount,
    creditAccount: debitAccount,
  };
}

/** What an order was for, its parts above zero. */
function partsOf(order: PaidOrder): readonly (readonly [string, Account, number])[] {
  const parts: readonly (readonly [string, Account, number])[] = [
    ['sales', 'sales_revenue', order.subtotalMinor - order.discountMinor],
    ['tax', 'tax_payable', order.taxMinor],
    ['shipping', 'shipping_revenue', order.shippingMinor],
    ['deposit', 'deposits_held', order.depositMinor],
  ];
  return parts.filter(([, , amountMinor]) => amountMinor > 0);
}

/**
 * A payment as transfers: what Stripe owes us against what the buyer paid, and that spread over what it was for.
 * The parts add up to the payment, since the order's total does. What an order was for is booked once, by the order:
 * a second payment stays with the customer's payments until it is given back.
 */
export function paymentTransfers(order: PaidOrder, payment: Payment): Transfer[] {
  const { orderId, currency } = order;
  return [
    ...receivedTransfer(order, payment),
    ...partsOf(order).map(([name, creditAccount, amountMinor]) => ({
      businessFact: `order:${orderId}:${name}`,
      debitAccount: 'customer_payments' as const,
      creditAccount,
      amountMinor,
      currency,
      orderId,
      occurredAt: payment.occurredAt,
    })),
  ];
}

/** An order that will not be honoured earned nothing: its parts go back to what the buyer paid, which is owed again. */
export function dishonouredTransfers(order: PaidOrder, occurredAt: Date): Transfer[] {
  const { orderId, currency } = order;
  return partsOf(order).map(([name, debitAccount, amountMinor]) => ({
    businessFact: `order:${orderId}:${name}:dishonoured`,
    debitAccount,
    creditAccount: 'customer_payments',
    amountMinor,
    currency,
    orderId,
    occurredAt,
  }));
}

/** A refund from the moment that Stripe took it off what it owes us, and its money back there where it failed. */
export function refundTransfers(refund: {
  readonly orderId: string;
  readonly reference: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly occurredAt: Date;
  readonly failedAt: Date | null;
}): Transfer[] {
  const { orderId, reference, amountMinor, currency, occurredAt, failedAt } = refund;
  if (amountMinor === 0) return [];
  const money = { amountMinor, currency, orderId };
  const paid: Transfer = {
    ...money,
    businessFact: `refund:${reference}:paid`,
    debitAccount: 'customer_payments',
    creditAccount: 'stripe_receivable',
    occurredAt,
  };
  if (failedAt === null) return [paid];
  const failed: Transfer = {
    ...money,
    businessFact: `refund:${reference}:failed`,
    debitAccount: 'stripe_receivable',
    creditAccount: 'customer_payments',
    occurredAt: failedAt,
  };
  return [paid, failed];
}

type Money = { readonly amountMinor: number; readonly occurredAt: Date };

/**
 * What a dispute moved: the bank took it, gave it back, or keeps it for good. Each movement is there if what it follows
 * from is known, whatever was known first. Stripe's fee for it comes with reconciliation, as all fees do.
 */
export function disputeTransfers(dispute: {
  readonly orderId: string;
  readonly reference: string;
  readonly currency: string;
  readonly withdrawn: Money | null;
  readonly reinstated: Money | null;
  /** When the bank decided against us; it may still think better of it. */
  readonly lostAt: Date | null;
}): Transfer[] {
  const { orderId, reference, currency, withdrawn, reinstated, lostAt } = dispute;
  const moved = (
    name: string,
    [debitAccount, creditAccount]: readonly [Account, Account],
    { amountMinor, occurredAt }: Money,
  ): Transfer[] =>
    amountMinor === 0
      ? []
      : [
          {
            businessFact: `dispute:${reference}:${name}`,
            debitAccount,
            creditAccount,
            amountMinor,
            currency,
            orderId,
            occurredAt,
          },
        ];
  const lost = (money: Money): Money => ({ ...money, occurredAt: lostAt ?? money.occurredAt });
  return [
    ...(withdrawn === null
      ? []
      : moved('withdrawn', ['disputed_funds', 'stripe_receivable'], withdrawn)),
    ...(reinstated === null
      ? []
      : moved('reinstated', ['stripe_receivable', 'disputed_funds'], reinstated)),
    ...(withdrawn === null || lostAt === null
      ? []
      : moved('lost', ['dispute_losses', 'disputed_funds'], lost(withdrawn))),
    ...(reinstated === null || lostAt === null
      ? []
      : moved('recovered', ['disputed_funds', 'dispute_losses'], reinstated)),
  ];
}
