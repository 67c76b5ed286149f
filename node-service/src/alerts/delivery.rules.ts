/** When an alert is told again, and when a delivery that failed is repeated. Pure. */

/** How far the quiet after a delivery may grow, as a multiple of what it begins with: from five minutes to an hour. */
const LONGEST_QUIET = 12;

const FIRST_RETRY_SECONDS = 2;
const LAST_RETRY_SECONDS = 300;

/**
 * How long the group is silent after this delivery, in seconds: twice as long as the last time where it goes on, and as
 * long as at first where it had been quiet of itself.
 */
export function quietAfter(
  base: number,
  last: { readonly quietSeconds: number; readonly secondsSince: number } | null,
): number {
  if (last === null || last.secondsSince > 2 * last.quietSeconds) return base;
  return Math.min(2 * last.quietSeconds, LONGEST_QUIET * base);
}

/**
 * How long to wait after the `failures`-th failure in a row, in seconds.
 * @param chance from 0 to 1, so that many groups do not come back at once
 */
export function retryAfter(failures: number, chance: number): number {
  const longest = Math.min(FIRST_RETRY_SECONDS * 2 ** (failures - 1), LAST_RETRY_SECONDS);
  return longest * (0.5 + chance / 2);
}
