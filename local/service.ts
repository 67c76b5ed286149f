import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit, type Exit, lastLines } from './child-process.ts';
import { decideRestart } from './restart-policy.rules.ts';

type Env = Readonly<Record<string, string>>;

/** A process that has been started. */
export type Running = {
  pid: number;
  /** Resolves once, when the process has ended. */
  exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it in order, by force when it does not within `timeoutMs`. Resolves when it has ended. */
  stop(timeoutMs: number): Promise<unknown>;
};

export type ServiceSpec = {
  name: string;
  logFile: string;
  /**
   * Starts the process, tells of it as soon as it exists, and resolves when it does its work.
   * Rejects when it ends before that, or takes too long.
   */
  launch(extraEnv: Env, onStarted: (running: Running) => void): Promise<void>;
  /** False leaves the process ended when it ends by itself. */
  restart: boolean;
  /** One line or more for a person. */
  log(message: string): void;
  /** The process ended too often, and is given up. */
  onGivenUp(reason: string): void;
};

/** One process of the platform, and its right to run: while it should run, it is started again when it ends. */
export type Service = {
  name: string;
  logFile: string;
  /** Undefined while it is down. */
  pid(): number | undefined;
  /** Starts it and waits until it is ready; `extraEnv` is for this start and the restarts after it. */
  start(extraEnv?: Env): Promise<void>;
  /** Ends it with a signal (default SIGKILL) and leaves it down until `start`. Resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<Exit | undefined>;
  /** Resolves at the end of the process that runs now; at once with the last end when none does. */
  exited(): Promise<Exit | undefined>;
  /** Asks it to end, forces it after four seconds; it stays down. */
  stop(): Promise<void>;
};

const STOP_TIMEOUT_MS = 4_000;

/** Tells what ended and why; how long to wait before it starts again, or undefined where it stays down. */
async function delayBeforeRestart(
  spec: ServiceSpec,
  exit: Exit | undefined,
  endsMs: readonly number[],
): Promise<number | undefined> {
  const how = exit === undefined ? 'could not start' : `ended (${describeExit(exit)})`;
  const what = `${spec.name} ${how}; the last lines of ${spec.logFile}:\n${await lastLines(spec.logFile)}`;
  if (!spec.restart) {
    spec.log(what);
    return undefined;
  }
  const decision = decideRestart(endsMs);
  if (!decision.restart) {
    spec.log(what);
    spec.onGivenUp(`${spec.name} ended ${decision.ends} times within a minute`);
    return undefined;
  }
  spec.log(`${what}\n${spec.name} starts again in ${decision.delayMs / 1000} s`);
  return decision.delayMs;
}

export function createService(spec: ServiceSpec): Service {
  let running: Running | undefined;
  let launching: Promise<void> | undefined;
  let lastExit: Exit | undefined;
  let wanted = false;
  let env: Env = {};
  const endsMs: number[] = [];

  const launch = async (): Promise<void> => {
    let launched: Running | undefined;
    launching = spec.launch(env, (started) => {
      launched = started;
      running = started;
      void started.exited.then((exit) => {
        lastExit = exit;
        if (running === started) running = undefined;
      });
    });
    await launching.finally(() => {
      launching = undefined;
    });
    void launched?.exited.then(endedUnasked);
  };

  const endedUnasked = async (exit: Exit | undefined): Promise<void> => {
    if (!wanted) return;
    endsMs.push(Date.now());
    const delayMs = await delayBeforeRestart(spec, exit, endsMs);
    if (delayMs === undefined) return;
    await sleep(delayMs);
    if (!wanted || running !== undefined || launching !== undefined) return;
    try {
      await launch();
      spec.log(`${spec.name} runs again`);
    } catch {
      await endedUnasked(lastExit);
    }
  };

  const end = async (how: (process: Running) => Promise<unknown>): Promise<void> => {
    wanted = false;
    if (running) await how(running);
    // What was just being started may have come up meanwhile.
    await launching?.catch(() => {});
    if (running) await how(running);
  };

  return {
    name: spec.name,
    logFile: spec.logFile,
    pid: () => running?.pid,
    start: async (extraEnv = {}) => {
      if (running) throw new Error(`${spec.name} already runs (process ${running.pid})`);
      env = extraEnv;
      wanted = true;
      await launch();
    },
    kill: async (signal = 'SIGKILL') => {
      const exited = running?.exited;
      await end((process) => {
        process.signal(signal);
        return process.exited;
      });
      return exited;
    },
    exited: async () => running?.exited ?? lastExit,
    stop: () => end((process) => process.stop(STOP_TIMEOUT_MS)),
  };
}
