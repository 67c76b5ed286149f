import { beforeEach, describe, expect, test } from 'vitest';
import { ManualStores, mappingOf, settled } from '../testing/manual-stores.ts';
import { READ_TIMEOUT_MS } from './ask-stores.ts';
import {
  ASK_AGAIN_MS,
  D1_BUDGET,
  D1_REFRESH_BUDGET,
  FLIGHT_PATIENCE_MS,
  FRESH_MS,
  HostDirectory,
  type Lookup,
  MAX_KNOWN_HOSTS,
  MAX_UNMAPPED_HOSTS,
  MappingUnavailableError,
  REVALIDATE_MS,
  STALE_IF_ERROR_MS,
} from './host-directory.ts';
import { UNMAPPED_FOR_MS } from './unmapped-hosts.ts';

const HOST = 'one.example';

let stores: ManualStores;
let directory: HostDirectory;

beforeEach(() => {
  stores = new ManualStores();
  stores.answerAtOnce();
  directory = new HostDirectory();
});

function lookup(host = HOST): Promise<Lookup> {
  return directory.lookup(host, stores.request().doors, stores.nowMs);
}

async function sourceOf(host = HOST): Promise<string> {
  return (await lookup(host)).source;
}

/** Maps a host in both stores, as the control plane does. */
function map(host: string, version: number): void {
  stores.d1.set(host, mappingOf(host, version));
  stores.kv.set(host, mappingOf(host, version));
}

function bury(host: string, version: number): void {
  stores.d1.delete(host);
  stores.kv.set(host, { deleted: true, host, version });
}

describe('a host that is mapped', () => {
  beforeEach(() => map(HOST, 1));

  test('comes from KV once, then from memory, and never from D1', async () => {
    expect(await lookup()).toEqual({ mapping: mappingOf(HOST, 1), source: 'kv', d1Reads: 0 });
    stores.onRead = () => expect.unreachable('nobody is to be asked');
    await stores.step(FRESH_MS - 1);
    expect(await lookup()).toEqual({ mapping: mappingOf(HOST, 1), source: 'memory', d1Reads: 0 });
  });

  test('is recalled without a promise for as long as it is fresh, and no longer', async () => {
    expect(directory.recall(HOST, stores.nowMs)).toBeNull();
    await lookup();
    const recalled = { mapping: mappingOf(HOST, 1), source: 'memory', d1Reads: 0 };
    expect(directory.recall(HOST, stores.nowMs + FRESH_MS - 1)).toEqual(recalled);
    expect(directory.recall(HOST, stores.nowMs + FRESH_MS)).toBeNull();
  });

  test('is served at once when it is no longer fresh, and refreshed by one read behind that', async () => {
    await lookup();
    map(HOST, 2);
    const reads: string[] = [];
    stores.onRead = ({ store }) => reads.push(store);
    await stores.step(FRESH_MS);
    for (let request = 0; request < 3; request += 1) {
      expect(await lookup()).toMatchObject({ mapping: { version: 1 }, source: 'stale' });
    }
    expect(reads).toEqual(['kv']);
    stores.pending[0]?.answer();
    await settled();
    expect(await lookup()).toMatchObject({ mapping: { version: 2 }, source: 'memory' });
  });

  test('is not served at all when it is older than that, but read', async () => {
    await lookup();
    map(HOST, 2);
    await stores.step(REVALIDATE_MS);
    expect(await lookup()).toMatchObject({ mapping: { version: 2 }, source: 'kv' });
  });

  test('comes from D1 where KV has lost it, and is marked for publication once', async () => {
    stores.kv.delete(HOST);
    expect(await lookup()).toEqual({ mapping: mappingOf(HOST, 1), source: 'd1', d1Reads: 1 });
    await stores.step(REVALIDATE_MS);
    expect(await sourceOf()).toBe('d1');
    await settled();
    expect(stores.marked).toEqual([HOST]);
  });

  test('is marked again where the mark could not be set, and where KV loses it a second time', async () => {
    stores.kv.delete(HOST);
    stores.marking = false;
    await lookup();
    await stores.step(REVALIDATE_MS);
    stores.marking = true;
    await lookup();
    expect(stores.marked).toEqual([HOST]);
    map(HOST, 1);
    await stores.step(REVALIDATE_MS);
    expect(await sourceOf()).toBe('kv');
    stores.kv.delete(HOST);
    await stores.step(REVALIDATE_MS);
    await lookup();
    expect(stores.marked).toEqual([HOST, HOST]);
  });

  test('is not marked where KV could not be asked', async () => {
    stores.failAtOnce('kv');
    expect(await sourceOf()).toBe('d1');
    expect(stores.marked).toEqual([]);
  });

  test('keeps its newer version where KV lags behind, also behind a tombstone', async () => {
    stores.d1.set(HOST, mappingOf(HOST, 5));
    stores.kv.delete(HOST);
    await lookup();
    for (const older of [mappingOf(HOST, 3), { deleted: true, host: HOST, version: 4 } as const]) {
      stores.kv.set(HOST, older);
      await stores.step(REVALIDATE_MS);
      expect(await lookup()).toMatchObject({ mapping: { version: 5 }, source: 'kv' });
    }
    bury(HOST, 6);
    await stores.step(REVALIDATE_MS);
    expect(await lookup()).toMatchObject({ mapping: null, source: 'tombstone' });
  });
});

