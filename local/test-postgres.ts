import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's URL of the Postgres of this test run. */
    postgresAdminUrl: string;
  }
}

let stop: (() => Promise<void>) | undefined;

/**
 * Vitest `globalSetup`: one Postgres for the run, in a temporary folder, without fsync.
 * With TEST_DATABASE_URL (an administrator's URL) the tests use that server instead, for example a PostgreSQL 15.
 */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('postgresAdminUrl', given);
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'commerce-test-'));
  const postgres = await startPostgres({ dataDir, fsync: false, persistent: false });
  project.provide('postgresAdminUrl', postgres.adminUrl);
  stop = postgres.stop;
}

/** The other half of `setup`, called by vitest at the end of the run. */
export async function teardown(): Promise<void> {
  await stop?.();
}
