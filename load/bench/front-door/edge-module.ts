import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './workers.ts';

/** A module of the edge, bundled as it is for a Worker, and loaded into this process. */
export async function loadEdgeModule<Module>(entry: string): Promise<Module> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-edge-'));
  try {
    const output = join(folder, 'module.mjs');
    await bundle(entry, output);
    return (await import(pathToFileURL(output).href)) as Module;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
