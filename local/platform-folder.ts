import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFileOf } from './platform-services.ts';
import { assertPortsFree, type Ports } from './ports.ts';
import { claimFolder, releaseFolder } from './running-file.ts';
import type { Settings } from './settings.ts';

export type FolderOptions = {
  dir: string;
  ports: Ports;
  settings: Settings;
  /** Deletes what former runs left. */
  fresh?: boolean;
  log(message: string): void;
  /** Gets what gives the folder up again. */
  onStop(undo: () => Promise<unknown>): void;
};

/** What a fresh start deletes. Everything else in the folder is not ours, or only cached. */
const MADE_HERE = ['postgres', 'postgres.initialising', 'edge', 'stripe-stand-in', 'keys.json'];
const LOGS = ['postgres', 'stripe-stand-in', 'jobs', 'node-service', 'edge'];
const PORT_WAIT_MS = 8_000;

/**
 * Claims the folder, makes it as empty as was asked for, and sees that the ports are free.
 * Throws when another platform runs there, and when ports are taken.
 */
export async function prepareFolder(options: FolderOptions): Promise<void> {
  const { dir, settings, ports, log } = options;
  if (options.fresh && settings.databaseUrl !== undefined) {
    throw new Error(
      'a fresh start does not empty a database of your own: drop its database "commerce" yourself, or leave DATABASE_URL out',
    );
  }
  const takenOver = await claimFolder(dir, log);
  options.onStop(() => releaseFolder(dir));
  if (options.fresh) {
    for (const name of MADE_HERE) await rm(join(dir, name), { recursive: true, force: true });
  }
  await mkdir(join(dir, 'logs'), { recursive: true });
  for (const name of LOGS) {
    const file = logFileOf(dir, name);
    await rename(file, file.replace(/\.log$/, '.previous.log')).catch(() => {});
  }

  const names: (keyof Ports)[] = ['frontDoor', 'nodeService', 'metrics'];
  if (settings.databaseUrl === undefined) names.push('postgres');
  if (settings.stripe === undefined) names.push('stripeStandIn');
  // The processes of a platform that was killed a moment ago end by themselves within seconds.
  const deadlineMs = Date.now() + (takenOver ? PORT_WAIT_MS : 0);
  for (;;) {
    try {
      return await assertPortsFree(ports, names);
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await sleep(200);
    }
  }
}
