import { readFile, writeFile } from 'node:fs/promises';
import { REDOCLY_CONFIG } from './contracts.ts';
import type { OpenApi } from './openapi.ts';
import { redocly } from './redocly.ts';

/** One self-contained JSON document from a contract's many files. Throws where it cannot be made. */
export async function bundle(source: string, target: string): Promise<OpenApi> {
  const outcome = await redocly(
    'bundle',
    source,
    '--output',
    target,
    '--ext',
    'json',
    '--config',
    REDOCLY_CONFIG,
    '--remove-unused-components',
  );
  if (outcome.exitCode !== 0) {
    throw new Error(`${source} could not be bundled\n${outcome.stdout}${outcome.stderr}`);
  }
  const document: OpenApi = JSON.parse(await readFile(target, 'utf8'));
  refuseRenamed(document, source);
  sortComponents(document);
  await writeFile(target, `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

/** Two files of one name become `Problem` and `Problem-2`: nobody reads an example's name, all read a type's. */
function refuseRenamed(document: OpenApi, source: string): void {
  for (const [kind, components] of Object.entries(document.components ?? {})) {
    const renamed = Object.keys(components ?? {}).filter((name) => /-\d+$/.test(name));
    if (kind !== 'examples' && renamed.length > 0) {
      throw new Error(`${source}: two ${kind} have one name, see ${renamed.join(', ')}`);
    }
  }
}

/** Components come in the order in which references were met, so that one new reference moves many. */
function sortComponents(document: OpenApi): void {
  for (const [kind, components] of Object.entries(document.components ?? {})) {
    const sorted = Object.entries(components ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    if (document.components) document.components[kind] = Object.fromEntries(sorted);
  }
}
