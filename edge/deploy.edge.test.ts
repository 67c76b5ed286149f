/** `npm run deploy:edge` with the real wrangler: what can be shown of it without an account. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dryRun } from './deploy/deploy-edge.ts';
import { WORKERS } from './deploy/workers.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const TIMEOUT_MS = 240_000;

/** Loaded before a program: notes every connection that it would open to a host, and refuses it. A pipe is none. */
const NOTE_CONNECTIONS = `
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
appendFileSync(NOTES, 'watching\\n');
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  if (options?.path === undefined) {
    appendFileSync(NOTES, JSON.stringify(options?.host ?? options) + '\\n');
    return this.destroy(new Error('this machine has no network'));
  }
  return connect.apply(this, args);
};
`;

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'deploy-edge-home-'));
});
afterAll(() => rm(home, { recursive: true }));

type End = { code: number; stdout: string; stderr: string };

function deploy(...args: string[]): Promise<End> {
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1' };
  return new Promise((done) => {
    execFile(
      process.execPath,
      [join(ROOT, 'edge/deploy.ts'), ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('npm run deploy:edge', () => {
  test(
    'a dry run builds all three and says their sizes, without a trace in the home folder',
    async () => {
      const { code, stdout, stderr } = await deploy('--env', 'staging', '--dry-run');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const worker of WORKERS) {
        expect(stdout).toMatch(new RegExp(`${worker}( +\\d+\\.\\d){4}\\n`));
      }
      expect(await readdir(home)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a dry run connects to nobody',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'deploy-edge-net-'));
      const noteConnections = join(folder, 'note-connections.mjs');
      const notes = join(folder, 'notes');
      await writeFile(notes, '');
      await writeFile(noteConnections, NOTE_CONNECTIONS.replaceAll('NOTES', JSON.stringify(notes)));
      await dryRun({
        root: ROOT,
        environment: 'production',
        wrangler: { command: process.execPath, args: ['--import', noteConnections, WRANGLER] },
        print: () => undefined,
      });
      const lines = (await readFile(notes, 'utf8')).split('\n').filter(Boolean);
      await rm(folder, { recursive: true });
      // Wrangler starts itself once more, and both are watched.
      const watched = lines.filter((line) => line === 'watching').length;
      expect(watched).toBe(2 * WORKERS.length);
      expect(lines.filter((line) => line !== 'watching')).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test('a deployment of the settings as they are in the repository is refused', async () => {
    const { code, stderr } = await deploy('--env', 'production');
    expect(code).toBe(1);
    expect(stderr).toContain('Nothing has been changed');
    expect(stderr).toContain(
      'edge/front-door/wrangler.jsonc: env.production.d1_databases[0].database_id is still "00000000-',
    );
    expect(stderr).toContain(
      'edge/storefront/wrangler.jsonc: env.production.vars.STRIPE_PUBLISHABLE_KEY',
    );
    expect(await readdir(home)).toEqual([]);
  });

  test('without an environment, or with another, it says which there are', async () => {
    for (const args of [[], ['--env', 'local'], ['--environment', 'staging']]) {
      const { code, stderr } = await deploy(...args);
      expect(code).toBe(2);
      expect(stderr).toContain('--env staging|production');
    }
  });

  test('--help says what it does and what it needs', async () => {
    const { code, stdout } = await deploy('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--dry-run');
    expect(stdout).toContain('wrangler secret put');
  });
});

test(
  'wrangler applies the migrations, in a database of this machine',
  async () => {
    const persistTo = join(home, 'd1');
    const args = ['d1', 'migrations', 'apply', 'HOSTS_DB', '--local', '--persist-to', persistTo];
    const target = ['--config', 'edge/front-door/wrangler.jsonc', '--env', 'staging'];
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CONFIG_HOME: home,
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
    };
    const output = await new Promise<string>((done) => {
      execFile(
        process.execPath,
        [WRANGLER, ...args, ...target],
        { cwd: ROOT, env },
        (error, stdout, stderr) =>
          done(`${error === null ? 'ended well' : error.message}\n${stdout}${stderr}`),
      );
    });
    expect(output).toContain('ended well');
    const migrations = await readdir(join(ROOT, 'edge/front-door/migrations'));
    for (const migration of migrations) expect(output).toContain(migration);
  },
  TIMEOUT_MS,
);