describe('a host that is not mapped', () => {
  test('costs one read of D1, and then none for a while', async () => {
    expect(await lookup()).toEqual({ mapping: null, source: 'unmapped', d1Reads: 1 });
    await stores.step(UNMAPPED_FOR_MS - 1);
    expect(await lookup()).toEqual({ mapping: null, source: 'unmapped', d1Reads: 0 });
    map(HOST, 1);
    await stores.step(1);
    expect(await sourceOf()).toBe('kv');
  });

  test('is told by a tombstone without D1', async () => {
    bury(HOST, 2);
    expect(await lookup()).toEqual({ mapping: null, source: 'tombstone', d1Reads: 0 });
    expect(await lookup()).toEqual({ mapping: null, source: 'unmapped', d1Reads: 0 });
  });

  test('is forgotten as what it was: it does not come back when the stores fail', async () => {
    map(HOST, 1);
    await lookup();
    bury(HOST, 2);
    await stores.step(REVALIDATE_MS);
    expect(await sourceOf()).toBe('tombstone');
    expect(await sourceOf()).toBe('unmapped');
    expect(directory.sizes.known).toBe(0);
    stores.failAtOnce('kv', 'd1');
    await stores.step(UNMAPPED_FOR_MS);
    await expect(lookup()).rejects.toThrow(MappingUnavailableError);
  });

  test('asks D1 within a budget, and is not remembered beyond it', async () => {
    const sources: string[] = [];
    for (let index = 0; index < 1_000; index += 1) sources.push(await sourceOf(`${index}.example`));
    expect(sources.filter((source) => source === 'unmapped')).toHaveLength(D1_BUDGET.burst);
    expect(sources.at(-1)).toBe('over_budget');
    expect(stores.counted('mapping_d1_read')).toBe(D1_BUDGET.burst);
    expect(directory.sizes.unmapped).toBe(D1_BUDGET.burst);

    map('999.example', 1);
    expect(await sourceOf('999.example')).toBe('kv');
    await stores.step(1_000);
    for (let index = 0; index < 100; index += 1) await lookup(`later-${index}.example`);
    expect(stores.counted('mapping_d1_read')).toBe(D1_BUDGET.burst + D1_BUDGET.refillPerSecond);
  });
});

describe('a scan of unknown hosts', () => {
  test('pushes out no host that is known, and starves none of its refresh', async () => {
    const shops = Array.from({ length: 50 }, (_, index) => `shop-${index}.example`);
    for (const shop of shops) {
      stores.kv.set(shop, mappingOf(shop, 1));
      await lookup(shop);
    }
    for (let index = 0; index < 20_000; index += 1) await lookup(`scan-${index}.example`);
    for (const shop of shops) expect(await sourceOf(shop)).toBe('memory');

    // Now KV loses them all, and the scan has spent its budget.
    for (const shop of shops) stores.d1.set(shop, mappingOf(shop, 2));
    stores.kv.clear();
    await stores.step(REVALIDATE_MS);
    for (let index = 0; index < 1_000; index += 1) await lookup(`more-${index}.example`);
    expect(await sourceOf('last.example')).toBe('over_budget');
    for (const shop of shops) {
      expect(await lookup(shop)).toMatchObject({ mapping: { version: 2 }, source: 'd1' });
    }
  });

  test('holds no more than is set, however many hosts there are', async () => {
    for (let index = 0; index < 100_000; index += 1) {
      const host = `${index}.example`;
      if (index % 4 === 0) stores.kv.set(host, mappingOf(host, 1));
      if (index % 4 === 1) stores.kv.set(host, { deleted: true, host, version: 2 });
      await lookup(host);
      stores.kv.delete(host);
      stores.metrics.length = 0;
    }
    expect(directory.sizes).toEqual({
      known: MAX_KNOWN_HOSTS,
      unmapped: MAX_UNMAPPED_HOSTS,
      flights: 0,
    });
  }, 120_000);
});

