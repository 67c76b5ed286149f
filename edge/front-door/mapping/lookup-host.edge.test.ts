/** The lookup with the real KV and D1, in one isolate of workerd, at times that the test chooses. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mappingOf } from '../testing/manual-stores.ts';
import { startLookup, type TestLookup } from '../testing/start-lookup.ts';
import { D1_BUDGET, FRESH_MS, REVALIDATE_MS, STALE_IF_ERROR_MS } from './host-directory.ts';

let lookups: TestLookup;
/** One isolate for all tests: each has hosts of its own, and begins a day after the one before. */
let nowMs = Date.parse('2026-11-01T09:00:00Z');
let host: string;

beforeAll(async () => {
  lookups = await startLookup();
});
afterAll(() => lookups?.dispose());
beforeEach(() => {
  nowMs += 24 * 3_600_000;
  host = newHost();
});

function newHost(): string {
  return `${randomUUID()}.example`;
}

function times<Value>(count: number, make: (index: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/** Asks until the answer is from there: a background read ends when it ends. */
async function lookedUpFrom(source: string, atMs: number) {
  return await expect
    .poll(async () => (await lookups.lookup(host, atMs)).source, { timeout: 30_000 })
    .toBe(source);
}

describe('steady state', () => {
  test('D1 is not read at all, whoever comes and however often', async () => {
    await lookups.map(mappingOf(host, 1));
    const first = await lookups.lookup(host, nowMs);
    expect(first).toMatchObject({ source: 'kv', d1Reads: 0, wasInMemory: false, metrics: [] });
    expect(first.mapping).toEqual(mappingOf(host, 1));
    for (let second = 1; second < 100; second += 3) {
      const later = await lookups.lookup(host, nowMs + second * 1_000);
      expect(later).toMatchObject({ mapping: { version: 1 }, d1Reads: 0, wasInMemory: true });
      expect(later.metrics).toEqual([]);
    }
  });

  test('a change is served after at most the time to revalidate', async () => {
    await lookups.map(mappingOf(host, 1));
    await lookups.lookup(host, nowMs);
    await lookups.map(mappingOf(host, 2));
    const stale = await lookups.lookup(host, nowMs + FRESH_MS);
    expect(stale).toMatchObject({ mapping: { version: 1 }, source: 'stale' });
    await lookedUpFrom('memory', nowMs + FRESH_MS);
    const memory = await lookups.lookup(host, nowMs + FRESH_MS);
    expect(memory.mapping?.version).toBe(2);
    await lookups.map(mappingOf(host, 3));
    const read = await lookups.lookup(host, nowMs + FRESH_MS + REVALIDATE_MS);
    expect(read).toMatchObject({ mapping: { version: 3 }, source: 'kv' });
  });
});

describe('a scan of random hosts', () => {
  test('reads D1 within the budget, and pushes out no shop', async () => {
    await lookups.map(mappingOf(host, 1));
    await lookups.lookup(host, nowMs);
    const scanned = await times(150, () => lookups.lookup(newHost(), nowMs));
    const reads = scanned.reduce((sum, { d1Reads = 0 }) => sum + d1Reads, 0);
    expect(reads).toBe(D1_BUDGET.burst);
    expect(scanned.filter(({ mapping }) => mapping !== null)).toEqual([]);
    expect(scanned.filter(({ source }) => source === 'over_budget')).toHaveLength(150 - reads);
    expect(await lookups.lookup(host, nowMs + 1)).toMatchObject({ source: 'memory' });
    // A shop that nobody had asked for is found all the same.
    const shop = newHost();
    await lookups.map(mappingOf(shop, 1));
    expect(await lookups.lookup(shop, nowMs)).toMatchObject({ source: 'kv', d1Reads: 0 });
  });

  test('a deleted host is told by its tombstone, without D1', async () => {
    await lookups.putCached(host, JSON.stringify({ deleted: true, host, version: 2 }));
    const told = await lookups.lookup(host, nowMs);
    expect(told).toMatchObject({ mapping: null, source: 'tombstone', d1Reads: 0 });
    expect(await lookups.lookup(host, nowMs)).toMatchObject({ source: 'unmapped', d1Reads: 0 });
  });
});

describe('KV that has lost a host', () => {
  test('is made up for by D1, which is told to publish the host again', async () => {
    await lookups.map(mappingOf(host, 7), false);
    const found = await lookups.lookup(host, nowMs);
    expect(found).toMatchObject({ mapping: mappingOf(host, 7), source: 'd1', d1Reads: 1 });
    await expect.poll(() => lookups.unpublished(), { timeout: 30_000 }).toEqual([host]);
  });

  test("has another host's mapping there: it is not served", async () => {
    await lookups.putCached(host, JSON.stringify(mappingOf('other.example', 1)));
    const denied = await lookups.lookup(host, nowMs);
    expect(denied).toMatchObject({ mapping: null, source: 'unmapped', d1Reads: 1 });
    expect(denied.metrics).toContain('mapping_lookup_failed');
  });
});

describe('when stores fail', () => {
  test('D1 gone: what KV has is served, and nobody notices', async () => {
    await lookups.map(mappingOf(host, 1));
    await lookups.breakDatabase();
    try {
      expect(await lookups.lookup(host, nowMs)).toMatchObject({ source: 'kv', metrics: [] });
      const later = await lookups.lookup(host, nowMs + REVALIDATE_MS);
      expect(later).toMatchObject({ source: 'kv', d1Reads: 0, metrics: [] });
    } finally {
      await lookups.mendDatabase();
    }
  });

  test.each(['the value in KV is broken', 'kv=down', 'kv=silent'])(
    'D1 gone, and %s: what is known is served for an hour, with the metric, then 503',
    async (fault) => {
      const options = fault.startsWith('kv=') ? fault : '';
      await lookups.map(mappingOf(host, 1));
      await lookups.lookup(host, nowMs);
      if (options === '') await lookups.putCached(host, '{"host":');
      await lookups.breakDatabase();
      try {
        const stale = await lookups.lookup(host, nowMs + REVALIDATE_MS, options);
        expect(stale).toMatchObject({ mapping: { version: 1 }, source: 'stale_if_error' });
        expect(stale.metrics).toEqual([
          'mapping_lookup_failed',
          'mapping_d1_read',
          'mapping_lookup_failed',
          'mapping_stale_if_error',
        ]);
        const tooOld = await lookups.lookup(host, nowMs + STALE_IF_ERROR_MS, options);
        expect(tooOld.error).toContain('MappingUnavailableError');
        expect((await lookups.lookup(newHost(), nowMs, options)).error).toBeDefined();
      } finally {
        await lookups.mendDatabase();
      }
      await lookups.map(mappingOf(host, 2));
      const mended = await lookups.lookup(host, nowMs + 2 * STALE_IF_ERROR_MS);
      expect(mended).toMatchObject({ mapping: { version: 2 }, source: 'kv' });
    },
  );

  test('KV gone: D1 is asked, and the host is not marked as lost', async () => {
    await lookups.map(mappingOf(host, 3));
    const found = await lookups.lookup(host, nowMs, 'kv=down');
    expect(found).toMatchObject({ mapping: { version: 3 }, source: 'd1', d1Reads: 1 });
    expect(await lookups.unpublished()).not.toContain(host);
  });
});

describe('requests at the same time', () => {
  test('a cold host is read once for all of them, and all are answered', async () => {
    await lookups.map(mappingOf(host, 1), false);
    const answers = await times(50, () => lookups.lookup(host, nowMs, 'kv=slow'));
    expect(answers.map(({ mapping }) => mapping?.host)).toEqual(answers.map(() => host));
    expect(answers.reduce((sum, { d1Reads = 0 }) => sum + d1Reads, 0)).toBe(1);
  });

  test('many cold hosts at once are each their own', async () => {
    const hosts = Array.from({ length: 15 }, newHost);
    await Promise.all(hosts.map((one) => lookups.map(mappingOf(one, 1))));
    const asked = Array.from({ length: 60 }, (_, index) => hosts[index % hosts.length] ?? '');
    const answers = await Promise.all(asked.map((one) => lookups.lookup(one, nowMs, 'kv=slow')));
    expect(answers.map(({ mapping }) => mapping?.host)).toEqual(asked);
  });

  test('a request that was cut off in the middle of its read hangs nobody', async () => {
    await lookups.map(mappingOf(host, 1));
    await lookups.lookup(host, nowMs, 'kv=slow&leave');
    const answers = await times(10, () => lookups.lookup(host, nowMs));
    expect(answers.map(({ source }) => source)).toEqual(answers.map(() => 'kv'));
  });
});
