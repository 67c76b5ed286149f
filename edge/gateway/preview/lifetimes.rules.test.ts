import { expect, test } from 'vitest';
import { lifetimesOf, standingOf } from './lifetimes.rules.ts';

const SAID = 'public, max-age=2, stale-while-revalidate=10, stale-if-error=60';

test('an answer ages from fresh to stale, to one for failures alone, to nothing', () => {
  const lifetimes = lifetimesOf(SAID);
  if (lifetimes === null) throw new Error(`nothing may be kept of ${SAID}`);
  const standings = [0, 1_999, 2_000, 11_999, 12_000, 61_999, 62_000].map((ageMs) =>
    standingOf(ageMs, lifetimes),
  );
  expect(standings).toEqual(['fresh', 'fresh', 'stale', 'stale', 'if_error', 'if_error', 'gone']);
});

test('without stale times an answer is fresh or gone', () => {
  const lifetimes = lifetimesOf('max-age=3, PUBLIC');
  expect(lifetimes).toEqual({ freshMs: 3_000, revalidateMs: 3_000, ifErrorMs: 3_000 });
});

test('no answer is kept for longer than the edge allows, whatever it says of itself', () => {
  const forever = 'public, max-age=31536000, stale-while-revalidate=31536, stale-if-error=31536';
  expect(lifetimesOf(forever)).toEqual({
    freshMs: 10_000,
    revalidateMs: 30_000,
    ifErrorMs: 120_000,
  });
});

test.each([
  null,
  '',
  'no-store',
  'public',
  'max-age=2',
  'private, max-age=2',
  'public, max-age=2, no-store',
  'public, max-age=0',
  'public, max-age=-2',
  'public, max-age=2.5',
  'public, max-age="2"',
  'public, max-age=soon',
])('nothing is kept of an answer that says %j', (cacheControl) => {
  expect(lifetimesOf(cacheControl)).toBeNull();
});
