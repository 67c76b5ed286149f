import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CartLine } from '../cart/cart.ts';
import { cartMark, priceCart } from './cart-pricing.ts';
import { rentalDays } from './rental-days.ts';
import { AURORA_PRODUCTS, BOREALIS_PRODUCTS } from './testing/sample-shops.ts';

const TEE: CartLine = { sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } };
const TENT: CartLine = {
  sku: 'tent',
  quantity: 2,
  rental: { from: '2026-12-04', to: '2026-12-07' },
};

function price(lines: CartLine[], products = AURORA_PRODUCTS) {
  return priceCart({ id: 'cart_1', lines }, products, 'EUR', 'en-IE');
}

describe('a cart on a page', () => {
  it('has the catalogue’s names and prices', () => {
    const [line] = price([TEE]).lines;
    expect(line).toMatchObject({
      variantKey: 'v1:tee?colour=red&size=m',
      name: 'Heavy cotton tee',
      fullName: 'Heavy cotton tee (Red, M)',
      path: '/products/tee',
      unitPrice: { amount: 3200, currency: 'EUR' },
      total: { amount: 6400, currency: 'EUR' },
      priceUnit: 'each',
    });
  });

  it('ignores a price that a client smuggled into its lines', () => {
    const smuggled = { ...TEE, unitPrice: { amount: 1, currency: 'EUR' }, price: 1 } as CartLine;
    expect(price([smuggled]).subtotal).toEqual({ amount: 6400, currency: 'EUR' });
  });

  it('sums up in whole minor units, whatever the quantities', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 1, max: 99 }),
        (a, b) => {
          const { subtotal } = price([
            { ...TEE, quantity: a },
            { sku: 'mug', quantity: b },
          ]);
          expect(subtotal.amount).toBe(a * 3200 + b * 2400);
          expect(Number.isSafeInteger(subtotal.amount)).toBe(true);
        },
      ),
    );
  });

  it('prices a rental by the day, first and last included', () => {
    const { lines, complete } = price([TENT], BOREALIS_PRODUCTS);
    expect(lines[0]).toMatchObject({ priceUnit: 'day', total: { amount: 1900 * 2 * 4 } });
    expect(complete).toBe(true);
  });

  it('writes the days of a rental as the page’s locale does', () => {
    const detail = (locale: string) =>
      priceCart({ id: 'c', lines: [TENT] }, BOREALIS_PRODUCTS, 'USD', locale).lines[0]?.detail;
    expect(detail('en-IE')).toBe('4–7 Dec 2026');
    expect(detail('de-DE')).toBe('04.–07.12.2026');
  });

  it('cannot be bought with a rental that has no days', () => {
    const { lines, complete } = price([{ sku: 'tent', quantity: 1 }], BOREALIS_PRODUCTS);
    expect(lines[0]?.total).toBeUndefined();
    expect(complete).toBe(false);
  });

  it('keeps showing what is no longer sold, without a price, so that it can be removed', () => {
    const { lines, subtotal, complete } = price([TEE, { sku: 'gone', quantity: 3 }]);
    expect(lines[1]).toMatchObject({ name: 'gone', reference: { sku: 'gone', quantity: 3 } });
    expect(lines[1]?.unitPrice).toBeUndefined();
    expect(subtotal.amount).toBe(6400);
    expect(complete).toBe(false);
  });

  it('shows the colour that was chosen', () => {
    const navy = { ...TEE, variantAttributes: { colour: 'navy', size: 'm' } };
    expect(price([navy]).lines[0]?.image).toEqual({ kind: 'tee', colour: '#25365c' });
    expect(price([TEE]).lines[0]?.image).toEqual({ kind: 'tee', colour: '#c8553d' });
  });

  it('has a mark that changes with any line, and with nothing else', () => {
    const mark = cartMark([TEE, TENT]);
    expect(cartMark([{ ...TEE, variantAttributes: { size: 'M', colour: 'Red' } }, TENT])).toBe(
      mark,
    );
    expect(cartMark([{ ...TEE, quantity: 3 }, TENT])).not.toBe(mark);
    expect(cartMark([TEE])).not.toBe(mark);
    expect(cartMark([TEE, { ...TENT, rental: { from: '2026-12-04', to: '2026-12-08' } }])).not.toBe(
      mark,
    );
  });
});

describe('a rental’s days', () => {
  it.each([
    ['2026-12-04', '2026-12-04', 1],
    ['2026-12-04', '2026-12-07', 4],
    ['2026-02-27', '2026-03-01', 3],
    ['2026-10-24', '2026-10-26', 3],
    ['2026-12-04', '2026-12-03', 0],
  ])('from %s to %s are %i', (from, to, days) => {
    expect(rentalDays({ from, to })).toBe(days);
  });
});
