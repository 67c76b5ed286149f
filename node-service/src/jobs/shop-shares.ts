/** How many jobs of one shop run at a time in a process: its slow ones leave room for the others'. */
import type { WorkerEvents } from 'graphile-worker';

export type ShopShares = {
  /** The flags of jobs that are not to be taken now, as enqueue_job and enqueue_events set them; null for none. */
  forbidden(): Promise<string[] | null>;
};

/** A worker that is not heard of again does not stop the others from looking for longer. */
const PATIENCE_MS = 1_000;

/** The flag of a job of this payload; null for one that does not say whose it is. */
function flagOf(payload: unknown): string | null {
  const { shopId } = (payload ?? {}) as { readonly shopId?: unknown };
  return typeof shopId === 'string' ? `shop:${shopId}` : null;
}

/**
 * Counts what the workers of these events run. They look for a job one after the other: all at once they would find the
 * same shop's, whatever runs already.
 */
export function createShopShares(events: Pick<WorkerEvents, 'on'>, perShop: number): ShopShares {
  const running = new Map<string, number>();
  const count = (payload: unknown, jobs: 1 | -1): void => {
    const flag = flagOf(payload);
    if (flag === null) return;
    const sum = (running.get(flag) ?? 0) + jobs;
    if (sum > 0) running.set(flag, sum);
    else running.delete(flag);
  };
  let looked: (() => void) | undefined;
  let last: Promise<void> = Promise.resolve();
  const hasLooked = (): void => looked?.();
  events.on('job:start', ({ job }) => {
    count(job.payload, 1);
    hasLooked();
  });
  events.on('worker:getJob:empty', hasLooked);
  events.on('worker:getJob:error', hasLooked);
  events.on('job:complete', ({ job }) => {
    count(job.payload, -1);
  });
  events.on('pool:release', () => running.clear());
  return {
    forbidden: async () => {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      const timer = setTimeout(resolve, PATIENCE_MS);
      looked = () => {
        clearTimeout(timer);
        resolve();
      };
      const full = [...running].filter(([, jobs]) => jobs >= perShop);
      return full.length === 0 ? null : full.map(([flag]) => flag);
    },
  };
}
