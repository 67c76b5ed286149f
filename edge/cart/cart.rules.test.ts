import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLine,
  type CartDecision,
  changeQuantity,
  countUnits,
  lineKey,
  MAX_LINES,
  MAX_QUANTITY,
  replaceLines,
} from './cart.rules.ts';
import type { CartLine } from './cart.ts';

const anyLine: fc.Arbitrary<CartLine> = fc
  .record({
    sku: fc.constantFrom('tee', 'TEE', 'mug', 'tent'),
    quantity: fc.integer({ min: 1, max: 1000 }),
    size: fc.constantFrom(undefined, 's', 'M'),
    rental: fc.constantFrom(undefined, { from: '2026-12-01', to: '2026-12-04' }),
  })
  .map(({ sku, quantity, size, rental }) => ({
    sku,
    quantity,
    ...(size === undefined ? {} : { variantAttributes: { size } }),
    ...(rental === undefined ? {} : { rental }),
  }));

function linesOf(decision: CartDecision): CartLine[] {
  if (!decision.ok) throw new Error(decision.reason);
  return decision.lines;
}

describe('cart rules', () => {
  it('hold one line for each variant and its days, whatever was added, and lose no unit', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 30 }), (added) => {
        const lines = linesOf(replaceLines(added));
        expect(new Set(lines.map(lineKey)).size).toBe(lines.length);
        expect(new Set(lines.map(lineKey))).toEqual(new Set(added.map(lineKey)));
        expect(countUnits(lines)).toBe(countUnits(added));
      }),
    );
  });

  it('take another spelling of a variant for the same line', () => {
    const lines = linesOf(
      replaceLines([
        { sku: 'tee', quantity: 1, variantAttributes: { size: 'M', colour: 'red' } },
        { sku: 'Tee', quantity: 2, variantAttributes: { colour: 'Red', size: 'm' } },
      ]),
    );
    expect(lines).toEqual([
      { sku: 'tee', quantity: 3, variantAttributes: { size: 'M', colour: 'red' } },
    ]);
  });

  it('keep a rental of other days apart', () => {
    const days = (from: string) => ({
      sku: 'tent',
      quantity: 1,
      rental: { from, to: '2026-12-24' },
    });
    expect(linesOf(replaceLines([days('2026-12-20'), days('2026-12-21')]))).toHaveLength(2);
  });

  it('never leave a quantity outside 1 to a million, or more than 50 lines', () => {
    const anyQuantity = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.integer({ min: MAX_QUANTITY - 5, max: MAX_QUANTITY + 5 }),
      fc.constantFrom(0.5, Number.NaN, Number.POSITIVE_INFINITY),
    );
    const anySku = fc.integer({ min: 1, max: 80 }).map((number) => `sku-${number}`);
    const request = fc.array(fc.record({ sku: anySku, quantity: anyQuantity }), { maxLength: 120 });
    fc.assert(
      fc.property(request, (added) => {
        const decision = replaceLines(added);
        if (!decision.ok) return;
        expect(decision.lines.length).toBeLessThanOrEqual(MAX_LINES);
        for (const { quantity } of decision.lines) {
          expect(Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY).toBe(
            true,
          );
        }
      }),
    );
  });

  it('refuse line 51, and still raise a line of a full cart', () => {
    const full = Array.from({ length: MAX_LINES }, (_, index) => ({
      sku: `s${index}`,
      quantity: 1,
    }));
    expect(addLine(full, { sku: 'one-more', quantity: 1 })).toEqual({
      ok: false,
      reason: 'too_many_lines',
    });
    expect(linesOf(addLine(full, { sku: 's7', quantity: 2 }))[7]?.quantity).toBe(3);
  });

  it('refuse a sum over the limit, and name the line and the sum', () => {
    expect(addLine([{ sku: 'tee', quantity: MAX_QUANTITY }], { sku: 'tee', quantity: 1 })).toEqual({
      ok: false,
      reason: 'quantity_out_of_range',
      lineKey: 'v1:tee',
      quantity: MAX_QUANTITY + 1,
    });
  });

  it('set a quantity instead of adding to it', () => {
    expect(
      linesOf(changeQuantity([{ sku: 'tee', quantity: 5 }], { sku: 'tee', quantity: 2 })),
    ).toEqual([{ sku: 'tee', quantity: 2 }]);
  });

  it('take a line out at quantity zero, and only that line', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 10 }), fc.nat(), (added, pick) => {
        const lines = linesOf(replaceLines(added));
        const gone = lines[pick % lines.length];
        if (gone === undefined) throw new Error('no line');
        const left = linesOf(changeQuantity(lines, { ...gone, quantity: 0 }));
        expect(left).toEqual(lines.filter((line) => line !== gone));
      }),
    );
  });

  it('say so when the line to change is not there', () => {
    expect(changeQuantity([], { sku: 'tee', quantity: 1 })).toEqual({
      ok: false,
      reason: 'no_such_line',
      lineKey: 'v1:tee',
    });
  });

  it('leave the lines they were given as they were', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 8 }), anyLine, (given, added) => {
        const lines = linesOf(replaceLines(given));
        const before = structuredClone(lines);
        addLine(lines, added);
        changeQuantity(lines, { ...added, quantity: 0 });
        expect(lines).toEqual(before);
      }),
    );
  });
});
