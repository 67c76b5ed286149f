import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPlatform } from '../../local/platform.ts';
import { readTarget, type Target } from '../target.ts';

/** The target that CONFORMANCE_KEYS names, or else a platform of the run's own, which `stop` ends. */
export async function startTarget(): Promise<{
  readonly target: Target;
  stop(): Promise<void>;
}> {
  const keysFile = process.env.CONFORMANCE_KEYS;
  if (keysFile !== undefined) return { target: await readTarget(keysFile), stop: async () => {} };
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'));
  const platform = await startPlatform({ dir, fsync: false });
  return {
    target: await readTarget(join(dir, 'keys.json')),
    stop: async () => {
      await platform.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
