/** One process of jobs, as the platform runs it. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadModule, type ServiceContext, type ServicesModule } from '../platform-module.ts';
import type { Stage } from './stage.ts';

const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 1_800_000;

/** @throws when the jobs have ended by themselves */
export type Look = () => void;

export async function whileJobsRun<T>(stage: Stage, work: (look: Look) => Promise<T>): Promise<T> {
  const { jobs } = await loadModule<ServicesModule>('local/platform-services.ts');
  const dir = await mkdtemp(join(tmpdir(), 'bench-webhooks-'));
  await mkdir(join(dir, 'logs'), { recursive: true });
  const problems: string[] = [];
  const context: ServiceContext = {
    dir,
    restart: false,
    log: console.error,
    onGivenUp: (reason) => problems.push(reason),
  };
  const service = jobs(context, stage.serviceEnv);
  await service.start();
  try {
    return await work(() => {
      if (problems.length > 0) throw new Error(`the jobs ended: ${problems.join(', ')}`);
    });
  } finally {
    await service.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Waits until there is something other than undefined. */
export async function until<T>(look: Look, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    look();
    if (performance.now() > deadline) throw new Error('the events are not drained in time');
    await sleep(LOOK_EVERY_MS);
  }
}
