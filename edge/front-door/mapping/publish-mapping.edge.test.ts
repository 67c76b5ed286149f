import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { applyMigrations } from '../../../local/d1-migrations.ts';
import { markForPublication } from './mark-for-publication.ts';
import { publishMappings, REFRESH_AFTER_MS, SETTLED_AFTER_MS } from './publish-mapping.ts';
import { storeDeletion, storeMapping } from './store-mapping.ts';
import { sweepHostCache } from './sweep-host-cache.ts';
import { AUTHOR, type HostStores, mappingAt, startHostStores } from './testing/host-stores.ts';

const HOST = 'a.localhost';
const WRITTEN_AT_MS = Date.parse('2026-11-23T12:00:00.000Z');
/** So many milliseconds after the writes of these tests. */
const after = (ms: number): Date => new Date(WRITTEN_AT_MS + ms);

let stores: HostStores;

beforeAll(async () => {
  stores = await startHostStores();
});
afterAll(() => stores?.dispose());
beforeEach(() => stores.clear());
afterEach(() => void vi.restoreAllMocks());

async function write(version: number, shopId = 'aurora'): Promise<HostMapping> {
  const before = version === 1 ? null : mappingAt({ host: HOST }, version - 1);
  const mapping = mappingAt({ host: HOST, shopId }, version);
  expect(await storeMapping(stores.database, mapping, before, AUTHOR)).toBe(true);
  return mapping;
}

async function remove(version: number): Promise<void> {
  const before = mappingAt({ host: HOST }, version - 1);
  const change = { version, at: after(0).toISOString() };
  expect(await storeDeletion(stores.database, before, change, AUTHOR)).toBe(true);
}

function publish(cache: KVNamespace = stores.cache, database: D1Database = stores.database) {
  return publishMappings([HOST], { database, cache, now: after(0) });
}

function sweep(now: Date, cache: KVNamespace = stores.cache) {
  // What the run says of itself is not what these tests look at.
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  return sweepHostCache(
    { HOSTS_DB: stores.database, HOST_CACHE: cache, METRICS: undefined as never },
    now,
  );
}

/** KV whose `put` does something else first. */
function cacheWhere(beforePut: () => Promise<void>): KVNamespace {
  return {
    put: async (key: string, value: string, options: object) => {
      await beforePut();
      return stores.cache.put(key, value, options);
    },
  } as KVNamespace;
}

const BROKEN = cacheWhere(() => Promise.reject(new Error('KV PUT failed: 500')));

