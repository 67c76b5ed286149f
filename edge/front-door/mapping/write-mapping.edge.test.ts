import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DeletionOutcome, deleteMapping } from './delete-mapping.ts';
import { readHistory } from './read-history.ts';
import { listMappings } from './read-mapping.ts';
import { AUTHOR, type HostStores, startHostStores } from './testing/host-stores.ts';
import { breaches } from './testing/mapped-hosts.ts';
import { type WriteOutcome, writeMapping } from './write-mapping.ts';

const [A, B, C] = ['a.localhost', 'b.localhost', 'c.localhost'];

let stores: HostStores;

beforeAll(async () => {
  stores = await startHostStores();
});
afterAll(() => stores?.dispose());
beforeEach(async () => {
  await stores.clear();
  for (const host of [A, B]) expect(await map(host)()).toMatchObject({ ok: true });
});

type Outcome = WriteOutcome | DeletionOutcome;
/** A write, over D1 or over something in its place. */
type Write = (database?: D1Database) => Promise<Outcome>;

const dependencies = (database: D1Database = stores.database) => ({
  database,
  shopExists: async () => true,
  announce: async () => undefined,
  reservedHosts: [],
  now: new Date('2026-11-23T12:00:00.000Z'),
});

const seen = (version: number | undefined) =>
  version === undefined ? ({ kind: 'none' } as const) : ({ kind: 'version', version } as const);

const map =
  (
    host: string,
    settings: { canonicalHost?: string; shopId?: string } = {},
    version?: number,
  ): Write =>
  (database) =>
    writeMapping(
      {
        ...AUTHOR,
        settings: {
          host,
          shopId: 'aurora',
          canonicalHost: host,
          kind: settings.canonicalHost === undefined ? 'canonical' : 'alias',
          mode: 'active',
          defaultLocale: 'en',
          locales: ['en'],
          ...settings,
        },
        precondition: seen(version),
        dryRun: false,
      },
      dependencies(database),
    );

const remove =
  (host: string, version: number): Write =>
  (database) =>
    deleteMapping(
      { ...AUTHOR, host, precondition: seen(version), dryRun: false },
      dependencies(database),
    );

/** D1, and something that happens between the first reads and the transaction that they lead to. */
function databaseWhere(afterReads: () => Promise<unknown>): D1Database {
  const { database } = stores;
  let reads = 0;
  return {
    prepare: database.prepare.bind(database),
    batch: async (statements: Parameters<D1Database['batch']>[0]) => {
      const results = await database.batch(statements);
      reads += 1;
      if (reads === 1) await afterReads();
      return results;
    },
  } as D1Database;
}

describe('another write between the reads and the transaction', () => {
  const pairs: [string, Write, Write, string, string][] = [
    [
      'two hosts become aliases of each other',
      map(A, { canonicalHost: B }, 1),
      map(B, { canonicalHost: A }, 1),
      'host_invalid',
      'host_invalid',
    ],
    [
      'a canonical host becomes an alias, and gets one',
      map(A, { canonicalHost: B }, 1),
      map(C, { canonicalHost: A }),
      'mapping_conflict',
      'host_invalid',
    ],
    [
      'a canonical host moves to another shop, and gets an alias',
      map(A, { shopId: 'borealis' }, 1),
      map(C, { canonicalHost: A }),
      'mapping_conflict',
      'host_invalid',
    ],
    [
      'a canonical host is deleted, and gets an alias',
      remove(A, 1),
      map(C, { canonicalHost: A }),
      'mapping_conflict',
      'host_invalid',
    ],
    [
      'a host is changed twice',
      map(A, {}, 1),
      map(A, { shopId: 'borealis' }, 1),
      'precondition_failed',
      'precondition_failed',
    ],
    [
      'a host is changed, and deleted',
      map(A, {}, 1),
      remove(A, 1),
      'precondition_failed',
      'precondition_failed',
    ],
    ['a host is deleted twice', remove(A, 1), remove(A, 1), 'host_unknown', 'host_unknown'],
    [
      'a host is mapped twice, without a word of it',
      map(C),
      map(C),
      'precondition_failed',
      'precondition_failed',
    ],
  ];

  test.each(pairs)(
    '%s: the later one is refused',
    async (_, one, other, refusedOne, refusedOther) => {
      for (const [first, second, refused] of [
        [other, one, refusedOne],
        [one, other, refusedOther],
      ] as const) {
        await stores.clear();
        await map(A)();
        await map(B)();
        let between: Outcome | undefined;
        const held = databaseWhere(async () => {
          between = await first();
        });
        const outcome = await second(held);
        expect(between).toMatchObject({ ok: true });
        expect(outcome).toMatchObject({
          ok: false,
          code: refused,
          detail: expect.stringMatching(/^"\S+" /),
        });
        const everything = { shopId: null, kind: null, mode: null, after: '', limit: 100 };
        expect(breaches((await listMappings(stores.database, everything)).items)).toEqual([]);
      }
    },
  );

  test('that changes nothing for this one lets it through', async () => {
    const held = databaseWhere(map(C));
    expect(await map(A, {}, 1)(held)).toMatchObject({ ok: true, mapping: { version: 2 } });
  });

  test('a host that is deleted and mapped anew meanwhile is not the one that was seen', async () => {
    const held = databaseWhere(async () => {
      await remove(A, 1)();
      await map(A, { shopId: 'borealis' })();
    });
    expect(await map(A, {}, 1)(held)).toMatchObject({
      ok: false,
      code: 'precondition_failed',
      presentVersion: 3,
    });
    const history = await readHistory(stores.database, { host: A, before: null, limit: 10 });
    expect(history?.items.map(({ version }) => version)).toEqual([3, 2, 1]);
  });
});
