/** The library's pools of workers end by themselves when the database goes; some of them begin to end, and never do. */
import type { WorkerEvents } from 'graphile-worker';

/** Longer than a job takes. Whatever runs still is run again by the next pool: every job may be. */
const ENDS_WITHIN_MS = 15_000;

/**
 * Ends by force a pool that could not write down how some of its jobs ended and is not gone in time: it counts the
 * batches that it waits for, and two that fail one after the other leave it a wrong number (graphile-worker 0.18).
 */
export function endHungPools(
  events: Pick<WorkerEvents, 'on'>,
  report: (error: unknown) => void,
): void {
  const ending = new Map<string, NodeJS.Timeout>();
  events.on('pool:fatalError', ({ workerPool }) => {
    if (ending.has(workerPool.id)) return;
    const end = (): void => {
      Promise.resolve(workerPool.forcefulShutdown('it does not end by itself')).catch(report);
    };
    ending.set(workerPool.id, setTimeout(end, ENDS_WITHIN_MS).unref());
  });
  events.on('pool:release', ({ workerPool }) => {
    clearTimeout(ending.get(workerPool.id));
    ending.delete(workerPool.id);
  });
}
