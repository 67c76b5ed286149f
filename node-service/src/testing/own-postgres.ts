/** A Postgres server of one test's own, which can be stopped and started again in the middle of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runEntryPoint } from '../../../local/entry-point.ts';
import { startPostgres } from '../../../local/postgres.ts';
import type { TestDatabase } from '../../../local/test-database.ts';

export type OwnPostgres = {
  /** Migrated and empty. Dropping it does nothing: it goes with the server. */
  readonly database: TestDatabase;
  stop(): Promise<void>;
  /** On the port it had. */
  start(): Promise<void>;
  /** Stops it and deletes its folder. */
  end(): Promise<void>;
};

const PASSWORD = 'local-tests-only';

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'commerce-own-'));
  let server = await startPostgres({ dataDir, fsync: false });
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
    start: async () => {
      server = await startPostgres({ dataDir, port, fsync: false });
    },
    end: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
