/**
 * Runs jobs with bounded parallelism, those of one lane one after another in the order they came.
 * A lane is only as long as its waiting jobs: nothing is kept for a lane that is empty.
 */
export interface Lanes {
  add(lane: string, job: () => Promise<void>): void;
  /** Lets running jobs end and starts no other until `resume`. */
  pause(): void;
  resume(): void;
  readonly paused: boolean;
  /** Jobs waiting or running. */
  readonly size: number;
}

/** Jobs must not reject. */
export function createLanes(concurrency: number): Lanes {
  const waiting = new Map<string, (() => Promise<void>)[]>();
  const runnable: string[] = [];
  let running = 0;
  let queued = 0;
  let paused = false;

  const pump = (): void => {
    while (!paused && running < concurrency) {
      const lane = runnable.shift();
      const job = lane === undefined ? undefined : waiting.get(lane)?.shift();
      if (lane === undefined || job === undefined) return;
      running += 1;
      queued -= 1;
      void job().then(() => {
        running -= 1;
        if ((waiting.get(lane)?.length ?? 0) > 0) runnable.push(lane);
        else waiting.delete(lane);
        pump();
      });
    }
  };
  return {
    add(lane, job) {
      const jobs = waiting.get(lane);
      if (jobs === undefined) {
        waiting.set(lane, [job]);
        runnable.push(lane);
      } else jobs.push(job);
      queued += 1;
      // Whoever adds is in the middle of answering a request: the delivery starts after that.
      setImmediate(pump);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      pump();
    },
    get paused() {
      return paused;
    },
    get size() {
      return queued + running;
    },
  };
}
