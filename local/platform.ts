import { join } from 'node:path';
import { databaseUrls, prepareDatabase } from './database.ts';
import type { EdgeOptions } from './edge.ts';
import { mapDemoHosts } from './host-mapping.ts';
import { ensureSecrets, type LocalKeys, type Urls, writeKeys } from './keys.ts';
import {
  controlHosts,
  edgeOptions,
  effectiveSecrets,
  nodeServiceEnv,
  type PlatformFacts,
  platformUrls,
  standInEnv,
  urlsOnDisk,
} from './platform-env.ts';
import { prepareFolder } from './platform-folder.ts';
import * as services from './platform-services.ts';
import { reportStep, type StepOptions } from './platform-steps.ts';
import { ephemeralPorts, type Ports } from './ports.ts';
import type { Service } from './service.ts';
import { readSettings, type Settings } from './settings.ts';

export type PlatformOptions = StepOptions & {
  /** Keeps everything the platform makes: database, logs, keys.json. */
  dir: string;
  /** Free ones when not given. */
  ports?: Ports;
  /** What is real, and settings of the services; by default all is local. */
  settings?: Settings;
  /** Deletes what former runs left in `dir` first. Default false. */
  fresh?: boolean;
  /** False leaves a process down when it ends by itself. Default true. */
  restart?: boolean;
  /** False for tests: faster, and not safe against a power cut. Default true. */
  fsync?: boolean;
  /** For load from one machine: other rate limits at the edge than production's. */
  rateLimits?: EdgeOptions['rateLimits'];
  /** Trouble and its cure, for a person; default silence. */
  log?: (message: string) => void;
  /** A process ended too often to be started again. */
  onGivenUp?: (reason: string) => void;
};

export type Platform = {
  dir: string;
  ports: Ports;
  urls: Urls;
  /** What keys.json holds; with a real Stripe, its secrets are in here and not in the file. */
  keys: LocalKeys;
  /** Undefined where DATABASE_URL names a server of one's own. */
  postgres: services.PostgresService | undefined;
  /** Undefined where the platform talks to Stripe itself. */
  standIn: Service | undefined;
  nodeService: Service;
  jobs: Service;
  edge: Service;
  /** Kills it (SIGKILL when not told otherwise) and leaves it down. */
  killNodeService(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again; `env` is added to its environment until it is started another time. */
  startNodeService(env?: Readonly<Record<string, string>>): Promise<void>;
  killJobs(signal?: NodeJS.Signals): Promise<void>;
  startJobs(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Stops everything in order: edge, node service, jobs, stand-in, Postgres. Safe to call twice. */
  stop(): Promise<void>;
};

/** A start under way. */
type Run = Required<Pick<PlatformOptions, 'dir' | 'log' | 'settings'>> &
  PlatformOptions & {
    /** Tells of a piece of work, and lets go of it when the start is aborted. */
    step<T>(what: string, work: () => Promise<T>): Promise<T>;
    /** What `stop` will do, the last one first. */
    onStop(undo: () => Promise<unknown>): void;
    stop(): Promise<void>;
  };

/**
 * Starts the whole platform and returns when its shops can be opened; `signal` stops it half way.
 * Rejects, with everything stopped again, naming what failed and showing the end of its log.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const undos: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      while (undos.length > 0) await undos.pop()?.();
    })();
    return stopping;
  };
  const run: Run = {
    ...options,
    log: options.log ?? (() => {}),
    settings: options.settings ?? readSettings({}),
    step: (what, work) => reportStep(options, what, work),
    onStop: (undo) => void undos.push(undo),
    stop,
  };
  try {
    return await bringUp(run);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(run: Run): Promise<Platform> {
  const { dir, settings, step } = run;
  const ports = run.ports ?? (await ephemeralPorts());
  await prepareFolder({ ...run, ports });
  const stored = await ensureSecrets(dir);
  const secrets = effectiveSecrets(stored, settings);

  const context: services.ServiceContext = {
    dir,
    log: run.log,
    restart: run.restart ?? true,
    onGivenUp: run.onGivenUp ?? (() => {}),
  };
  const start = <S extends Service>(service: S): S => {
    run.onStop(service.stop);
    return service;
  };

  const postgres =
    settings.databaseUrl === undefined
      ? start(services.postgres(context, { port: ports.postgres, fsync: run.fsync ?? true }))
      : undefined;
  if (postgres) await step('starting Postgres', () => postgres.start());
  const serverUrl = settings.databaseUrl ?? postgres?.current().adminUrl ?? '';
  const database = databaseUrls(serverUrl, secrets.databasePasswords);
  const demo = await prepareDatabase({
    serverUrl,
    urls: database,
    tokenKeys: secrets.tokenKeys,
    step,
  });

  const facts: PlatformFacts = { ports, settings, secrets, database };
  const standIn =
    settings.stripe === undefined
      ? start(
          services.stripeStandIn(
            context,
            standInEnv(facts, join(dir, 'stripe-stand-in')),
            ports.stripeStandIn,
          ),
        )
      : undefined;
  const env = nodeServiceEnv(facts);
  // The order of stopping, reversed: edge, node service, jobs, stand-in, Postgres.
  const jobs = start(services.jobs(context, { ...env, METRICS_PORT: '0' }));
  const nodeService = start(services.nodeService(context, env, ports.nodeService));
  const edgeSettings = edgeOptions(facts, join(dir, 'edge'));
  const limits = run.rateLimits === undefined ? {} : { rateLimits: run.rateLimits };
  const edge = start(services.edge(context, { ...edgeSettings, ...limits }));
  if (standIn) await step('starting the Stripe stand-in', () => standIn.start());
  await step('starting the node service, the jobs and the Workers', () =>
    Promise.all([nodeService.start(), jobs.start(), edge.start()]),
  );

  const urls = platformUrls(facts, demo.shops);
  await step('mapping the demo hosts', () =>
    mapDemoHosts({
      frontDoor: urls.frontDoor,
      controlHost: controlHosts(ports).ops,
      operatorToken: demo.operatorToken,
      shops: demo.shops,
    }),
  );
  await writeKeys(dir, { ...stored, ...demo, urls: urlsOnDisk(urls, settings) });
  const keys = { ...secrets, ...demo, urls };
  const parts = { dir, ports, urls, keys, postgres, standIn, nodeService, jobs, edge };
  return { ...parts, ...controls(parts), stop: run.stop };
}

/** What tests do to a running platform. */
function controls({ nodeService, jobs }: Pick<Platform, 'nodeService' | 'jobs'>) {
  return {
    killNodeService: async (signal?: NodeJS.Signals) => void (await nodeService.kill(signal)),
    startNodeService: (env?: Readonly<Record<string, string>>) => nodeService.start(env),
    killJobs: async (signal?: NodeJS.Signals) => void (await jobs.kill(signal)),
    startJobs: (env?: Readonly<Record<string, string>>) => jobs.start(env),
  };
}
