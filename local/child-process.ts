import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { childEnv, DIE_WITH_PARENT, ROOT } from './entry-point.ts';

/** How a process ended: an exit code, or the signal that ended it. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Child = {
  pid: number;
  /** Resolves once, when the process has ended. */
  exited: Promise<Exit>;
  /** Undefined while it runs. */
  exit(): Exit | undefined;
  /** Calls back for each message that the program sends over its IPC channel. */
  onMessage(listener: (message: unknown) => void): void;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when that was not enough after `timeoutMs`. Resolves when the process has ended. */
  stop(timeoutMs: number): Promise<Exit>;
};

export type ChildSpec = {
  /** A program for Node, absolute, and its arguments. */
  args: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  /** The working directory; the repository's root where none is given. */
  cwd?: string;
  /** Gets stdout and stderr, appended. */
  logFile: string;
};

/**
 * Starts a Node program that ends when this process does. It has a session of its own: Ctrl-C in the terminal reaches
 * the platform alone, which ends its processes in order. Throws when it cannot be started at all.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const log = await open(spec.logFile, 'a', 0o600);
  try {
    // The log is the file itself, not a pipe through us: nothing is lost when we end first.
    const child = spawn(process.execPath, ['--import', DIE_WITH_PARENT, ...spec.args], {
      cwd: spec.cwd ?? ROOT,
      env: childEnv(spec.env),
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      detached: true,
    });
    const spawned = new Promise<void>((done, reject) => {
      child.once('spawn', done);
      child.once('error', reject);
    });
    const observed = observe(child);
    await spawned;
    return observed;
  } finally {
    await log.close();
  }
}

function observe(child: ChildProcess): Child {
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((done) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      done(exit);
    });
  });
  // Later errors are of the channel or of a signal to a process that has just ended: `exited` tells of that.
  child.on('error', () => {});

  const signal = (name: NodeJS.Signals) => {
    if (exit === undefined) child.kill(name);
  };
  return {
    pid: child.pid ?? 0,
    exited,
    exit: () => exit,
    onMessage: (listener) => void child.on('message', listener),
    signal,
    stop: async (timeoutMs) => {
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), timeoutMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** "exit code 1" or "signal SIGKILL". */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** The last lines of a log, indented, for a message to a person. */
export async function lastLines(logFile: string, count = 15): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}
