import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine } from './process-table.ts';

/** What a running (or killed) server says of itself in `postmaster.pid`. */
export type Postmaster = { pid: number; port: number; status: string };

/** Reads `postmaster.pid` of a data folder; undefined when there is none or it is still being written. */
export async function readPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!Number.isSafeInteger(pid) || pid === 0) return undefined;
  return { pid, port: Number.parseInt(lines[3] ?? '0', 10), status: (lines[7] ?? '').trim() };
}

/**
 * Removes the `postmaster.pid` of a killed server. Postgres does so itself only while no process has that id:
 * after a restart of a machine or container another program often does.
 * Throws when the server is alive, because two servers on one folder destroy it.
 */
export async function removeStalePostmasterFile(dataDir: string): Promise<void> {
  const postmaster = await readPostmaster(dataDir);
  if (postmaster && (await isPostmasterOf(postmaster.pid, dataDir))) {
    throw new Error(
      `another Postgres (process ${postmaster.pid}, port ${postmaster.port}) already uses ${dataDir}: stop the platform that runs it`,
    );
  }
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}

/** True when the process is alive and is a Postgres server of that folder. */
export async function isPostmasterOf(pid: number, dataDir: string): Promise<boolean> {
  const command = await commandLine(pid);
  return command?.includes('postgres') === true && command.includes(dataDir);
}
