import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expectedWaitMs,
  MAX_BATCH,
  MAX_BATCH_BYTES,
  MAX_WAITING_BYTES,
  sizeOfBatch,
  turnedAwayForMs,
  WAIT_BUDGET_MS,
} from './inbox.rules.ts';

const IDLE = { waiting: 0, waitingBytes: 0, inFlightForMs: 0, batchMs: 20 };

describe('a batch', () => {
  test('takes whoever waits, up to its number', () => {
    expect(sizeOfBatch([10, 10, 10])).toBe(3);
    expect(sizeOfBatch(Array(MAX_BATCH + 1).fill(10))).toBe(MAX_BATCH);
  });

  test('is one event at least and no more bytes than its bound, unless that one has them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2 * MAX_BATCH_BYTES }), { minLength: 1 }),
        (bytes) => {
          const size = sizeOfBatch(bytes);
          const taken = bytes.slice(0, size).reduce((sum, one) => sum + one, 0);
          expect(size).toBeGreaterThan(0);
          expect(size === 1 || taken <= MAX_BATCH_BYTES).toBe(true);
        },
      ),
    );
  });
});

describe('an event', () => {
  test('is taken by an inbox that nobody waits in, however slow its last batch was', () => {
    expect(turnedAwayForMs({ ...IDLE, batchMs: 60_000 }, 1_000)).toBeNull();
  });

  test('is taken while it will be durable within the budget', () => {
    const waiting = MAX_BATCH * 10;
    expect(turnedAwayForMs({ ...IDLE, waiting, waitingBytes: 1_000 }, 1_000)).toBeNull();
  });

  test('is told to come back when the queue would take longer', () => {
    const load = { ...IDLE, waiting: MAX_BATCH * 10, waitingBytes: 1_000, batchMs: 1_000 };
    expect(expectedWaitMs(load)).toBeGreaterThan(WAIT_BUDGET_MS);
    expect(turnedAwayForMs(load, 1_000)).toBe(expectedWaitMs(load));
  });

  test('is told to come back when what waits fills its memory', () => {
    const load = { ...IDLE, waiting: 128, waitingBytes: MAX_WAITING_BYTES };
    expect(turnedAwayForMs(load, 1)).toBeGreaterThan(0);
  });

  test('is told to come back while a batch hangs', () => {
    const load = { ...IDLE, waiting: 1, inFlightForMs: 2 * WAIT_BUDGET_MS };
    expect(turnedAwayForMs(load, 1)).toBeGreaterThan(WAIT_BUDGET_MS);
  });
});
