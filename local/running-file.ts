import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isPostmasterOf, readPostmaster } from './postmaster-file.ts';
import { commandLine, isAlive, waitForEnd } from './process-table.ts';

/** What `.local/running.json` holds while a platform runs. */
export type Running = {
  /** The process that runs the platform. */
  pid: number;
  /** A word of that process's command line, which tells it from another program that got the same id later. */
  program: string;
  /** Processes that would stay when every Node process of the platform is killed at once. */
  leftovers: { pid: number; program: string }[];
};

const FILE = 'running.json';
/** Folders that this process itself runs a platform in. */
const claimed = new Set<string>();
const END_TIMEOUT_MS = 8_000;

/**
 * Claims the folder for this process, and ends what a killed platform left behind in it. True when there was one.
 * Throws when another platform runs there: two of them would destroy each other's data.
 */
export async function claimFolder(dir: string, log: (message: string) => void): Promise<boolean> {
  if (claimed.has(resolve(dir))) throw new Error(`a platform already runs in ${dir}`);
  await mkdir(dir, { recursive: true });
  const before = await readRunning(dir);
  if (before !== undefined) {
    if (before.pid !== process.pid && (await isStill(before.pid, before.program))) {
      throw new Error(
        `a platform already runs in ${dir} (process ${before.pid}): stop it first, or use another clone`,
      );
    }
    await endLeftovers(dir, before, log);
  }
  const program = basename(process.argv[1] ?? 'node');
  await writeRunning(dir, { pid: process.pid, program, leftovers: [] });
  claimed.add(resolve(dir));
  return before !== undefined;
}

/** Adds processes to end at the next start, should this one be killed. */
export async function noteLeftovers(
  dir: string,
  pids: readonly number[],
  program: string,
): Promise<void> {
  const running = await readRunning(dir);
  if (running?.pid !== process.pid) return;
  const kept = running.leftovers.filter((leftover) => leftover.program !== program);
  const leftovers = [...kept, ...pids.map((pid) => ({ pid, program }))];
  await writeRunning(dir, { ...running, leftovers });
}

/** Ends processes noted under `program` that outlived whoever started them. */
export async function endNoted(dir: string, program: string): Promise<void> {
  const running = await readRunning(dir);
  for (const leftover of running?.leftovers ?? []) {
    if (leftover.program === program) await end(leftover.pid, leftover.program, 'SIGTERM');
  }
}

/** Gives the folder up after an orderly stop. */
export async function releaseFolder(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
  claimed.delete(resolve(dir));
}

async function endLeftovers(
  dir: string,
  before: Running,
  log: (message: string) => void,
): Promise<void> {
  for (const { pid, program } of before.leftovers) {
    if (await isStill(pid, program)) {
      log(`ending ${program} (process ${pid}), left over from a platform that was killed`);
      await end(pid, program, 'SIGTERM');
    }
  }
  const dataDir = join(dir, 'postgres');
  const postmaster = await readPostmaster(dataDir);
  if (postmaster && (await isPostmasterOf(postmaster.pid, dataDir))) {
    log(`ending Postgres (process ${postmaster.pid}), left over from a platform that was killed`);
    await end(postmaster.pid, 'postgres', 'SIGINT');
  }
}

async function end(pid: number, program: string, signal: NodeJS.Signals): Promise<void> {
  if (!(await isStill(pid, program))) return;
  process.kill(pid, signal);
  if (await waitForEnd(pid, END_TIMEOUT_MS)) return;
  process.kill(pid, 'SIGKILL');
  await waitForEnd(pid, END_TIMEOUT_MS);
}

async function isStill(pid: number, program: string): Promise<boolean> {
  return isAlive(pid) && ((await commandLine(pid))?.includes(program) ?? false);
}

async function readRunning(dir: string): Promise<Running | undefined> {
  const text = await readFile(join(dir, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Running;
  } catch {
    return undefined;
  }
}

async function writeRunning(dir: string, running: Running): Promise<void> {
  const unfinished = join(dir, `.${FILE}.${process.pid}`);
  await writeFile(unfinished, JSON.stringify(running));
  await rename(unfinished, join(dir, FILE));
}
