/** Transactions by flights, on a real pool: all or nothing, however their statements travel. */
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../local/test-database.ts';
import { openPool, type Sql, transaction } from './transactions.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({
    databaseUrl: database.adminUrl,
    poolSize: 1,
    settings: ['jit=off'],
    warn: () => {},
  });
  await pool.query('create table seen (n integer primary key)');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('delete from seen');
});

const BEGINNING = {
  statement: 'begin',
  settings: { lock_timeout: '1234ms' },
  keepsParsed: true,
  deadlineMs: 10_000,
};
const run = <T>(work: (sql: Sql) => Promise<T>): Promise<T> => transaction(pool, BEGINNING, work);
const INSERT = 'insert into seen values ($1) returning n';
const seen = async (): Promise<number[]> =>
  (await pool.query('select n from seen order by n')).rows.map(({ n }) => n);

describe('a transaction', () => {
  test('answers each of the statements that are asked for at once, in their order', async () => {
    const answers = await run((sql) =>
      Promise.all([sql(INSERT, [1]), sql('select n from seen'), sql(INSERT, [2], 'commit')]),
    );
    expect(answers).toEqual([[{ n: 1 }], [{ n: 1 }], [{ n: 2 }]]);
    expect(await seen()).toEqual([1, 2]);
  });

  test('has its settings, and leaves none behind', async () => {
    const show = `select current_setting('lock_timeout') as ms`;
    expect(await run((sql) => sql(show))).toEqual([{ ms: '1234ms' }]);
    expect(await run((sql) => sql(show, [], 'commit'))).toEqual([{ ms: '1234ms' }]);
    expect((await pool.query(show)).rows).toEqual([{ ms: '0' }]);
  });

  test('leaves nothing when its work throws, even of statements that nobody waited for', async () => {
    const failed = run(async (sql) => {
      await sql(INSERT, [1]);
      void sql(INSERT, [2]).catch(() => {});
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await seen()).toEqual([]);
    await run((sql) => sql(INSERT, [3]));
    expect(await seen()).toEqual([3]);
  });

  test('fails when it goes on after a statement that failed: it is not taken for committed', async () => {
    const failed = run(async (sql) => {
      await sql(INSERT, [1]);
      await sql(INSERT, [1]).catch(() => {});
      return 'done';
    });
    await expect(failed).rejects.toMatchObject({ code: '23505' });
    expect(await seen()).toEqual([]);
  });

  test('takes no statement after its last one', async () => {
    const failed = run(async (sql) => {
      await sql(INSERT, [1], 'commit');
      await sql(INSERT, [2]);
    });
    await expect(failed).rejects.toThrow('a statement after the end of its transaction');
    expect(await seen()).toEqual([1]);
  });

  test('whose statement answers something else since a migration fails once, and then no more', async () => {
    const ask = (): Promise<unknown> => run((sql) => sql('select * from seen', [], 'commit'));
    await ask();
    await pool.query('alter table seen add column more text');
    await expect(ask()).rejects.toMatchObject({ code: '0A000' });
    expect(await ask()).toEqual([]);
    await pool.query('alter table seen drop column more');
    await ask().catch(() => {});
  });

  test('may ask more different statements than a connection keeps', async () => {
    for (let n = 0; n < 320; n += 1)
      expect(await run((sql) => sql(`select ${n} as n`, [], 'commit'))).toEqual([{ n }]);
    const [{ kept }] = (
      await pool.query('select count(*)::int as kept from pg_prepared_statements')
    ).rows as [{ kept: number }];
    expect(kept).toBeLessThanOrEqual(300);
  });
});
