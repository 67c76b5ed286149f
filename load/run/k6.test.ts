import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canHaveK6, findK6, NO_K6 } from './k6.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k6-places-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
/** A program of this name in a folder of its own, which is answered. */
async function programThatSays(name: string, answer: string, code = 0): Promise<string> {
  const own = await mkdtemp(join(folder, `${count++}-`));
  await writeFile(
    join(own, name),
    `#!/bin/sh\necho '${answer}'\necho '${answer}' >&2\nexit ${code}\n`,
  );
  await chmod(join(own, name), 0o755);
  return own;
}
const nowhere = (): string => join(folder, 'nowhere');
const silent = (): void => {};

describe('k6', () => {
  test('is taken from the PATH', async () => {
    const path = await programThatSays('k6', 'k6 v1.8.1 (go1.26, linux/amd64)');
    expect(await findK6(silent, { path, cache: nowhere() })).toBe(join(path, 'k6'));
  });

  test('of the PATH that is too old for TypeScript is passed over for the installed one', async () => {
    const path = await programThatSays('k6', 'k6 v0.49.0 (go1.20, linux/amd64)');
    const cache = await programThatSays('k6', 'k6 v1.8.1 (go1.26, linux/amd64)');
    expect(await findK6(silent, { path, cache })).toBe(join(cache, 'k6'));
  });

  test('is one clear sentence where there is neither k6 nor Go', async () => {
    const places = { path: nowhere(), cache: nowhere() };
    await expect(findK6(silent, places)).rejects.toThrow(NO_K6);
    expect(NO_K6).toMatch(/^[^.]+is not on the PATH.+run this again\.$/);
    expect(await canHaveK6(places)).toBe(false);
  });

  test('that Go cannot install is told in Go’s words', async () => {
    const path = await programThatSays('go', 'no route to the proxy', 1);
    const places = { path: `${path}:/usr/bin:/bin`, cache: nowhere() };
    const said: string[] = [];
    await expect(findK6((line) => said.push(line), places)).rejects.toThrow(
      'no route to the proxy',
    );
    expect(said).toHaveLength(1);
  });
});
