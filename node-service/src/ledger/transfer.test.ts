import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paymentTransfers } from './transfer.ts';

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
