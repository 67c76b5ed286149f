/** Node programs in a peer's folder: one that runs to its end, one that serves. Both end when this process does. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModule } from '../platform-module.ts';

export type Program = {
  readonly name: string;
  /** The working directory. */
  readonly cwd: string;
  /** Absolute program, and its arguments. */
  readonly args: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Gets its log, `NAME.log`. */
  readonly logs: string;
};

type Running = { stop(): Promise<void> };

type Exit = { readonly code: number | null; readonly signal: string | null };
type Child = { readonly exited: Promise<Exit>; stop(timeoutMs: number): Promise<Exit> };
type ChildProcessModule = {
  startChild(spec: {
    args: readonly [string, ...string[]];
    env: Readonly<Record<string, string>>;
    cwd: string;
    logFile: string;
  }): Promise<Child>;
  lastLines(logFile: string): Promise<string>;
};

const RUN_TIMEOUT_MS = 180_000;
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 100;

/** @throws with the end of its log, where it fails or takes longer than three minutes */
export async function runToEnd(program: Program): Promise<void> {
  const { child, fail } = await start(program);
  const exit = await within(RUN_TIMEOUT_MS, child.exited);
  if (exit?.code === 0) return;
  await child.stop(STOP_TIMEOUT_MS);
  throw await fail(exit === undefined ? 'took too long' : 'failed');
}

/** Resolves when `GET url` is answered 200. @throws with the end of its log, where it never is */
async function serve(program: Program, url: string): Promise<Running> {
  const { child, fail } = await start(program);
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!ended && performance.now() < deadline) {
    const signal = AbortSignal.timeout(2_000);
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200)
      return { stop: async () => void (await child.stop(STOP_TIMEOUT_MS)) };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await child.stop(STOP_TIMEOUT_MS);
  throw await fail(ended ? 'ended while it started' : 'was not ready in time');
}

/** A server on each port, or none of them. Each is ready when its `/health` is answered. */
export async function serveEach(
  ports: readonly number[],
  programOn: (port: number, name: string) => Program,
): Promise<{ close(): Promise<void> }> {
  const running: Running[] = [];
  const close = async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
  };
  try {
    for (const [index, port] of ports.entries()) {
      const program = programOn(port, `server-${index + 1}`);
      running.push(await serve(program, `http://127.0.0.1:${port}/health`));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function start({ name, cwd, args, env, logs }: Program) {
  const { startChild, lastLines } = await loadModule<ChildProcessModule>('local/child-process.ts');
  await mkdir(logs, { recursive: true });
  const logFile = join(logs, `${name}.log`);
  const child = await startChild({ args, env, cwd, logFile });
  const fail = async (how: string): Promise<Error> =>
    new Error(`${name} ${how}; the last lines of ${logFile}:\n${await lastLines(logFile)}`);
  return { child, fail };
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
