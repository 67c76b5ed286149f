import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGivenUp, LEAST_LOOKS, MOST_LOOKS, WAIT_SECONDS } from './waiting.rules.ts';

const NOW = 1_795_000_000;
const OLD = { receivedAt: NOW - 3_600, looks: LEAST_LOOKS };

describe('an event without a shop', () => {
  test('is given up when its minute is over, it was looked at often, and no work is behind', () => {
    expect(isGivenUp(OLD, NOW, null)).toBe(true);
    expect(isGivenUp({ ...OLD, receivedAt: NOW - WAIT_SECONDS }, NOW, null)).toBe(true);
  });

  test('is kept in its first minute, however often it was looked at', () => {
    const young = { receivedAt: NOW - WAIT_SECONDS + 1, looks: MOST_LOOKS };
    expect(isGivenUp(young, NOW, null)).toBe(false);
  });

  test('is kept after an outage in which nobody looked, however long that was', () => {
    expect(isGivenUp({ receivedAt: NOW - 86_400, looks: 0 }, NOW, null)).toBe(false);
    expect(isGivenUp({ ...OLD, looks: LEAST_LOOKS - 1 }, NOW, null)).toBe(false);
  });

  test('is kept while work that came before its minute was over has not been tried', () => {
    expect(isGivenUp(OLD, NOW, OLD.receivedAt - 100)).toBe(false);
    expect(isGivenUp(OLD, NOW, OLD.receivedAt + WAIT_SECONDS)).toBe(false);
    expect(isGivenUp(OLD, NOW, OLD.receivedAt + WAIT_SECONDS + 1)).toBe(true);
  });

  test('is given up after an hour of looking, whatever waits still', () => {
    expect(isGivenUp({ ...OLD, looks: MOST_LOOKS }, NOW, OLD.receivedAt - 100)).toBe(true);
  });

  test('that is given up stays so as time goes by, it is looked at more and less work waits', () => {
    const more = fc.nat(2_000);
    const moment = fc.integer({ min: NOW - 4_000, max: NOW });
    fc.assert(
      fc.property(
        moment,
        more,
        fc.option(moment),
        more,
        more,
        more,
        (receivedAt, looks, untriedAt, later, looksMore, catchesUp) => {
          fc.pre(isGivenUp({ receivedAt, looks }, NOW, untriedAt));
          const then = untriedAt === null ? null : untriedAt + catchesUp;
          const waited = { receivedAt, looks: looks + looksMore };
          expect(isGivenUp(waited, NOW + later, then)).toBe(true);
        },
      ),
    );
  });
});
