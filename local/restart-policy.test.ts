import { expect, test } from 'vitest';
import { decideRestart } from './restart-policy.rules.ts';

test('starts a process again after half a second, then after twice as long each time', () => {
  const delays = [1, 2, 3, 4, 5].map((count) => {
    const decision = decideRestart(Array.from({ length: count }, (_, index) => 1_000 * index));
    return decision.restart ? decision.delayMs : undefined;
  });
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
});

test('gives up at the sixth end within a minute', () => {
  expect(decideRestart([0, 1, 2, 3, 4, 5])).toEqual({ restart: false, ends: 6 });
});

test('forgets ends that are a minute old', () => {
  expect(decideRestart([0, 1, 2, 3, 4, 60_005])).toEqual({
    restart: true,
    delayMs: 500,
    attempt: 1,
  });
});
