import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, pairedInterval, quantile } from './statistics.ts';

test('the median is the middle, or between the two middles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test('a quantile is the value that so many of them do not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([quantile(hundred, 0.99), quantile(hundred, 0.5), quantile(hundred, 1)]).toEqual([
    99, 50, 100,
  ]);
  expect(quantile([7], 0.99)).toBe(7);
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

test('the interval is the textbook one, on logarithms', () => {
  // Ratios e^1, e^2, e^3: mean 2, standard error 1/sqrt(3), t(2 degrees) 4.303.
  const [low, high] = pairedInterval([Math.E, Math.E ** 2, Math.E ** 3], [1, 1, 1]);
  expect(Math.log(low)).toBeCloseTo(2 - 4.303 / Math.sqrt(3), 6);
  expect(Math.log(high)).toBeCloseTo(2 + 4.303 / Math.sqrt(3), 6);
});

test('a disturbance that both sides of a round share does not widen it', () => {
  const disturbance = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), {
    minLength: 2,
    maxLength: 40,
  });
  fc.assert(
    fc.property(disturbance, (factors) => {
      const [low, high] = pairedInterval(
        factors.map((factor) => factor * 3),
        factors,
      );
      expect(low).toBeCloseTo(3, 9);
      expect(high).toBeCloseTo(3, 9);
    }),
  );
});

test('refuses rounds that make no pairs', () => {
  expect(() => pairedInterval([1], [1])).toThrow(RangeError);
  expect(() => pairedInterval([1, 2], [1, 2, 3])).toThrow(RangeError);
});
