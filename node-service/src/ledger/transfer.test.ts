import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dishonouredTransfers,
  paymentTransfers,
  refundTransfers,
  type Transfer,
} from './transfer.ts';

const anyPart = fc.oneof(fc.constant(0), fc.nat(1_000_000));
const anyOrder = fc
  .record({
    subtotalMinor: fc.nat(1_000_000),
    taxMinor: anyPart,
    shippingMinor: anyPart,
    depositMinor: anyPart,
    percent: fc.nat(100),
  })
  .map(({ percent, ...parts }) => ({
    orderId: 'ord_1',
    currency: 'EUR',
    discountMinor: Math.floor((parts.subtotalMinor * percent) / 100),
    ...parts,
  }));

describe('a payment in the ledger', () => {
  test('is what Stripe owes us, spread to the last unit over what it was for', () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const amountMinor =
          order.subtotalMinor -
          order.discountMinor +
          order.taxMinor +
          order.shippingMinor +
          order.depositMinor;
        const payment = { reference: 'pi_1', amountMinor, occurredAt: new Date() };
        const transfers = paymentTransfers(order, payment);
        const moved = (side: 'debitAccount' | 'creditAccount', account: string): number =>
          transfers
            .filter((transfer) => transfer[side] === account)
            .reduce((sum, transfer) => sum + transfer.amountMinor, 0);
        expect(moved('debitAccount', 'stripe_receivable')).toBe(amountMinor);
        expect(moved('creditAccount', 'customer_payments')).toBe(amountMinor);
        expect(moved('debitAccount', 'customer_payments')).toBe(amountMinor);
        for (const transfer of transfers) expect(transfer.amountMinor).toBeGreaterThan(0);
        const facts = transfers.map(({ businessFact }) => businessFact);
        expect(new Set(facts).size).toBe(facts.length);
        expect(paymentTransfers(order, payment)).toEqual(transfers);
      }),
    );
  });
});

/** What an account has been credited with, less what it was debited with. */
const balance = (transfers: readonly Transfer[], account: string): number =>
  transfers.reduce((sum, { debitAccount, creditAccount, amountMinor }) => {
    const sign = Number(creditAccount === account) - Number(debitAccount === account);
    return sum + sign * amountMinor;
  }, 0);
const ACCOUNTS = [
  'stripe_receivable',
  'customer_payments',
  'sales_revenue',
  'tax_payable',
  'shipping_revenue',
  'deposits_held',
];

describe('money that is given back', () => {
  const givenBack = anyOrder.map((order) => {
    const { subtotalMinor, discountMinor, taxMinor, shippingMinor, depositMinor } = order;
    const amountMinor = subtotalMinor - discountMinor + taxMinor + shippingMinor + depositMinor;
    const occurredAt = new Date(0);
    const refund = {
      orderId: 'ord_1',
      reference: 're_1',
      amountMinor,
      currency: 'EUR',
      occurredAt,
    };
    const before = [
      ...paymentTransfers(order, { reference: 'pi_1', amountMinor, occurredAt }),
      ...dishonouredTransfers(order, occurredAt),
    ];
    return { amountMinor, before, refund };
  });

  test('leaves every account as it was before the order, to the last unit', () => {
    fc.assert(
      fc.property(givenBack, ({ before, refund }) => {
        const transfers = [...before, ...refundTransfers({ ...refund, failedAt: null })];
        for (const account of ACCOUNTS) expect(balance(transfers, account)).toBe(0);
        const facts = transfers.map(({ businessFact }) => businessFact);
        expect(new Set(facts).size).toBe(facts.length);
      }),
    );
  });

  test('and came back, since the refund failed, is owed to the buyer, and earned by nobody', () => {
    fc.assert(
      fc.property(givenBack, ({ amountMinor, before, refund }) => {
        const transfers = [...before, ...refundTransfers({ ...refund, failedAt: new Date(1) })];
        expect(balance(transfers, 'customer_payments')).toBe(amountMinor);
        expect(balance(transfers, 'stripe_receivable')).toBe(0 - amountMinor);
        for (const account of ACCOUNTS.slice(2)) expect(balance(transfers, account)).toBe(0);
      }),
    );
  });
});
