import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const PLAN = { firstMs: 500, factor: 2, capMs: 5000 };

describe('backoff', () => {
  it('doubles from the first delay up to the cap', () => {
    const delays = [1, 2, 3, 4, 5, 9].map((attempt) => backoffMs(PLAN, attempt, 0.5));
    expect(delays).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
  });

  it('is spread by half to one and a half, and never shorter than the server asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 60_000 }),
        (attempt, random, atLeastMs) => {
          const delay = backoffMs(PLAN, attempt, random, atLeastMs);
          expect(delay).toBeGreaterThanOrEqual(Math.max(250, atLeastMs));
          expect(delay).toBeLessThanOrEqual(Math.max(7500, atLeastMs));
        },
      ),
    );
  });
});
