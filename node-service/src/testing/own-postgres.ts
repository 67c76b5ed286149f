/** A Postgres server of one test's own, which can be stopped or killed, and started again, in the middle of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runEntryPoint } from '../../../local/entry-point.ts';
import { startPostgres } from '../../../local/postgres.ts';
import { childrenOf, waitForEnd } from '../../../local/process-table.ts';
import type { TestDatabase } from '../../../local/test-database.ts';

export type OwnPostgres = {
  /** Migrated and empty. Dropping it does nothing: it goes with the server. */
  readonly database: TestDatabase;
  stop(): Promise<void>;
  /** `kill -9` of the postmaster and of every process below it. What it has answered must survive, where it is durable. */
  kill(): Promise<void>;
  /** `kill -9` of one of the postmaster's processes; the postmaster then ends the others, and recovers by itself. */
  killOneOf(choose: (pids: readonly number[]) => number | undefined): Promise<void>;
  /** On the port it had. */
  start(): Promise<void>;
  /** Stops it and deletes its folder. */
  end(): Promise<void>;
};

const PASSWORD = 'local-tests-only';

const END_TIMEOUT_MS = 10_000;

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** `durable`: a commit is written down before it is answered, as in production; slower. */
export async function startOwnPostgres({ durable = false } = {}): Promise<OwnPostgres> {
  const fsync = durable;
  const dataDir = await mkdtemp(join(tmpdir(), 'commerce-own-'));
  let server = await startPostgres({ dataDir, fsync });
  const { port, adminUrl } = server;
  const url = (role: string): string =>
    `postgres://${role}:${PASSWORD}@127.0.0.1:${port}/commerce_test`;
  const database: TestDatabase = {
    name: 'commerce_test',
    tenantUrl: url('commerce_tenant'),
    platformUrl: url('commerce_platform'),
    migratorUrl: url('commerce_migrator'),
    adminUrl: adminUrl.replace(/\/postgres$/, '/commerce_test'),
    drop: async () => {},
  };
  const env = {
    ENVIRONMENT: 'local',
    ADMIN_DATABASE_URL: adminUrl,
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
    MIGRATOR_DATABASE_URL: database.migratorUrl,
  };
  await runEntryPoint('bootstrap', env);
  await runEntryPoint('migrate', env);
  return {
    database,
    stop: () => server.stop(),
    kill: async () => {
      const pids = [server.pid, ...(await childrenOf(server.pid))];
      killAll(pids);
      // A new server refuses the folder while a process of the old one is there.
      for (const pid of pids)
        if (!(await waitForEnd(pid, END_TIMEOUT_MS))) throw new Error(`${pid} does not end`);
      await server.ended;
    },
    killOneOf: async (choose) => {
      const pid = choose(await childrenOf(server.pid));
      killAll(pid === undefined ? [] : [pid]);
    },
    start: async () => {
      server = await startPostgres({ dataDir, port, fsync });
    },
    end: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
