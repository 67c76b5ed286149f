/** The database ends a connection in the middle of a transaction, as a restart of it does: the work fails, the process lives. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startService, type TestService } from '../testing/service.ts';
import { isDatabaseUnavailable } from './db.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
});
afterAll(() => service.stop());

const LIMITS = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
type Work = (sql: (text: string) => Promise<unknown>) => Promise<unknown>;

const WAYS_IN: [string, (work: Work) => Promise<unknown>][] = [
  [
    'allocating',
    (work) => service.deps.db.allocating('aurora', (tx) => work((text) => tx.sql(text)), LIMITS),
  ],
  [
    'inShop',
    (work) => service.deps.db.inShop('aurora', (tx) => work((text) => tx.sql(text)), LIMITS),
  ],
  [
    'withEntities.inShop',
    (work) => service.deps.db.withEntities.inShop('aurora', (tx) => work((text) => tx.sql(text))),
  ],
  [
    'asPlatform',
    (work) => service.deps.db.asPlatform('test', (tx) => work((text) => tx.sql(text))),
  ],
];

async function endConnections(query: string): Promise<void> {
  await eventually(async () => {
    const ended = await service.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename <> current_user and state <> 'idle' and query like $1`,
      [`${query}%`],
    );
    return ended.length > 0 || undefined;
  });
}

test.each(WAYS_IN)('%s: while a statement runs', async (_, run) => {
  const failed = run((sql) => sql('select pg_sleep(5) as long')).catch((error: unknown) => error);
  await endConnections('select pg_sleep(5) as long');
  expect(isDatabaseUnavailable(await failed)).toBe(true);
  expect(await run((sql) => sql('select 1 as one'))).toEqual([{ one: 1 }]);
});

test.each(WAYS_IN)('%s: while no statement runs', async (_, run) => {
  const failed = run(async (sql) => {
    await sql('select 2 as two');
    await endConnections('select 2 as two');
    // Until the end of the connection has come here.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sql('select 3 as three');
  }).catch((error: unknown) => error);
  expect(isDatabaseUnavailable(await failed)).toBe(true);
  expect(await run((sql) => sql('select 1 as one'))).toEqual([{ one: 1 }]);
});
