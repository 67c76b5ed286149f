/** A program of a bench in a process of its own, which is given one order at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Forked<Order extends object, Report, Ready = true> = {
  /** What it said when it was ready. */
  readonly ready: Ready;
  readonly pid: number;
  /** Rejects with what went wrong there, or when the process ends. */
  send(order: Order): Promise<Report>;
  stop(): Promise<void>;
};

type Message<Report, Ready> =
  | { readonly ready: Ready }
  | { readonly report: Report }
  | { readonly error: string };

/**
 * Starts the program and waits until it says `{ ready }`. To each order it answers `{ report }` or `{ error }`.
 * @param program relative to `from`, a module's own URL
 */
export async function startForked<Order extends object, Report, Ready = true>(
  program: string,
  from: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Forked<Order, Report, Ready>> {
  const child = fork(fileURLToPath(new URL(program, from)), {
    // What it logs is written, and goes nowhere: as costly as a file's, and no more.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...env },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const started = await answerOf<Report, Ready>(child);
  if (!('ready' in started)) {
    child.disconnect();
    throw new Error(`${program} did not start: ${'error' in started ? started.error : 'no word'}`);
  }
  return {
    ready: started.ready,
    pid: child.pid ?? 0,
    send: async (order) => {
      const answer = answerOf<Report, Ready>(child);
      child.send(order);
      const message = await answer;
      if ('report' in message) return message.report;
      throw new Error('error' in message ? message.error : 'an answer without a report');
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

function answerOf<Report, Ready>(child: ChildProcess): Promise<Message<Report, Ready>> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
    };
    const onMessage = (message: unknown): void => {
      settle();
      resolve(message as Message<Report, Ready>);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onExit = (code: number | null, signal: string | null): void =>
      onError(new Error(`a process of the benchmark ended (${signal ?? `exit code ${code}`})`));
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
  });
}
