import { join } from 'node:path';
import type { EdgeOptions } from './edge.ts';
import type { EdgeReady } from './edge-process.ts';
import { ROOT } from './entry-point.ts';
import { launchProgram, type NodeProgram } from './node-program.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { answers, hasLogged } from './readiness.ts';
import { endNoted, noteLeftovers } from './running-file.ts';
import { createService, type Service } from './service.ts';

/** What all services of one platform have in common. */
export type ServiceContext = {
  /** The platform's folder; logs go to `logs/` in it. */
  dir: string;
  restart: boolean;
  log(message: string): void;
  onGivenUp(reason: string): void;
};

type Env = Readonly<Record<string, string>>;

export function logFileOf(dir: string, name: string): string {
  return join(dir, 'logs', `${name}.log`);
}

type SingleProgram = Pick<NodeProgram, 'name' | 'ready'> & {
  /** From the repository's root. */
  readonly entry: string;
  readonly env: Env;
};

/** A service that is one program of Node. */
function singleProgram(
  context: ServiceContext,
  { name, entry, env, ready }: SingleProgram,
): Service {
  const logFile = logFileOf(context.dir, name);
  const program = { name, logFile, args: [join(ROOT, entry)] as const };
  return createService({
    ...context,
    ...program,
    launch: (extraEnv, onStarted) =>
      launchProgram({ ...program, env: { ...env, ...extraEnv }, ready }, onStarted),
  });
}

export function nodeService(context: ServiceContext, env: Env, port: number): Service {
  return singleProgram(context, {
    name: 'node-service',
    entry: 'node-service/src/main.ts',
    env,
    ready: (child) => answers(`http://127.0.0.1:${port}/health`, child),
  });
}

export function jobs(context: ServiceContext, env: Env): Service {
  return singleProgram(context, {
    name: 'jobs',
    entry: 'node-service/src/jobs.ts',
    env,
    ready: (child, logOffset) =>
      hasLogged('working', logFileOf(context.dir, 'jobs'), logOffset, child),
  });
}

export function stripeStandIn(context: ServiceContext, env: Env, port: number): Service {
  return singleProgram(context, {
    name: 'stripe-stand-in',
    entry: 'local/stripe-stand-in/main.ts',
    env,
    ready: (child) => answers(`http://127.0.0.1:${port}/_stand-in/health`, child),
  });
}

/** The three Workers. workerd is a process below the edge's own, and is ended with it even when that one is killed. */
export function edge(context: ServiceContext, options: EdgeOptions): Service {
  const logFile = logFileOf(context.dir, 'edge');
  const program = { name: 'edge', logFile, args: [join(ROOT, 'local/edge-process.ts')] as const };
  const service = createService({
    ...context,
    ...program,
    launch: async (extraEnv, onStarted) => {
      await endNoted(context.dir, 'workerd');
      await launchProgram(
        {
          ...program,
          env: { EDGE_OPTIONS: JSON.stringify(options), ...extraEnv },
          ready: (child) =>
            new Promise((done, reject) => {
              child.onMessage((message) => {
                const { workerdPids } = message as EdgeReady;
                noteLeftovers(context.dir, workerdPids, 'workerd').then(done, reject);
              });
            }),
        },
        onStarted,
      );
    },
  });
  return {
    ...service,
    kill: async (signal) => {
      const exit = await service.kill(signal);
      await endNoted(context.dir, 'workerd');
      return exit;
    },
  };
}

export type PostgresService = Service & {
  /** The server that runs now. Throws while it is down. */
  current(): Postgres;
};

export function postgres(
  context: ServiceContext,
  options: { port: number; fsync: boolean },
): PostgresService {
  let server: Postgres | undefined;
  const logFile = logFileOf(context.dir, 'postgres');
  const service = createService({
    ...context,
    name: 'postgres',
    logFile,
    launch: async (_extraEnv, onStarted) => {
      const started = await startPostgres({
        dataDir: join(context.dir, 'postgres'),
        ...options,
        logFile,
      });
      server = started;
      onStarted({
        pid: started.pid,
        exited: started.ended,
        signal: (signal) => void process.kill(started.pid, signal),
        stop: started.stop,
      });
    },
  });
  return {
    ...service,
    current: () => {
      if (server === undefined || service.pid() === undefined) throw new Error('Postgres is down');
      return server;
    },
  };
}