describe('publishing', () => {
  test('puts the mapping that the database has', async () => {
    const mapping = await write(1);
    expect(await publish()).toEqual({ published: [HOST], failed: [] });
    expect(await stores.cached(HOST)).toEqual(mapping);
  });

  test('puts a tombstone for a host that was deleted, for a day', async () => {
    await write(1);
    await publish();
    await remove(2);
    expect(await publish()).toEqual({ published: [HOST], failed: [] });
    expect(await stores.cached(HOST)).toEqual({ deleted: true, host: HOST, version: 2 });
    const [key] = (await stores.cache.list()).keys;
    const lifetimeSeconds = (key?.expiration ?? 0) - Date.now() / 1000;
    expect(Math.round(lifetimeSeconds / 3600)).toBe(24);
  });

  test('leaves a host alone that was never written', async () => {
    expect(await publish()).toEqual({ published: [], failed: [] });
    expect(await stores.cached(HOST)).toBeNull();
  });

  test('of an older version that was held up ends with the newest', async () => {
    await write(1);
    let newest: HostMapping | undefined;
    const heldUp = cacheWhere(async () => {
      if (newest !== undefined) return;
      newest = await write(2, 'borealis');
      expect(await publish()).toEqual({ published: [HOST], failed: [] });
    });
    expect(await publish(heldUp)).toEqual({ published: [HOST], failed: [] });
    expect(await stores.cached(HOST)).toEqual(newest);
  });

  test('of a mapping that was held up does not bring a deleted host back', async () => {
    await write(1);
    let deleted = false;
    const heldUp = cacheWhere(async () => {
      if (deleted) return;
      deleted = true;
      await remove(2);
      await publish();
    });
    await publish(heldUp);
    expect(await stores.cached(HOST)).toEqual({ deleted: true, host: HOST, version: 2 });
  });

  test('by many at once, while it is written, ends with the newest', async () => {
    await write(1);
    const waits = Array.from({ length: 40 }, (_, index) => (index * 7) % 11);
    const slow = () => cacheWhere(() => new Promise((go) => setTimeout(go, waits.pop() ?? 0)));
    const publications = [publish(slow()), publish(slow())];
    for (let version = 2; version <= 8; version += 1) {
      await write(version);
      publications.push(publish(slow()), publish(slow()));
    }
    await Promise.all(publications);
    expect(await stores.cached(HOST)).toEqual(mappingAt({ host: HOST }, 8));
  });

  test('is given up where the host is written again each time, and says so', async () => {
    await write(1);
    let version = 1;
    const racing = cacheWhere(async () => {
      version += 1;
      await write(version);
    });
    const { published, failed } = await publish(racing);
    expect(published).toEqual([]);
    expect(failed).toMatchObject([{ host: HOST }]);
    expect(await sweep(after(1_000))).toMatchObject({ published: 1 });
    expect(await stores.cached(HOST)).toEqual(mappingAt({ host: HOST }, version));
  });

  test('of many hosts goes on where KV fails at one', async () => {
    const hosts = Array.from({ length: 20 }, (_, index) => `h${index}.localhost`);
    for (const host of hosts) {
      await storeMapping(stores.database, mappingAt({ host }, 1), null, AUTHOR);
    }
    let puts = 0;
    const flaky = cacheWhere(async () => {
      puts += 1;
      if (puts === 3) throw new Error('KV PUT failed: 429');
    });
    const { database } = stores;
    const { published, failed } = await publishMappings(hosts, {
      database,
      cache: flaky,
      now: after(0),
    });
    expect([published.length, failed.length]).toEqual([19, 1]);
  });
});

