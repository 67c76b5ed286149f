import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quietAfter, retryAfter } from './delivery.rules.ts';

describe('the quiet after a delivery', () => {
  test('is five minutes at first, twice as long while it goes on, and an hour at most', () => {
    let quietSeconds = quietAfter(300, null);
    const periods = [quietSeconds];
    for (let index = 0; index < 5; index += 1) {
      quietSeconds = quietAfter(300, { quietSeconds, secondsSince: quietSeconds + 1 });
      periods.push(quietSeconds);
    }
    expect(periods).toEqual([300, 600, 1_200, 2_400, 3_600, 3_600]);
  });

  test('begins anew where nothing was to be told for as long again', () => {
    expect(quietAfter(300, { quietSeconds: 3_600, secondsSince: 7_201 })).toBe(300);
    expect(quietAfter(300, { quietSeconds: 3_600, secondsSince: 7_200 })).toBe(3_600);
  });
});

describe('the wait after a delivery that failed', () => {
  test('doubles from two seconds to five minutes, and is half of that at least', () => {
    expect([1, 2, 3, 4].map((failures) => retryAfter(failures, 1))).toEqual([2, 4, 8, 16]);
    expect([1, 8, 9, 1_000_000].map((failures) => retryAfter(failures, 0))).toEqual([
      1, 128, 150, 150,
    ]);
  });

  test('is never nothing, and never more than five minutes', () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), chance, (failures, luck) => {
        const seconds = retryAfter(failures, luck);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(300);
      }),
    );
  });
});
