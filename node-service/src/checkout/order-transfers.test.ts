import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FactKind, OrderFact } from './order.entities.ts';
import { transfersOf } from './order-transfers.ts';

const ORDER = {
  orderId: 'ord_1',
  currency: 'EUR',
  subtotalMinor: 800,
  discountMinor: 0,
  taxMinor: 200,
  shippingMinor: 0,
  depositMinor: 0,
};
const fact = (
  kind: FactKind,
  reference: string,
  amountMinor: number | null = 1_000,
  detail: string | null = 'pi_1',
): OrderFact => ({
  kind,
  reference,
  amountMinor,
  currency: 'EUR',
  detail,
  occurredAt: new Date(0),
});
const PAID = fact('payment_succeeded', 'pi_1', 1_000, null);
const OTHERWISE = fact('payment_mismatched', 'pi_1:900:EUR', 900);

/** What each account was credited with, less what it was debited with, where that is not 0. */
function balances(...facts: OrderFact[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { debitAccount, creditAccount, amountMinor } of transfersOf(ORDER, facts)) {
    sums.set(debitAccount, (sums.get(debitAccount) ?? 0) - amountMinor);
    sums.set(creditAccount, (sums.get(creditAccount) ?? 0) + amountMinor);
  }
  return Object.fromEntries([...sums].filter(([, balance]) => balance !== 0));
}
const EARNED = { sales_revenue: 800, tax_payable: 200 };
const taken = fact('dispute_funds_withdrawn', 'dp_1');
const back = fact('dispute_funds_reinstated', 'dp_1', 600);
const lost = fact('dispute_lost', 'dp_1');

describe('the ledger of an order', () => {
  test.each<[string, OrderFact[], Record<string, number>]>([
    ['paid', [PAID], { stripe_receivable: -1_000, ...EARNED }],
    [
      'paid with another amount than agreed: received, and owed to the buyer',
      [OTHERWISE],
      { stripe_receivable: -900, customer_payments: 900 },
    ],
    [
      'told of with two amounts: as agreed',
      [PAID, OTHERWISE],
      { stripe_receivable: -1_000, ...EARNED },
    ],
    [
      'a refund that Stripe has taken',
      [PAID, fact('refund_pending', 're_1'), fact('refund_taken', 're_1')],
      { customer_payments: -1_000, ...EARNED },
    ],
    [
      'a refund that waits for the balance',
      [PAID, fact('refund_pending', 're_1')],
      { stripe_receivable: -1_000, ...EARNED },
    ],
    [
      'a refund that was taken, and failed',
      [PAID, fact('refund_taken', 're_1'), fact('refund_failed', 're_1')],
      { stripe_receivable: -1_000, ...EARNED },
    ],
    [
      'a refund that failed, and never was taken',
      [PAID, fact('refund_failed', 're_1')],
      { stripe_receivable: -1_000, ...EARNED },
    ],
    [
      'dishonoured, and given back',
      [
        PAID,
        fact('refund_due', 'pi_1', 1_000, 'paid_without_stock'),
        fact('refund_succeeded', 're_1'),
      ],
      {},
    ],
    ['a dispute that is open', [PAID, taken], { disputed_funds: -1_000, ...EARNED }],
    [
      'a dispute that is won in part',
      [PAID, taken, back],
      { disputed_funds: -400, stripe_receivable: -600, ...EARNED },
    ],
    ['a dispute that is lost', [PAID, taken, lost], { dispute_losses: -1_000, ...EARNED }],
    [
      'a dispute that was lost, and is won in part on appeal',
      [PAID, taken, lost, back],
      { dispute_losses: -400, stripe_receivable: -600, ...EARNED },
    ],
  ])('%s', (_, facts, wanted) => {
    expect(balances(...facts)).toEqual(wanted);
  });

  test('is written once for good: another fact adds entries, and changes none', () => {
    const facts = [
      PAID,
      OTHERWISE,
      fact('payment_mismatched', 'pi_1:800:EUR', 800),
      fact('payment_succeeded', 'pi_2', 1_000, null),
      fact('refund_due', 'pi_2', 1_000, 'paid_twice'),
      fact('refund_due', 'pi_1', 1_000, 'cart_paid_twice'),
      ...(['refund_taken', 'refund_succeeded', 'refund_failed'] as const).map((kind) =>
        fact(kind, 're_1'),
      ),
      taken,
      back,
      lost,
    ];
    const all = { minLength: facts.length };
    const texts = (known: readonly OrderFact[]) =>
      transfersOf(ORDER, known).map((transfer) => JSON.stringify(transfer));
    fc.assert(
      fc.property(fc.shuffledSubarray(facts, all), (told) => {
        const written = new Set<string>();
        for (let count = 1; count <= told.length; count += 1)
          for (const text of texts(told.slice(0, count))) written.add(text);
        expect([...written].sort()).toEqual(texts(facts).sort());
      }),
      { numRuns: 300 },
    );
  });
});
