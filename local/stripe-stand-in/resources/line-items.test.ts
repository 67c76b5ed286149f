import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Line } from '../store/records.ts';
import { discountLines } from './line-items.ts';

const lineOf = (amountSubtotal: number): Line => ({
  id: 'li_1',
  priceId: 'price_1',
  productId: 'prod_1',
  description: 'x',
  currency: 'eur',
  unitAmount: amountSubtotal,
  quantity: 1,
  amountSubtotal,
  amountDiscount: 0,
  amountTotal: amountSubtotal,
  taxBehavior: 'unspecified',
  metadata: {},
  created: 1,
});

describe('a discount shared out over lines', () => {
  test('adds up to the discount, and takes from no line more than it has', () => {
    const amounts = fc.array(fc.nat({ max: 99_999_999 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(amounts, fc.double({ min: 0, max: 1, noNaN: true }), (subtotals, share) => {
        const subtotal = subtotals.reduce((sum, amount) => sum + amount, 0);
        const discount = Math.floor(subtotal * share);
        const lines = discountLines(subtotals.map(lineOf), discount);
        expect(lines.reduce((sum, line) => sum + line.amountDiscount, 0)).toBe(discount);
        for (const line of lines) {
          expect(line.amountDiscount).toBeGreaterThanOrEqual(0);
          expect(line.amountTotal).toBeGreaterThanOrEqual(0);
          expect(line.amountTotal + line.amountDiscount).toBe(line.amountSubtotal);
        }
      }),
      { numRuns: 50 },
    );
  });
});
