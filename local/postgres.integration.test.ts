import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { type Postgres, startPostgres } from './postgres.ts';

let folder: string;
let running: Postgres[] = [];

beforeAll(async () => {
  // A folder that other users may not enter, as mktemp and root's home are.
  folder = await mkdtemp(join(tmpdir(), 'commerce-postgres-test-'));
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(name: string, port?: number): Promise<Postgres> {
  const dataDir = join(folder, name);
  const server = await startPostgres({ dataDir, ...(port === undefined ? {} : { port }) });
  running.push(server);
  return server;
}

async function query(server: Postgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('keeps its data over a stop and a start', async () => {
  const first = await start('restart');
  await query(first, 'create table kept as select 7 as n');
  await first.stop();
  const second = await start('restart');
  expect(await query(second, 'select n from kept')).toEqual([{ n: 7 }]);
});

test('recovers what was committed when the server is killed', async () => {
  const first = await start('killed');
  await query(first, 'create table kept as select 8 as n');
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = await start('killed');
  expect(await query(second, 'select n from kept')).toEqual([{ n: 8 }]);
});

test('ignores a postmaster.pid whose process id now belongs to another program', async () => {
  const first = await start('stale');
  await first.stop();
  await writeFile(
    join(folder, 'stale', 'postmaster.pid'),
    `${process.pid}\n${folder}/stale\n0\n1\n`,
  );
  const second = await start('stale');
  expect(await query(second, 'select 1 as n')).toEqual([{ n: 1 }]);
});

test('refuses a folder that a live server uses, and names its process', async () => {
  const first = await start('busy');
  await expect(start('busy')).rejects.toThrow(
    new RegExp(`another Postgres \\(process ${first.pid}, port ${first.port}\\)`),
  );
  expect(await query(first, 'select 1 as n')).toEqual([{ n: 1 }]);
});

test('names the port when it is taken', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  try {
    await expect(start('taken', port)).rejects.toThrow(`port ${port} is taken`);
  } finally {
    other.close();
  }
});

test('does not touch a folder that holds something else', async () => {
  const dataDir = await mkdtemp(join(folder, 'other-'));
  await writeFile(join(dataDir, 'thesis.txt'), 'mine');
  await expect(startPostgres({ dataDir })).rejects.toThrow('is not empty');
  expect(await readdir(dataDir)).toEqual(['thesis.txt']);
});
