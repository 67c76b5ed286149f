/** How the inbox's queue is cut into batches, and when it takes no more. Pure. */

/** The most that one transaction takes in; a single event may be larger. */
export const MAX_BATCH = 256;
export const MAX_BATCH_BYTES = 4_194_304;

/** The most that waits in memory: what is not durable yet is Stripe's to send again. */
export const MAX_WAITING_BYTES = 67_108_864;

/**
 * Stripe comes back to a delivery that was refused after minutes or hours, so that a short wait is better than a
 * refusal; a long one it would take for a failure.
 */
export const WAIT_BUDGET_MS = 5_000;

const MAX_RETRY_AFTER_MS = 60_000;

/** How much the newest batch counts in the running mean of their durations. */
const SMOOTHING = 0.3;

export type InboxLoad = {
  readonly waiting: number;
  readonly waitingBytes: number;
  /** For how long the oldest batch under way has been; 0 without one. */
  readonly inFlightForMs: number;
  /** What a batch has taken lately, in milliseconds; 0 before the first. */
  readonly batchMs: number;
};

/** The time until an event that joins now is durable, in milliseconds. Batches that run side by side only make it less. */
export function expectedWaitMs({ waiting, inFlightForMs, batchMs }: InboxLoad): number {
  // A batch that takes longer than others did is as far from its end as it has lasted.
  const inFlightMs = inFlightForMs === 0 ? 0 : Math.abs(batchMs - inFlightForMs);
  return inFlightMs + (Math.floor(waiting / MAX_BATCH) + 1) * batchMs;
}

/** Admits, with null, or says when to come back, in milliseconds. */
export function turnedAwayForMs(load: InboxLoad, bytes: number): number | null {
  const waitMs = expectedWaitMs(load);
  const hasRoom = load.waitingBytes + bytes <= MAX_WAITING_BYTES;
  if (load.waiting === 0 || (hasRoom && waitMs <= WAIT_BUDGET_MS)) return null;
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(1_000, Math.ceil(waitMs)));
}

/** How many of those that wait, first come first served, are the next batch: one at least. */
export function sizeOfBatch(waitingBytes: readonly number[]): number {
  let bytes = 0;
  for (const [index, size] of waitingBytes.slice(0, MAX_BATCH).entries()) {
    bytes += size;
    if (index > 0 && bytes > MAX_BATCH_BYTES) return index;
  }
  return Math.min(waitingBytes.length, MAX_BATCH);
}

/** The running mean of what batches take, after one more. */
export function smoothed(batchMs: number, latestMs: number): number {
  return batchMs === 0 ? latestMs : batchMs + SMOOTHING * (latestMs - batchMs);
}