describe('when KV and D1 fail', () => {
  beforeEach(async () => {
    map(HOST, 1);
    await lookup();
  });

  test('what is known is served, up to an hour, with a metric', async () => {
    stores.failAtOnce('kv', 'd1');
    await stores.step(STALE_IF_ERROR_MS - 1);
    expect(await lookup()).toMatchObject({ mapping: { version: 1 }, source: 'stale_if_error' });
    expect(stores.metrics.at(-1)).toEqual({
      name: 'mapping_stale_if_error',
      labels: { shopId: 'shop-1', host: HOST },
    });
    await stores.step(1);
    await expect(lookup()).rejects.toThrow(MappingUnavailableError);
  });

  test('nobody waits for them any more after the first, and they are tried now and then', async () => {
    const reads: string[] = [];
    stores.onRead = (read) => reads.push(read.store);
    await stores.step(REVALIDATE_MS);
    const first = lookup();
    await stores.step(2 * READ_TIMEOUT_MS);
    expect(await first).toMatchObject({ source: 'stale_if_error', d1Reads: 1 });
    expect(reads).toEqual(['kv', 'd1']);

    expect(await sourceOf()).toBe('stale_if_error');
    expect(reads).toEqual(['kv', 'd1']);
    await stores.step(ASK_AGAIN_MS - 2 * READ_TIMEOUT_MS);
    expect(await sourceOf()).toBe('stale_if_error');
    expect(await sourceOf()).toBe('stale_if_error');
    expect(reads).toEqual(['kv', 'd1', 'kv']);
  });

  test('a failure long ago does not excuse an old answer', async () => {
    stores.failAtOnce('kv', 'd1');
    await stores.step(REVALIDATE_MS);
    expect(await sourceOf()).toBe('stale_if_error');
    stores.answerAtOnce();
    map(HOST, 2);
    await stores.step(REVALIDATE_MS);
    expect(await lookup()).toMatchObject({ mapping: { version: 2 }, source: 'kv' });
  });

  test('an unknown host is neither found nor denied', async () => {
    stores.failAtOnce('kv', 'd1');
    await expect(lookup('other.example')).rejects.toThrow(MappingUnavailableError);
    stores.failAtOnce('d1');
    await expect(lookup('other.example')).rejects.toThrow(MappingUnavailableError);
    stores.answerAtOnce();
    expect(await sourceOf('other.example')).toBe('unmapped');
  });

  test('KV alone failing is no miss: beyond the budget a host is not denied', async () => {
    stores.failAtOnce('kv');
    for (let index = 0; index < D1_BUDGET.burst; index += 1) await lookup(`${index}.example`);
    await expect(lookup('other.example')).rejects.toThrow(MappingUnavailableError);
  });

  test('KV that never answers is left for D1', async () => {
    stores.onRead = (read) => {
      if (read.store === 'd1') read.answer();
    };
    map('other.example', 1);
    const waiting = lookup('other.example');
    await stores.step(READ_TIMEOUT_MS);
    expect(await waiting).toMatchObject({ source: 'd1', d1Reads: 1 });
    expect(stores.metrics).toContainEqual({
      name: 'mapping_lookup_failed',
      labels: { store: 'kv' },
    });
  });

  test('refreshes beyond their budget serve what is known', async () => {
    const hosts = Array.from({ length: 200 }, (_, index) => `${index}.example`);
    for (const host of hosts) {
      map(host, 1);
      await lookup(host);
    }
    stores.kv.clear();
    await stores.step(REVALIDATE_MS);
    const sources = await Promise.all(hosts.map(sourceOf));
    expect(sources.filter((source) => source === 'd1')).toHaveLength(D1_REFRESH_BUDGET.burst);
    expect(sources.filter((source) => source === 'stale_if_error')).toHaveLength(100);
    expect(stores.counted('mapping_over_budget')).toBe(100);
  });
});

