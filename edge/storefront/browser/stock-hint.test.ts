import { describe, expect, it } from 'vitest';
import { ENGLISH_SCRIPTS } from '../texts/english-scripts.ts';
import { GERMAN_SCRIPTS } from '../texts/german-scripts.ts';
import { stockHint } from './stock-hint.ts';

const LEFT = { variantKey: 'v1:mug', available: 3, status: 'low_stock' } as const;
const MANY = { ...LEFT, available: 40, status: 'in_stock' } as const;
const NONE = { ...LEFT, available: 0, status: 'out_of_stock' } as const;

describe('the hint of a variant’s stock', () => {
  it.each([
    [MANY, 1, 'In stock', 'Vorrätig', 'good'],
    [LEFT, 3, 'Only 3 left', 'Nur noch 3 da', 'low'],
    [LEFT, 50, 'Only 3 left, and you want 50', 'Nur noch 3 da, Sie möchten 50', 'short'],
    [MANY, 41, 'Only 40 left, and you want 41', 'Nur noch 40 da, Sie möchten 41', 'short'],
    [NONE, 1, 'Sold out', 'Ausverkauft', 'short'],
  ] as const)('of %j for %i is “%s”', (item, wanted, english, german, tone) => {
    expect(stockHint(item, wanted, ENGLISH_SCRIPTS)).toEqual({ text: english, tone });
    expect(stockHint(item, wanted, GERMAN_SCRIPTS)).toEqual({ text: german, tone });
  });

  it('is none where nothing is known, or the shop has no such variant', () => {
    expect(stockHint(undefined, 1, ENGLISH_SCRIPTS)).toBeUndefined();
    const unknown = { ...NONE, status: 'unknown' } as const;
    expect(stockHint(unknown, 1, ENGLISH_SCRIPTS)).toBeUndefined();
  });
});
