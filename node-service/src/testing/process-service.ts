/**
 * The node service as real processes, so that they can die: `main.ts` and `jobs.ts` spawned as in production, amid a
 * database of their own, the Stripe stand-in in this process and a gateway that outlives them.
 */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../local/free-port.ts';
import { jobs, nodeService } from '../../../local/platform-services.ts';
import type { Service } from '../../../local/service.ts';
import type { TestDatabase } from '../../../local/test-database.ts';
import type { KillStep } from '../platform/kill-point.ts';
import { eventually } from './eventually.ts';
import { type CallOptions, callService, type Reply } from './gateway.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

/** The others are a second service and a second worker, to survive the first. */
export type ProcessName = 'service' | 'otherService' | 'jobs' | 'otherJobs';

/** Environment of one start; KILL_AT is a step that there is. */
export type StartEnv = { readonly KILL_AT?: KillStep } & Readonly<Record<string, string>>;

export type ProcessService = Omit<Surroundings, 'stop'> & {
  /** Where the two services answer while they run. */
  readonly url: string;
  readonly otherUrl: string;
  /** Starts a process and waits until it works, or has reached its KILL_AT already. */
  start(name: ProcessName, env?: StartEnv): Promise<void>;
  /** `kill -9`, by the id of the process that was started. Resolves when it is gone; at once when it is not there. */
  kill(name: ProcessName): Promise<void>;
  /** Kills the process if it is there, and starts it. */
  restart(name: ProcessName, env?: StartEnv): Promise<void>;
  /** False when it was killed, or has ended by itself. */
  isAlive(name: ProcessName): boolean;
  /** Resolves when the process has been killed by itself, at its KILL_AT. Fails when it lives for 15 s. */
  died(name: ProcessName): Promise<void>;
  /** As `TestService.call`. @throws TypeError when the service is away, or dies before it answers. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Lets all workers that ever ran look long dead, or alive, to whoever looks next; to spare the wait, or the hurry. */
  showWorkers(as: 'dead' | 'alive'): Promise<void>;
  /** Sets the stand-in's clock off against the real one. */
  shiftStandInClock(byMs: number): void;
  stop(): Promise<void>;
};

/** Short enough to be waited for; a lease outlives the slowest call to Stripe here as it does in production. */
const TIMINGS = {
  CLAIM_LEASE_SECONDS: '2',
  RECOVERY_DELAY_SECONDS: '2',
  STRIPE_TIMEOUT_MS: '1000',
};

/** Stripe goes on for days; this stand-in for two minutes. */
const RETRY_SCHEDULE_MS = [100, 200, 400, 800, ...Array<number>(120).fill(1_000)];

async function spawnable(
  dir: string,
  env: Readonly<Record<string, string>>,
  { port, otherPort }: { readonly port: number; readonly otherPort: number },
): Promise<Record<ProcessName, Service>> {
  const context = async (name: string) => {
    await mkdir(join(dir, name, 'logs'), { recursive: true });
    return { dir: join(dir, name), restart: false, log: () => {}, onGivenUp: () => {} };
  };
  return {
    service: nodeService(await context('service'), envOf(env, port), port),
    otherService: nodeService(await context('otherService'), envOf(env, otherPort), otherPort),
    jobs: jobs(await context('jobs'), env),
    otherJobs: jobs(await context('otherJobs'), env),
  };
}

function envOf(env: Readonly<Record<string, string>>, port: number): Record<string, string> {
  return { ...env, NODE_SERVICE_PORT: String(port) };
}

async function start(process: Service, env: StartEnv): Promise<void> {
  try {
    await process.start(env);
  } catch (error) {
    // It may be at its end before it was seen to work.
    const exit = await process.exited();
    if (env.KILL_AT === undefined || exit?.signal !== 'SIGKILL') throw error;
  }
}

/**
 * Makes all of it, with the two demo shops, and starts no process yet.
 * `env` is for every start, over the short timings of these tests. `database` is one of the run's own server where none
 * is given. The caller stops it.
 */
export async function startProcessService(
  env: Readonly<Record<string, string>> = {},
  options: { readonly database?: TestDatabase } = {},
): Promise<ProcessService> {
  const [port, otherPort] = [await freePort(), await freePort()];
  const [url, otherUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${otherPort}`];
  let shiftMs = 0;
  const { stop: stopSurroundings, ...around } = await startSurroundings({
    serviceUrl: () => url,
    retryScheduleMs: RETRY_SCHEDULE_MS,
    standInClock: () => Date.now() + shiftMs,
    ...options,
  });
  const dir = await mkdtemp(join(tmpdir(), 'commerce-processes-'));
  const serviceEnv = {
    ...around.env,
    ...TIMINGS,
    ...env,
    // The start is read from the log.
    LOG_LEVEL: 'info',
  };
  const processes = await spawnable(dir, serviceEnv, { port, otherPort });
  const kill = async (name: ProcessName): Promise<void> => {
    await processes[name].kill('SIGKILL');
  };
  return {
    ...around,
    url,
    otherUrl,
    start: (name, startEnv = {}) => start(processes[name], startEnv),
    kill,
    restart: async (name, startEnv = {}) => {
      await kill(name);
      await start(processes[name], startEnv);
    },
    isAlive: (name) => processes[name].pid() !== undefined,
    died: async (name) => {
      const gone = async () => (processes[name].pid() === undefined ? true : undefined);
      await eventually(gone, 15_000);
      const exit = await processes[name].exited();
      if (exit?.signal !== 'SIGKILL') throw new Error(`${name} ended by ${JSON.stringify(exit)}`);
    },
    call: (method, path, options) => callService(url, method, path, options),
    showWorkers: async (as) => {
      await around.rows('update job_worker set heartbeat_at = now() + $1::interval', [
        as === 'dead' ? '-1 hour' : '1 hour',
      ]);
    },
    shiftStandInClock: (byMs) => {
      shiftMs = byMs;
    },
    stop: () =>
      stopSurroundings(async () => {
        const all = ['service', 'otherService', 'jobs', 'otherJobs'] as const;
        await Promise.all(all.map(kill));
        await rm(dir, { recursive: true, force: true });
      }),
  };
}
