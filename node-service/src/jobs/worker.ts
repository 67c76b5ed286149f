import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Job,
  Logger,
  type RunnerOptions,
  run,
  type WorkerEvents,
  type Task as WorkerTask,
} from 'graphile-worker';
import { Pool } from 'pg';
import type { Deps } from '../deps.ts';
import { errorFields } from '../platform/log.ts';
import { endHungPools } from './end-hung-pools.ts';
import { giveUpJob } from './give-up-job.ts';
import { createShopShares, type ShopShares } from './shop-shares.ts';
import { TASKS, type Task } from './tasks.ts';

const CONCURRENCY = 8;
/** Jobs of one shop that run at a time. */
const SHARE = CONCURRENCY / 2;
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

type Payload = Parameters<Task>[1];

async function attempt(
  deps: Deps,
  name: string,
  task: Task,
  payload: Payload,
  job: Job,
): Promise<void> {
  const startedAt = performance.now();
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
    if (name === 'process_stripe_event')
      deps.metrics.webhookProcessingSeconds.observe(
        { shop: shopId },
        Math.max(0, (Date.now() - job.created_at.getTime()) / 1_000),
      );
  } catch (error) {
    deps.log.warn('job', { ...report('failed'), ...errorFields(error) });
    if (job.attempts < job.max_attempts) throw error;
    // Its letter has all that there is to know: the job is over.
    const detail = error instanceof Error ? error.message : String(error);
    await giveUpJob(deps, { id: job.id, task: name, payload }, detail);
  }
}

/** One event and one count for each run; a job that will not be tried again is a dead letter. */
function wrap(deps: Deps, name: string, task: Task): WorkerTask {
  return async (payload, { job }) => {
    if (!hasTenant(payload)) {
      const detail = 'the job has no shop or no request id';
      await giveUpJob(deps, { id: job.id, task: name, payload }, detail);
      return;
    }
    await attempt(deps, name, task, payload, job);
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

function runnerOptions(
  deps: Deps,
  pgPool: Pool,
  events: WorkerEvents,
  shares: ShopShares,
): RunnerOptions {
  return {
    pgPool,
    events,
    noHandleSignals: true,
    forbiddenFlags: shares.forbidden,
    preset: {
      worker: {
        concurrentJobs: CONCURRENCY,
        pollInterval: POLL_INTERVAL_MS,
        // Batched, a result that cannot be written ends the pool; alone, it would end the process.
        completeJobBatchDelay: 10,
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
  const shares = createShopShares(events, SHARE);
  const report = (error: unknown): void => deps.log.warn('job workers', errorFields(error));
  endHungPools(events, report);
  const stopping = new AbortController();
  let runner = await run(runnerOptions(deps, pgPool, events, shares));
  const supervise = async (): Promise<void> => {
    for (;;) {
      await runner.promise.catch(report);
      if (stopping.signal.aborted) return;
      deps.log.error('the job workers ended, and are started again');
      await sleep(RESTART_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      runner = await run(runnerOptions(deps, pgPool, events, shares)).catch((error: unknown) => {
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
