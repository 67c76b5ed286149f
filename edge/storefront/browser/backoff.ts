export type Backoff = {
  firstMs: number;
  factor: number;
  /** No single delay is longer, before jitter. */
  capMs: number;
};

/**
 * The delay before try number `attempt` (1 is the first repetition): exponential, capped, and spread by half to one
 * and a half, so that many browsers that were refused together do not come back together.
 * @param atLeastMs what the server asked for; never cut short
 * @param random from 0 up to 1
 */
export function backoffMs(
  { firstMs, factor, capMs }: Backoff,
  attempt: number,
  random: number,
  atLeastMs = 0,
): number {
  const planned = Math.min(capMs, firstMs * factor ** (attempt - 1));
  return Math.max(atLeastMs, Math.round(planned * (0.5 + random)));
}
