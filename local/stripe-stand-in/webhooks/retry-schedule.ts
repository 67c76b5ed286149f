/**
 * The waits between attempts, in milliseconds: doubling from `firstMs` to `ceilingMs`, for
 * `totalMs` in all. Stripe's own run over hours; a local platform wants its news sooner.
 */
export function retrySchedule(firstMs = 500, ceilingMs = 30_000, totalMs = 3_600_000): number[] {
  const waits: number[] = [];
  let spentMs = 0;
  for (
    let waitMs = firstMs;
    spentMs + waitMs <= totalMs;
    waitMs = Math.min(waitMs * 2, ceilingMs)
  ) {
    waits.push(waitMs);
    spentMs += waitMs;
  }
  return waits;
}
