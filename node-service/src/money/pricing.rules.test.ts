import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, divideHalfUp, type PricedLine, priceOrder } from './pricing.rules.ts';

const line = (changes: Partial<PricedLine> = {}): PricedLine => ({
  sku: 'tee',
  name: 'T-shirt',
  variantKey: 'v1:tee',
  quantity: 1,
  unitPriceMinor: 1_000,
  depositMinorPerUnit: 0,
  taxBasisPoints: 0,
  periods: 1,
  ...changes,
});
const plain = { discount: { kind: 'none' }, shippingMinor: 0, coverageMinor: 0 } as const;
const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

describe('the price of an order', () => {
  test('is subtotal - discount + tax + shipping + deposit', () => {
    const amounts = priceOrder(
      [
        line({ quantity: 2, taxBasisPoints: 2_300 }),
        line({ periods: 3, depositMinorPerUnit: 5_000 }),
      ],
      { discount: { kind: 'percent', percent: 10 }, shippingMinor: 490, coverageMinor: 300 },
    );
    expect(amounts).toMatchObject({
      subtotalMinor: 2_000 + 3_000 + 300,
      discountMinor: 500,
      taxMinor: 414,
      shippingMinor: 490,
      depositMinor: 5_000,
      totalMinor: 5_300 - 500 + 414 + 490 + 5_000,
    });
  });

  test('is taxed line by line on what is left after the discount, half-up', () => {
    const half = line({ unitPriceMinor: 50, taxBasisPoints: 100 });
    expect(priceOrder([half, half], plain).lines.map(({ taxMinor }) => taxMinor)).toEqual([1, 1]);
    const below = line({ unitPriceMinor: 49, taxBasisPoints: 100 });
    expect(priceOrder([below, below], plain).taxMinor).toBe(0);
    const discounted = priceOrder([line({ unitPriceMinor: 100, taxBasisPoints: 5_000 })], {
      ...plain,
      discount: { kind: 'percent', percent: 99 },
    });
    expect(discounted).toMatchObject({ discountMinor: 99, taxMinor: 1, totalMinor: 2 });
  });

  test('never goes below nothing: a coupon is worth what there is to pay for goods', () => {
    const amounts = priceOrder([line(), line({ depositMinorPerUnit: 700 })], {
      discount: { kind: 'amount', amountMinor: 9_999 },
      shippingMinor: 490,
      coverageMinor: 0,
    });
    expect(amounts).toMatchObject({ discountMinor: 2_000, totalMinor: 490 + 700 });
  });
});

const anyLine = fc.record({
  sku: fc.constant('tee'),
  name: fc.constant('T-shirt'),
  variantKey: fc.constant('v1:tee'),
  quantity: fc.integer({ min: 1, max: 50 }),
  unitPriceMinor: fc.integer({ min: 0, max: 5_000_000 }),
  depositMinorPerUnit: fc.integer({ min: 0, max: 100_000 }),
  taxBasisPoints: fc.integer({ min: 0, max: 10_000 }),
  periods: fc.integer({ min: 1, max: 365 }),
});
const anyDiscount = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('percent' as const), percent: fc.integer({ min: 1, max: 100 }) }),
  fc.record({
    kind: fc.constant('amount' as const),
    amountMinor: fc.integer({ min: 1, max: 100_000_000 }),
  }),
);
const anyOrder = fc.record({
  lines: fc.array(anyLine, { minLength: 1, maxLength: 8 }),
  discount: anyDiscount,
  shippingMinor: fc.integer({ min: 0, max: 100_000 }),
  coverageMinor: fc.integer({ min: 0, max: 100_000 }),
});

describe('whatever is bought', () => {
  test('the total adds up to the last minor unit, of whole and non-negative parts', () => {
    fc.assert(
      fc.property(anyOrder, ({ lines, ...options }) => {
        const amounts = priceOrder(lines, options);
        expect(amounts.totalMinor).toBe(
          amounts.subtotalMinor -
            amounts.discountMinor +
            amounts.taxMinor +
            amounts.shippingMinor +
            amounts.depositMinor,
        );
        expect(amounts.subtotalMinor).toBe(
          sum(amounts.lines.map(({ subtotalMinor }) => subtotalMinor)) + options.coverageMinor,
        );
        const { lines: priced, ...totals } = amounts;
        for (const value of [...Object.values(totals), ...priced.flatMap(Object.values)]) {
          expect(Number.isSafeInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test('the discounts of the lines add up to that of the order, and none exceeds its line', () => {
    fc.assert(
      fc.property(anyOrder, ({ lines, ...options }) => {
        const amounts = priceOrder(lines, options);
        const discounts = amounts.lines.map(({ discountMinor }) => discountMinor);
        expect(sum(discounts)).toBe(amounts.discountMinor);
        for (const { discountMinor, subtotalMinor } of amounts.lines)
          expect(discountMinor).toBeLessThanOrEqual(subtotalMinor);
        if (options.discount.kind !== 'amount') return;
        const goods = amounts.subtotalMinor - options.coverageMinor;
        expect(amounts.discountMinor).toBe(Math.min(options.discount.amountMinor, goods));
      }),
    );
  });

  test('an amount is split exactly, within one unit of its share, and the same way every time', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 10_000_000 }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 10_000_000 }), (all, amountMinor) => {
        const parts = allocate(amountMinor, all);
        expect(parts).toEqual(allocate(amountMinor, all));
        const total = sum(all);
        expect(sum(parts)).toBe(total === 0 ? 0 : amountMinor);
        parts.forEach((part, index) => {
          const share = total === 0 ? 0 : (amountMinor * (all[index] ?? 0)) / total;
          expect(Math.abs(part - share)).toBeLessThan(1);
        });
      }),
    );
  });

  test('halves are rounded up, exactly, however large the numbers', () => {
    const big = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(big, fc.bigInt({ min: 1n, max: 10n ** 12n }), (numerator, denominator) => {
        const rounded = divideHalfUp(numerator, denominator);
        const distance = 2n * (rounded * denominator - numerator);
        expect(distance <= denominator && distance > -denominator).toBe(true);
      }),
    );
  });
});
