import { problem } from '@commerce/contracts/vocabulary/problem.ts';
import { describe, expect, it } from 'vitest';
import { scriptTexts } from '../texts/script-texts.ts';
import { problemText } from './problem-text.ts';

const ENGLISH = scriptTexts('en');

const NAMES = new Map([
  ['v1:tee?size=m', 'Heavy cotton tee (M)'],
  ['v1:mug', 'Stoneware mug'],
]);
const BASE = { detail: 'd', requestId: 'r-12345678', shopId: 'aurora' };

describe('a problem in a buyer’s words', () => {
  it('lists what is short by name, with what is left', () => {
    const text = problemText(
      problem('inventory_insufficient', {
        ...BASE,
        items: [
          { variantKey: 'v1:tee?size=m', sku: 'tee', requested: 3, available: 1 },
          { variantKey: 'v1:mug', sku: 'mug', requested: 1, available: 0 },
        ],
      }),
      NAMES,
      ENGLISH,
    );
    expect(text.title).toBe('There is not enough left of this.');
    expect(text.items).toEqual([
      'Heavy cotton tee (M): 1 left, you asked for 3',
      'Stoneware mug: sold out',
    ]);
  });

  it('says the same in German', () => {
    const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 3, available: 1 }];
    const short = problem('inventory_insufficient', { ...BASE, items });
    expect(problemText(short, NAMES, scriptTexts('de'))).toMatchObject({
      title: 'Davon ist nicht mehr genug da.',
      items: ['Stoneware mug: noch 1 da, Sie möchten 3'],
    });
  });

  it('accuses no item while the stock is only busy', () => {
    const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 1, available: 0 }];
    const busy = problem('inventory_busy', { ...BASE, items, retryAfterMs: 90 });
    expect(problemText(busy, NAMES, ENGLISH).items).toEqual([]);
  });

  it.each([
    undefined,
    null,
    'text',
    new TypeError('x'),
    { code: 'never_heard', status: 400 },
    { code: 'constructor', status: 400 },
  ])('is said in general words for %s', (unknown) => {
    expect(problemText(unknown, NAMES, ENGLISH).title).toBe('That did not work.');
  });
});
