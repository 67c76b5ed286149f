import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { HEADER } from './contracts.ts';

/** The folders that hold the client's runtime, which is the generator's own code and not ours. */
const RUNTIME = ['client', 'core'];

/**
 * The typed fetch client of a bundled document: types, one function an operation, and a runtime that
 * needs no package. Its imports end in `.ts`, so that Node runs it as it is.
 */
export async function writeClient(bundlePath: string, target: string): Promise<void> {
  await createClient({
    input: bundlePath,
    output: {
      path: target,
      header: [HEADER],
      module: { extension: '.ts' },
      tsConfigPath: null,
      postProcess: [],
    },
    logs: { level: 'silent', file: false },
    plugins: [
      { name: '@hey-api/client-fetch', baseUrl: false },
      '@hey-api/typescript',
      // Whoever calls says with which client: a global one would have no base URL, no fetch and no shop.
      { name: '@hey-api/sdk', client: false },
    ],
  });
  await Promise.all(RUNTIME.map((folder) => leaveUnchecked(path.join(target, folder))));
}

/** The runtime is not written for `exactOptionalPropertyTypes`; its exported types are as good without. */
async function leaveUnchecked(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(HEADER, `${HEADER}\n// @ts-nocheck`));
  }
}