describe('one read for all', () => {
  beforeEach(() => {
    map(HOST, 1);
    stores.onRead = () => undefined;
  });

  test('a hundred requests at once are one read', async () => {
    const lookups = Array.from({ length: 100 }, () => lookup());
    expect(stores.pending).toHaveLength(1);
    stores.pending[0]?.answer();
    expect(new Set((await Promise.all(lookups)).map(({ source }) => source))).toEqual(
      new Set(['kv']),
    );
    expect(directory.sizes.flights).toBe(0);
  });

  test('D1 is counted with the request that read it', async () => {
    stores.kv.clear();
    const lookups = [lookup(), lookup()];
    stores.pending[0]?.answer();
    await settled();
    stores.pending[0]?.answer();
    expect((await Promise.all(lookups)).map(({ d1Reads }) => d1Reads)).toEqual([1, 0]);
  });

  test('a request that is gone takes nobody with it: the next one reads, and the others wait for that', async () => {
    const gone = stores.request();
    void directory.lookup(HOST, gone.doors, stores.nowMs);
    const waiting = [lookup(), lookup(), lookup()];
    gone.kill();
    await stores.step(FLIGHT_PATIENCE_MS);
    const [, second, ...more] = stores.pending;
    expect(more).toEqual([]);
    second?.answer();
    expect((await Promise.all(waiting)).map(({ source }) => source)).toEqual(['kv', 'kv', 'kv']);
  });

  test('whoever comes when that request is long gone does not wait for it', async () => {
    const gone = stores.request();
    void directory.lookup(HOST, gone.doors, stores.nowMs);
    gone.kill();
    await stores.step(FLIGHT_PATIENCE_MS);
    const late = lookup();
    stores.pending.at(-1)?.answer();
    expect((await late).source).toBe('kv');
  });

  test('reads whose requests are gone do not pile up', async () => {
    directory = new HostDirectory({ knownHosts: 10, unmappedHosts: 10, flights: 5 });
    for (let index = 0; index < 20; index += 1) {
      const gone = stores.request();
      void directory.lookup(`${index}.example`, gone.doors, stores.nowMs);
      gone.kill();
    }
    expect(directory.sizes.flights).toBe(5);
    await stores.step(FLIGHT_PATIENCE_MS);
    void lookup('last.example');
    expect(directory.sizes.flights).toBe(1);
  });
});

describe('the isolate that takes a write', () => {
  test('serves it at once, whatever KV still says', async () => {
    map(HOST, 1);
    await lookup();
    directory.learn(HOST, mappingOf(HOST, 2), stores.nowMs);
    expect(await lookup()).toMatchObject({ mapping: { version: 2 }, source: 'memory' });
    await stores.step(REVALIDATE_MS);
    expect(await lookup()).toMatchObject({ mapping: { version: 2 }, source: 'kv' });
    directory.learn(HOST, null, stores.nowMs);
    expect(await lookup()).toMatchObject({ mapping: null, source: 'unmapped' });
    directory.learn(HOST, mappingOf(HOST, 4), stores.nowMs);
    expect(await lookup()).toMatchObject({ mapping: { version: 4 }, source: 'memory' });
  });

  test('does not take back what is known: of two writes, the older may be told last', async () => {
    map(HOST, 3);
    await lookup();
    directory.learn(HOST, mappingOf(HOST, 2), stores.nowMs);
    expect(await lookup()).toMatchObject({ mapping: { version: 3 }, source: 'memory' });
  });

  test('forgets a read that began before it', async () => {
    map(HOST, 1);
    stores.onRead = () => undefined;
    const before = lookup();
    directory.learn(HOST, null, stores.nowMs);
    stores.pending[0]?.answer();
    await before;
    expect(await lookup()).toMatchObject({ mapping: null, source: 'unmapped' });
  });

  test('no longer takes a host for unmapped that it has mapped and then let go', async () => {
    directory = new HostDirectory({ knownHosts: 1, unmappedHosts: 10, flights: 10 });
    expect(await sourceOf()).toBe('unmapped');
    map(HOST, 1);
    directory.learn(HOST, mappingOf(HOST, 1), stores.nowMs);
    map('other.example', 1);
    await lookup('other.example');
    expect(await lookup()).toMatchObject({ mapping: { version: 1 }, source: 'kv' });
  });

  test('remembers says what needs no question of its own', async () => {
    map(HOST, 1);
    expect(directory.remembers(HOST, stores.nowMs)).toBe(false);
    await lookup();
    await lookup('other.example');
    expect(directory.remembers('other.example', stores.nowMs)).toBe(true);
    await stores.step(UNMAPPED_FOR_MS);
    expect(directory.remembers('other.example', stores.nowMs)).toBe(false);
    expect(directory.remembers(HOST, stores.nowMs)).toBe(true);
  });
});
