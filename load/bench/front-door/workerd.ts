import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

const READY_MS = 30_000;

export interface RunningWorkerd {
  /** Port on 127.0.0.1 by the socket's name. */
  readonly ports: Readonly<Record<string, number>>;
  /** CPU time of the whole process so far, in microseconds; NaN where there is no /proc. */
  cpuMicroseconds(): Promise<number>;
  /** Resident memory, in bytes; NaN where there is no /proc. */
  residentBytes(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Runs `workerd serve`, the runtime alone: no Miniflare in front of it, and no line of its log read.
 *
 * @param configFile a Cap'n Proto text configuration whose sockets ask for port 0
 * @param sockets the names of these sockets
 * @throws when it ends, or does not listen within half a minute, with what it printed to stderr
 */
export async function serveWorkerd(
  configFile: string,
  sockets: readonly string[],
): Promise<RunningWorkerd> {
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string };
  const child = spawn(binary, ['serve', '--experimental', '--control-fd=3', configFile], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    const ports = await listening(child, sockets);
    return {
      ports,
      cpuMicroseconds: () => cpuMicrosecondsOf(child.pid),
      residentBytes: () => residentBytesOf(child.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listening(
  child: ChildProcess,
  sockets: readonly string[],
): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`workerd ${what}:\n${complaint}`));
    const timer = setTimeout(() => fail('did not listen in time'), READY_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
    let pending = '';
    (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        const said = JSON.parse(line) as { event: string; socket?: string; port?: number };
        if (said.event === 'listen' && said.socket !== undefined)
          ports[said.socket] = said.port ?? 0;
      }
      if (!sockets.every((name) => ports[name] !== undefined)) return;
      clearTimeout(timer);
      resolve(ports);
    });
  });
}

/** Fields 14 and 15 of /proc/PID/stat: user and system time, in hundredths of a second. */
async function cpuMicrosecondsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * 10_000;
}

async function residentBytesOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}
