import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admit,
  expectedWaitMs,
  MAX_BATCH,
  retryAfterMs,
  smoothed,
  WAIT_BUDGET_MS,
} from './admission.rules.ts';

const anyLoad = fc.record({
  waiting: fc.nat(100_000),
  inFlight: fc.nat(MAX_BATCH),
  inFlightForMs: fc.nat(5_000),
  batchMs: fc.nat(3_000),
});

describe('a request that joins the queue', () => {
  test('is admitted while nobody waits, however slow the last batches were', () => {
    expect(admit({ waiting: 0, inFlight: 512, inFlightForMs: 3_000, batchMs: 3_000 })).toEqual({
      kind: 'admitted',
    });
  });

  test('is admitted while a thousand batches of a millisecond are ahead, and no longer when they take ten', () => {
    const waiting = 400 * MAX_BATCH;
    expect(admit({ waiting, inFlight: 1, inFlightForMs: 0, batchMs: 1 }).kind).toBe('admitted');
    expect(admit({ waiting, inFlight: 1, inFlightForMs: 0, batchMs: 10 })).toEqual({
      kind: 'busy',
      retryAfterMs: 4_020,
    });
  });

  test('is told to come back when a batch hangs longer than the budget', () => {
    const load = { waiting: 1, inFlight: 1, inFlightForMs: WAIT_BUDGET_MS + 10, batchMs: 5 };
    expect(admit(load)).toEqual({ kind: 'busy', retryAfterMs: 1_010 });
  });

  test('waits the longer the more are before it; a refusal names a delay between 100 ms and 5 s', () => {
    fc.assert(
      fc.property(anyLoad, fc.nat(10_000), (load, more) => {
        const longer = { ...load, waiting: load.waiting + more };
        expect(expectedWaitMs(longer)).toBeGreaterThanOrEqual(expectedWaitMs(load));
        const admission = admit(load);
        if (admission.kind === 'admitted') return;
        expect(expectedWaitMs(load)).toBeGreaterThan(WAIT_BUDGET_MS);
        expect(admission.retryAfterMs).toBeGreaterThanOrEqual(100);
        expect(admission.retryAfterMs).toBeLessThanOrEqual(5_000);
      }),
    );
  });
});

test('a delay is a whole number of milliseconds, rounded up', () => {
  expect([retryAfterMs(0), retryAfterMs(250.2), retryAfterMs(1e9)]).toEqual([100, 251, 5_000]);
});

test('the mean of batches begins with the first one, and follows the newer ones', () => {
  expect(smoothed(0, 8)).toBe(8);
  expect(smoothed(10, 20)).toBeCloseTo(13);
});