describe('the sweep', () => {
  test('publishes what KV did not take at the write', async () => {
    const mapping = await write(1);
    expect((await publish(BROKEN)).failed).toMatchObject([{ host: HOST }]);
    expect(await stores.cached(HOST)).toBeNull();
    expect(await sweep(after(1_000), BROKEN)).toEqual({ due: 1, published: 0, failed: 1 });
    expect(await sweep(after(61_000))).toEqual({ due: 1, published: 1, failed: 0 });
    expect(await stores.cached(HOST)).toEqual(mapping);
  });

  test('counts what KV refuses', async () => {
    await write(1);
    await sweep(after(1_000), BROKEN);
    const lines = vi.mocked(console.log).mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(lines).toContainEqual({ event: 'metric', name: 'mapping_publish_failed', host: HOST });
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'sweep_host_cache', due: 1, published: 0, failed: 1 }),
    );
  });

  test('publishes what the writer was killed before', async () => {
    await remove2AfterPublishing1();
    expect(await sweep(after(1_000))).toEqual({ due: 1, published: 1, failed: 0 });
    expect(await stores.cached(HOST)).toEqual({ deleted: true, host: HOST, version: 2 });
  });

  test('publishes what a reader found missing in KV', async () => {
    const mapping = await write(1);
    await publish();
    await stores.cache.delete(`host:${HOST}`);
    expect(await sweep(after(1_000))).toMatchObject({ due: 0 });
    await markForPublication(stores.database, HOST);
    expect(await sweep(after(2_000))).toMatchObject({ due: 1, published: 1 });
    expect(await stores.cached(HOST)).toEqual(mapping);
  });

  test('puts right what a publisher of an older version did before it was killed', async () => {
    await write(1);
    const killed = new Error('killed');
    const dyingDatabase = {
      prepare: (sql: string) => {
        if (sql.includes('update host_cache_state')) throw killed;
        return stores.database.prepare(sql);
      },
    } as D1Database;
    let newest: HostMapping | undefined;
    const heldUp = cacheWhere(async () => {
      newest = await write(2);
      await publish();
    });
    await expect(publish(heldUp, dyingDatabase)).rejects.toBe(killed);
    expect(await stores.cached(HOST)).toMatchObject({ version: 1 });
    expect(await sweep(after(SETTLED_AFTER_MS - 1))).toMatchObject({ due: 0 });
    expect(await sweep(after(SETTLED_AFTER_MS))).toMatchObject({ due: 1, published: 1 });
    expect(await stores.cached(HOST)).toEqual(newest);
  });

  test('publishes a mapping again twice a day, and a tombstone until it has settled', async () => {
    await write(1);
    await publish();
    expect(await sweep(after(SETTLED_AFTER_MS))).toMatchObject({ due: 1 });
    expect(await sweep(after(SETTLED_AFTER_MS + REFRESH_AFTER_MS - 1))).toMatchObject({ due: 0 });
    expect(await sweep(after(SETTLED_AFTER_MS + REFRESH_AFTER_MS))).toMatchObject({ due: 1 });
    await remove(2);
    expect(await sweep(after(SETTLED_AFTER_MS))).toMatchObject({ due: 1 });
    expect(await sweep(after(100 * REFRESH_AFTER_MS))).toMatchObject({ due: 0 });
  });

  test('takes 500 hosts at most in a run, those first that KV lacks', async () => {
    await stores.database
      .prepare(
        `with recursive number (n) as (select 1 union all select n + 1 from number where n < 700)
         insert into host_cache_state (host, version, cached_version, due_at)
         select 'h' || n || '.localhost', 1, iif(n <= 300, 0, 1), '2026-11-23T00:00:00.000Z'
           from number`,
      )
      .run();
    expect(await sweep(after(0))).toEqual({ due: 500, published: 500, failed: 0 });
    const unpublished = await stores.database
      .prepare('select count(*) as n from host_cache_state where cached_version <> version')
      .first<{ n: number }>();
    expect(unpublished?.n).toBe(0);
    expect(await sweep(after(0))).toMatchObject({ due: 200 });
    expect(await sweep(after(0))).toMatchObject({ due: 0 });
  });

  test('reads no host that it has not to publish', async () => {
    for (let n = 0; n < 20; n += 1) {
      const mapping = mappingAt({ host: `h${n}.localhost` }, 1);
      await storeMapping(stores.database, mapping, null, AUTHOR);
    }
    await sweep(after(0));
    const reads: number[] = [];
    const counting = {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => ({
          all: async () => {
            const result = await stores.database
              .prepare(sql)
              .bind(...values)
              .all();
            reads.push(result.meta.rows_read);
            return result;
          },
        }),
      }),
    } as never;
    await sweepHostCache(
      { HOSTS_DB: counting, HOST_CACHE: stores.cache, METRICS: undefined as never },
      after(1),
    );
    expect(reads).toHaveLength(1);
    expect(reads[0]).toBeLessThan(5);
  });
});

async function remove2AfterPublishing1(): Promise<void> {
  await write(1);
  await publish();
  await remove(2);
}

test('hosts from before there was a sweep are published by the first one', async () => {
  const released = await mkdtemp(join(tmpdir(), 'migrations-'));
  const all = fileURLToPath(new URL('../migrations', import.meta.url));
  await cp(join(all, '0001_host_mapping.sql'), join(released, '0001_host_mapping.sql'));
  const old = await startHostStores(released);
  try {
    await old.database
      .prepare(
        `insert into host_mapping (host, shop_id, canonical_host, kind, mode, default_locale,
                                   locales, version, updated_at, updated_by)
         values (?1, 'aurora', ?1, 'canonical', 'active', 'en', '["en"]', 4,
                 '2026-11-23T12:00:00.000Z', 'ida')`,
      )
      .bind(HOST)
      .run();
    await applyMigrations(old.database as never, all);
    vi.spyOn(console, 'log').mockReturnValue();
    await sweepHostCache(
      { HOSTS_DB: old.database, HOST_CACHE: old.cache, METRICS: undefined as never },
      after(0),
    );
    expect(await old.cached(HOST)).toEqual(mappingAt({ host: HOST }, 4));
  } finally {
    await old.dispose();
    await rm(released, { recursive: true, force: true });
  }
});
