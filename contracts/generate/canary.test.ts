import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canaryComplaints } from './canary.ts';
import { REDOCLY_CONFIG, ROOT } from './contracts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'canary-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A configuration, as a path from the root of the repository. */
async function configOf(text: string): Promise<string> {
  const file = path.join(folder, 'redocly.yaml');
  await writeFile(file, text);
  return path.relative(ROOT, file);
}

test('is content with the configuration that the contracts use', async () => {
  expect(await canaryComplaints(path.relative(ROOT, REDOCLY_CONFIG))).toEqual([]);
});

test('notices a configuration under which every break passes', async () => {
  const found = await canaryComplaints(await configOf('extends: [recommended-strict]\n'));
  expect(found).toContain('canary: the seeded break path-removed was not found');
});

test('notices a configuration that lints nothing', async () => {
  const found = await canaryComplaints(await configOf('extends: [diff-recommended]\n'));
  expect(found).toContain('canary: the fault security-defined was not found');
});
