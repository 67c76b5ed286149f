/** When an event that has no shop yet is given up. Pure. */

/** What an object is known by comes from this long around its event, or not at all. */
export const WAIT_SECONDS = 60;

/** Looks come some two seconds apart while somebody looks: time in which nobody did is no time to wait. */
export const LEAST_LOOKS = 20;

/** An hour of looking: work that stays undone for longer is told of by the backlog's alert, and is not waited for. */
export const MOST_LOOKS = 1_800;

/** Work that has failed so often is poison, and teaches nothing that is worth waiting for. */
export const TRIES = 3;

/** Moments are seconds since 1970 by the database's clock. */
export type Waited = { readonly receivedAt: number; readonly looks: number };

/** Whether its time is over, if there is nothing left that it should wait for. */
export function isRipe({ receivedAt, looks }: Waited, now: number): boolean {
  return now - receivedAt >= WAIT_SECONDS && looks >= LEAST_LOOKS;
}

/**
 * Whether nobody's event is nobody's for good. An event of a shop may teach whose it is: as long as one that came before
 * the wait was over has not been tried, it is the jobs that are late, and not the event that is lost.
 * @param oldestUntriedAt when the oldest event of any shop came that waits for its tries; null without one
 */
export function isGivenUp(waited: Waited, now: number, oldestUntriedAt: number | null): boolean {
  if (!isRipe(waited, now)) return false;
  if (waited.looks >= MOST_LOOKS) return true;
  return oldestUntriedAt === null || oldestUntriedAt > waited.receivedAt + WAIT_SECONDS;
}
