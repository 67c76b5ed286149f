import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type VariantUnits, variantFindings } from './audit.rules.ts';

const units = fc.nat(1_000_000);
/** What the allocator leaves behind: units move, and none comes or goes. */
const sound = fc.record({ sold: units, held: units, free: units }).map(
  ({ sold, held, free }): VariantUnits => ({
    variantKey: 'v1:tee',
    stocked: sold + held + free,
    sold,
    held,
    onHand: held + free,
    markedHeld: held,
  }),
);
const kindsOf = (variant: VariantUnits): string[] =>
  variantFindings(variant).map(({ kind }) => kind);

describe('the units of a variant', () => {
  test('have no finding wherever they are, as long as all of them are somewhere', () => {
    fc.assert(
      fc.property(sound, (variant) => {
        expect(kindsOf(variant)).toEqual([]);
      }),
    );
  });

  test('have one as soon as any figure is another', () => {
    const figure = fc.constantFrom('stocked', 'sold', 'held', 'onHand', 'markedHeld' as const);
    const by = fc.integer({ min: -1_000, max: 1_000 }).filter((difference) => difference !== 0);
    fc.assert(
      fc.property(sound, figure, by, (variant, name, difference) => {
        const changed = { ...variant, [name]: variant[name] + difference };
        expect(kindsOf(changed)).not.toEqual([]);
      }),
    );
  });

  test('are oversold where more is sold and held than was stocked, and only there', () => {
    fc.assert(
      fc.property(sound, units, (variant, stocked) => {
        const isOversold = kindsOf({ ...variant, stocked }).includes('units_oversold');
        expect(isOversold).toBe(variant.sold + variant.held > stocked);
      }),
    );
  });
});
