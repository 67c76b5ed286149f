/** Statements that travel together, on a real connection: all or nothing, and the connection is as good as before. */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../local/test-database.ts';
import { isDatabaseUnavailable } from './db.ts';
import { type Asked, fly as flyWithin, type Param } from './flight.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query('create table seen (n integer primary key)');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const fly = (client: pg.Client, asked: readonly Asked[]) => flyWithin(client, asked, 10_000);
const asked = (text: string, params: readonly Param[] = [], name?: string): Asked => ({
  statement: { text, ...(name === undefined ? {} : { name }) },
  params,
});
const insert = (n: number): Asked => asked('insert into seen values ($1)', [n], 'insert_seen');
const seen = async (): Promise<number[]> =>
  (await client.query('select n from seen order by n')).rows.map(({ n }) => n);

describe('a flight', () => {
  test('is answered in the order of its statements, the same again when they are known already', async () => {
    for (let round = 0; round < 3; round += 1) {
      const answers = await fly(client, [
        asked('select $1::integer as n, null::text as nothing', [round], 'number'),
        asked('select n from generate_series(1, 3) as n', [], 'series'),
        asked('select 1 where false', [], 'none'),
        asked('select $1::timestamptz = $2::timestamptz as same', [new Date(5), new Date(5)]),
      ]);
      expect(answers).toEqual([
        [{ n: round, nothing: null }],
        [{ n: 1 }, { n: 2 }, { n: 3 }],
        [],
        [{ same: true }],
      ]);
    }
  });

  test('of which one statement fails leaves nothing, and fails with its error', async () => {
    await fly(client, [insert(1)]);
    const failed = fly(client, [insert(2), insert(1), insert(3)]);
    await expect(failed).rejects.toMatchObject({ code: '23505' });
    expect(await seen()).toEqual([1]);
    await fly(client, [insert(4), insert(5)]);
    expect(await seen()).toEqual([1, 4, 5]);
  });

  test('may bring new statements after the one that fails: they are not taken for known', async () => {
    const fresh = asked('select 7 as seven', [], 'seven');
    await expect(fly(client, [asked('select 1 / 0', [], 'zero'), fresh])).rejects.toMatchObject({
      code: '22012',
    });
    expect(await fly(client, [fresh])).toEqual([[{ seven: 7 }]]);
    await expect(fly(client, [asked('select 1 / 0', [], 'zero')])).rejects.toMatchObject({
      code: '22012',
    });
    await expect(fly(client, [asked('selec', [], 'wrong')])).rejects.toMatchObject({
      code: '42601',
    });
    expect(await fly(client, [asked('select 8 as eight', [], 'wrong')])).toEqual([[{ eight: 8 }]]);
  });

  test.each([[undefined], [[undefined]], [{}]])(
    'with %j for a placeholder is not sent, and the connection is as good as before',
    async (param) => {
      const wrong = asked('select $1::text as one', [param as unknown as Param]);
      await expect(fly(client, [insert(9), wrong])).rejects.toBeInstanceOf(TypeError);
      expect(await seen()).not.toContain(9);
    },
  );

  test('waits for what was asked of the connection before, and is waited for', async () => {
    const before = client.query('select 1 as one');
    const flight = fly(client, [asked('select 2 as two')]);
    const after = client.query('select 3 as three');
    expect((await before).rows).toEqual([{ one: 1 }]);
    expect(await flight).toEqual([[{ two: 2 }]]);
    expect((await after).rows).toEqual([{ three: 3 }]);
  });

  test('carries any text as it is, alone and in a list', async () => {
    // Postgres has no text with a zero in it.
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(text, fc.array(text), async (one, many) => {
        const [rows] = await fly(client, [
          asked('select $1::text as one, $2::text[] as many', [one, many], 'texts'),
        ]);
        expect(rows).toEqual([{ one, many }]);
      }),
    );
  });

  test('whose server says nothing is given up at its deadline', async () => {
    const other = new pg.Client({ connectionString: database.adminUrl });
    other.on('error', () => {});
    await other.connect();
    const flight = flyWithin(other, [asked('select pg_sleep(20)')], 50);
    expect(isDatabaseUnavailable(await flight.catch((error: unknown) => error))).toBe(true);
    await other.end().catch(() => {});
  });
});
