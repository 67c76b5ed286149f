import { join } from 'node:path';
import type { EdgeOptions } from './edge.ts';
import type { EdgeReady } from './edge-process.ts';
import { ROOT } from './entry-point.ts';
import { launchProgram } from './node-program.ts';
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

export function nodeService(context: ServiceContext, env: Env, port: number): Service {
  const program = {
    name: 'node-service',
    logFile: logFileOf(context.dir, 'node-service'),
    args: [join(ROOT, 'node-service/src/main.ts')] as const,
  };
  return createService({
    ...context,
    ...program,
    launch: (extraEnv, onStarted) =>
      launchProgram(
        {
          ...program,
          env: { ...env, ...extraEnv },
          ready: (child) => answers(`http://127.0.0.1:${port}/health`, child),
        },
        onStarted,
      ),
  });
}

export function jobs(context: ServiceContext, env: Env): Service {
  const logFile = logFileOf(context.dir, 'jobs');
  const program = {
    name: 'jobs',
    logFile,
    args: [join(ROOT, 'node-service/src/jobs.ts')] as const,
  };
  return createService({
    ...context,
    ...program,
    launch: (extraEnv, onStarted) =>
      launchProgram(
        {
          ...program,
          env: { ...env, ...extraEnv },
          ready: (child, logOffset) => hasLogged('working', logFile, logOffset, child),
        },
        onStarted,
      ),
  });
}

export function stripeStandIn(context: ServiceContext, env: Env, port: number): Service {
  const program = {
    name: 'stripe-stand-in',
    logFile: logFileOf(context.dir, 'stripe-stand-in'),
    args: [join(ROOT, 'local/stripe-stand-in/main.ts')] as const,
  };
  return createService({
    ...context,
    ...program,
    launch: (extraEnv, onStarted) =>
      launchProgram(
        {
          ...program,
          env: { ...env, ...extraEnv },
          ready: (child) => answers(`http://127.0.0.1:${port}/_stand-in/health`, child),
        },
        onStarted,
      ),
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
