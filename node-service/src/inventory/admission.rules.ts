/** Whether a request may join a shop's queue, by how long it would wait there. Pure. */

/** How a shop's queue has gone of late. */
export type QueueLoad = {
  /** Requests that wait for the next batch. */
  readonly waiting: number;
  /** Requests in the batch that is being written, and for how long it has been. */
  readonly inFlight: number;
  readonly inFlightForMs: number;
  /** What a batch has taken lately, in milliseconds; 0 before the first. */
  readonly batchMs: number;
};

export type Admission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'busy'; readonly retryAfterMs: number };

/** The most that one batch takes in. */
export const MAX_BATCH = 512;

/** A request that would wait for longer is better told so at once, while its client can still choose. */
export const WAIT_BUDGET_MS = 1_000;

const MIN_RETRY_AFTER_MS = 100;
const MAX_RETRY_AFTER_MS = 5_000;

/** How much the newest batch counts in the running mean of their durations. */
const SMOOTHING = 0.3;

/** The time until a request that joins now has been answered, in milliseconds. */
export function expectedWaitMs({ waiting, inFlight, inFlightForMs, batchMs }: QueueLoad): number {
  // A batch that takes longer than others did is as far from its end as it has lasted.
  const inFlightMs =
    inFlight === 0 ? 0 : Math.max(batchMs - inFlightForMs, inFlightForMs - batchMs);
  const batchesAhead = Math.floor(waiting / MAX_BATCH) + 1;
  return inFlightMs + batchesAhead * batchMs;
}

/**
 * Admits, or says when to come back: when the queue, at the rate at which it is being drained, will have room.
 * @returns a `retryAfterMs` between 100 and 5,000
 */
export function admit(load: QueueLoad, budgetMs: number = WAIT_BUDGET_MS): Admission {
  const waitMs = expectedWaitMs(load);
  if (load.waiting === 0 || waitMs <= budgetMs) return { kind: 'admitted' };
  return { kind: 'busy', retryAfterMs: retryAfterMs(waitMs) };
}

/** A delay that a client is told, from the time that the work ahead of it will take. */
export function retryAfterMs(waitMs: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, Math.ceil(waitMs)));
}

/** The running mean of what batches take, after one more. */
export function smoothed(batchMs: number, latestMs: number): number {
  return batchMs === 0 ? latestMs : batchMs + SMOOTHING * (latestMs - batchMs);
}
