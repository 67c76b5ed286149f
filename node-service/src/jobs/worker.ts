import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Logger,
  type RunnerOptions,
  run,
  type WorkerEvents,
  type Task as WorkerTask,
} from 'graphile-worker';
import { Pool } from 'pg';
import type { Deps } from '../deps.ts';
import { errorFields } from '../platform/log.ts';
import { writeDeadLetter } from '../webhooks/index.ts';
import { endHungPools } from './end-hung-pools.ts';
import { TASKS, type Task } from './tasks.ts';

const CONCURRENCY = 8;
const POLL_INTERVAL_MS = 500;

type Tenant = Readonly<Record<string, string>> & {
  readonly shopId: string;
  readonly requestId: string;
};

/** A job says whose it is and what caused it, or it does not run. */
function hasTenant(payload: unknown): payload is Tenant {
  if (typeof payload !== 'object' || payload === null) return false;
  const { shopId, requestId } = payload as Record<string, unknown>;
  return (
    typeof shopId === 'string' && shopId !== '' && typeof requestId === 'string' && requestId !== ''
  );
}

type Attempt = { readonly id: string; readonly attempts: number; readonly max_attempts: number };

async function deadLetter(
  deps: Deps,
  name: string,
  payload: unknown,
  job: Attempt,
  detail: string,
): Promise<void> {
  const shopId = hasTenant(payload) ? payload.shopId : null;
  const letter = {
    source: 'job',
    reference: job.id,
    shopId,
    reason: 'attempts_exhausted',
    detail,
    payload: { task: name, payload },
  } as const;
  await deps.db.asPlatform('dead-letter a job', (tx) => writeDeadLetter(tx, deps, letter));
}

/** One event and one count for each run; a job that will not be tried again is a dead letter. */
function wrap(deps: Deps, name: string, task: Task): WorkerTask {
  return async (payload, { job }) => {
    const startedAt = performance.now();
    if (!hasTenant(payload)) {
      await deadLetter(deps, name, payload, job, 'the job has no shop or no request id');
      return;
    }
    const { shopId, requestId } = payload;
    const report = (outcome: string): Record<string, unknown> => {
      deps.metrics.jobs.inc({ shop: shopId, task: name, outcome });
      return {
        shopId,
        requestId,
        task: name,
        jobId: job.id,
        attempt: job.attempts,
        outcome,
        latencyMs: Math.round(performance.now() - startedAt),
      };
    };
    try {
      await task(deps, payload);
      deps.log.info('job', report('ok'));
    } catch (error) {
      deps.log.warn('job', { ...report('failed'), ...errorFields(error) });
      if (job.attempts >= job.max_attempts)
        await deadLetter(
          deps,
          name,
          payload,
          job,
          error instanceof Error ? error.message : String(error),
        );
      throw error;
    }
  };
}

export type Worker = {
  /** What this process's jobs are locked by: one name for each pool of workers that runs. */
  readonly lockNames: ReadonlySet<string>;
  stop(): Promise<void>;
};

const RESTART_AFTER_MS = 1_000;

/** The names that a job of ours may be locked by. A pool that has ended is not among them: its jobs are anyone's. */
function watchLockNames(events: WorkerEvents): ReadonlySet<string> {
  const names = new Set<string>();
  events.on('pool:create', ({ workerPool }) => names.add(workerPool.id));
  events.on('pool:release', ({ workerPool }) => names.delete(workerPool.id));
  return names;
}

function runnerOptions(deps: Deps, pgPool: Pool, events: WorkerEvents): RunnerOptions {
  return {
    pgPool,
    events,
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: CONCURRENCY,
        pollInterval: POLL_INTERVAL_MS,
        // Batched, a result that cannot be written ends the pool; alone, it would end the process.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    logger: new Logger(() => (level, message) => {
      if (level === 'error') deps.log.error('job queue', { detail: message });
    }),
    taskList: Object.fromEntries(
      Object.entries(TASKS).map(([name, task]) => [name, wrap(deps, name, task)]),
    ),
  };
}

/**
 * Runs jobs until stopped; stopping lets those that run come to their end. A pool of workers that ends by itself, as it
 * does when the database goes while a job's result is written, is followed by a new one.
 */
export async function startWorker(deps: Deps): Promise<Worker> {
  const pgPool = new Pool({
    connectionString: deps.config.platformDatabaseUrl,
    max: CONCURRENCY + 2,
  });
  const ignore = (error: Error): void => deps.log.warn('database', { detail: error.message });
  pgPool.on('error', ignore);
  pgPool.on('connect', (client) => client.on('error', ignore));
  const events: WorkerEvents = new EventEmitter();
  const lockNames = watchLockNames(events);
  const report = (error: unknown): void => deps.log.warn('job workers', errorFields(error));
  endHungPools(events, report);
  const stopping = new AbortController();
  let runner = await run(runnerOptions(deps, pgPool, events));
  const supervise = async (): Promise<void> => {
    for (;;) {
      await runner.promise.catch(report);
      if (stopping.signal.aborted) return;
      deps.log.error('the job workers ended, and are started again');
      await sleep(RESTART_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      runner = await run(runnerOptions(deps, pgPool, events)).catch((error: unknown) => {
        report(error);
        return runner;
      });
      if (stopping.signal.aborted) await runner.stop().catch(report);
    }
  };
  const supervised = supervise();
  return {
    lockNames,
    stop: async () => {
      stopping.abort();
      await runner.stop().catch(report);
      await supervised;
      await pgPool.end();
    },
  };
}
