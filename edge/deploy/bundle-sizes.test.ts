import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isOverLimit, measureBundle, SIZE_LIMITS, sizeTable } from './bundle-sizes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-sizes-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('counts the modules, as they are and after gzip, and nothing else that wrangler leaves there', async () => {
  await expect(measureBundle(folder)).rejects.toThrow('no module');
  await writeFile(join(folder, 'worker.js'), 'a'.repeat(10_000));
  await writeFile(join(folder, 'part.wasm'), randomBytes(5_000));
  await writeFile(join(folder, 'worker.js.map'), randomBytes(50_000));
  await writeFile(join(folder, 'README.md'), randomBytes(50_000));
  const { raw, gzip } = await measureBundle(folder);
  expect(raw).toBe(15_000);
  expect(gzip).toBeGreaterThan(5_000);
  expect(gzip).toBeLessThan(5_300);
});

test('a bundle may be as large as its limit, and no larger, raw or zipped', () => {
  const limit = SIZE_LIMITS.gateway;
  expect(isOverLimit('gateway', limit)).toBe(false);
  expect(isOverLimit('gateway', { ...limit, raw: limit.raw + 1 })).toBe(true);
  expect(isOverLimit('gateway', { ...limit, gzip: limit.gzip + 1 })).toBe(true);
});

test('the table says which one is over', () => {
  const lines = sizeTable(
    new Map([
      ['gateway', { raw: 1024, gzip: 512 }],
      ['front-door', { raw: SIZE_LIMITS['front-door'].raw + 1, gzip: 512 }],
    ]),
  ).split('\n');
  expect(lines[1]).toMatch(/gateway +1\.0 +\d+\.\d +0\.5 +\d+\.\d$/);
  expect(lines[2]).toContain('over its limit');
});
