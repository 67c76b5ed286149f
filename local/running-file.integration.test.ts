import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';
import { isAlive, waitForEnd } from './process-table.ts';
import { claimFolder, noteLeftovers, releaseFolder } from './running-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'commerce-running-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const silent = () => {};

/** A Node process that does nothing, in place of a platform or a workerd. */
function idle(): { pid: number; kill(): Promise<void> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  return {
    pid: child.pid as number,
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

async function recordKilledPlatform(leftovers: { pid: number; program: string }[]): Promise<void> {
  const gone = idle();
  await gone.kill();
  const running = { pid: gone.pid, program: 'node', leftovers };
  await writeFile(join(dir, 'running.json'), JSON.stringify(running));
}

test('refuses a folder in which another platform runs, and names its process', async () => {
  const other = idle();
  const running = { pid: other.pid, program: 'node', leftovers: [] };
  await writeFile(join(dir, 'running.json'), JSON.stringify(running));
  await expect(claimFolder(dir, silent)).rejects.toThrow(`process ${other.pid}`);
  await other.kill();
});

test('takes a folder over from a platform that was killed, and ends what it left', async () => {
  const leftover = idle();
  await recordKilledPlatform([{ pid: leftover.pid, program: 'node' }]);
  const said: string[] = [];
  await claimFolder(dir, (message) => said.push(message));
  expect(await waitForEnd(leftover.pid, 1_000)).toBe(true);
  expect(said.join()).toContain(`process ${leftover.pid}`);
});

test('leaves a process alone whose id now belongs to another program', async () => {
  const stranger = idle();
  await recordKilledPlatform([{ pid: stranger.pid, program: 'workerd' }]);
  await claimFolder(dir, silent);
  expect(isAlive(stranger.pid)).toBe(true);
  await stranger.kill();
});

test('ends a Postgres that a killed platform left running', async () => {
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres'), fsync: false });
  await recordKilledPlatform([]);
  await claimFolder(dir, silent);
  await postgres.ended;
  expect(isAlive(postgres.pid)).toBe(false);
});

test('remembers what must be ended, until the folder is released', async () => {
  await claimFolder(dir, silent);
  await noteLeftovers(dir, [11, 12], 'workerd');
  await noteLeftovers(dir, [13], 'workerd');
  const running = JSON.parse(await readFile(join(dir, 'running.json'), 'utf8'));
  expect(running.leftovers).toEqual([{ pid: 13, program: 'workerd' }]);
  await releaseFolder(dir);
  await expect(readFile(join(dir, 'running.json'))).rejects.toThrow('ENOENT');
});
