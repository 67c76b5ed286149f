import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

type Lock = Record<string, Record<string, unknown>>;

const otherPlatform = process.platform === 'darwin' ? 'linux' : 'darwin';
const LOCK: Lock = {
  '': { name: 'shop' },
  'node_modules/koa': { version: '3.0.0', integrity: 'sha512-koa' },
  'node_modules/native-here': {
    version: '1.0.0',
    integrity: 'sha512-here',
    optional: true,
    os: [process.platform],
    cpu: [process.arch],
  },
  'node_modules/native-there': { version: '1.0.0', optional: true, os: [otherPlatform] },
  'node_modules/not-everywhere': { version: '1.0.0', optional: true },
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'commerce-ensure-'));
  await mkdir(join(root, 'local'));
  await cp(
    new URL('./ensure-installed.mjs', import.meta.url),
    join(root, 'local/ensure-installed.mjs'),
  );
  await writeJson('package-lock.json', { packages: LOCK });
  await installed(['node_modules/koa', 'node_modules/native-here']);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), JSON.stringify(value));
}

/** Makes node_modules look as npm leaves it with these packages. */
async function installed(paths: readonly string[], change: Lock = {}): Promise<void> {
  await rm(join(root, 'node_modules'), { recursive: true, force: true });
  const packages: Lock = {};
  for (const path of [...paths, ...Object.keys(change)]) {
    packages[path] = change[path] ?? LOCK[path] ?? {};
    await mkdir(join(root, path), { recursive: true });
  }
  await writeJson('node_modules/node/bin/node', 'the program');
  await writeJson('node_modules/node/bin/node.exe', 'the program');
  await writeJson('node_modules/.package-lock.json', { packages });
}

/** Runs the script with an npm that writes down its arguments, then ends with `exitCode`. */
async function ensure(
  exitCode = 0,
): Promise<{ output: string; code: number; npm: string | undefined }> {
  const npm = join(root, 'npm.cjs');
  await writeFile(
    npm,
    `const fs = require('node:fs');
     fs.writeFileSync(${JSON.stringify(join(root, 'called'))}, process.argv.slice(2).join(' '));
     fs.mkdirSync(${JSON.stringify(join(root, 'node_modules/node/bin'))}, { recursive: true });
     for (const name of ['node', 'node.exe']) fs.writeFileSync(${JSON.stringify(join(root, 'node_modules/node/bin/'))} + name, '');
     process.exit(${exitCode});`,
  );
  const { output, code } = await new Promise<{ output: string; code: number }>((done) => {
    execFile(
      process.execPath,
      [join(root, 'local/ensure-installed.mjs')],
      { env: { ...process.env, npm_execpath: npm, npm_node_execpath: process.execPath } },
      (error, stdout, stderr) => done({ output: stdout + stderr, code: Number(error?.code ?? 0) }),
    );
  });
  return { output, code, npm: await readFile(join(root, 'called'), 'utf8').catch(() => undefined) };
}

test('installs nothing and says nothing when all is there', async () => {
  expect(await ensure()).toEqual({ output: '', code: 0, npm: undefined });
});

test('installs, development packages included, when node_modules is missing', async () => {
  await rm(join(root, 'node_modules'), { recursive: true });
  const { npm, output, code } = await ensure();
  expect(npm).toContain('ci --include=dev');
  expect(output).toContain('node_modules is missing');
  expect(code).toBe(0);
});

test.each([
  [
    'an install that did not finish',
    () => rm(join(root, 'node_modules/.package-lock.json')),
    'did not finish',
  ],
  [
    'a package that was deleted by hand',
    () => rm(join(root, 'node_modules/koa'), { recursive: true }),
    'koa is missing',
  ],
  [
    'a lock file that moved on',
    () => installed(['node_modules/native-here'], { 'node_modules/koa': { version: '2.9.0' } }),
    'koa has another version',
  ],
  [
    'a package that the lock file dropped',
    () =>
      installed(['node_modules/koa', 'node_modules/native-here'], {
        'node_modules/old': { version: '1.0.0' },
      }),
    'old is no longer wanted',
  ],
  [
    'node_modules from another kind of machine',
    () => installed(['node_modules/koa', 'node_modules/native-there']),
    'native-there is for another kind of machine',
  ],
  [
    'a missing build for this machine',
    () => installed(['node_modules/koa']),
    'native-here is missing',
  ],
  [
    'a missing Node',
    () => rm(join(root, 'node_modules/node'), { recursive: true }),
    'the Node that the platform runs on is missing',
  ],
])('repairs %s', async (_name, damage, why) => {
  await damage();
  const { npm, output } = await ensure();
  expect(output).toContain(why);
  expect(npm).toContain('ci');
});

test('says what failed and ends with an error when npm does', async () => {
  await rm(join(root, 'node_modules'), { recursive: true });
  const { output, code } = await ensure(7);
  expect(code).toBe(1);
  expect(output).toContain('"npm ci" failed (7)');
});
