/** D1 stops, and then KV too, while known hosts are asked for: no buyer sees it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { REVALIDATE_MS } from './mapping/host-directory.ts';
import type { Outage } from './testing/outage.worker.ts';
import { type Served, startShopLoad } from './testing/shop-load.ts';
import { type RunningFrontDoors, startFrontDoors } from './testing/start-front-doors.ts';

const SHOPS = { 'aurora.localhost': 'aurora', 'borealis.localhost': 'borealis' } as const;
/** Until nothing that an isolate knows may be served without asking. */
const OUTAGE_MS = REVALIDATE_MS + 15_000;

let doors: RunningFrontDoors;

beforeAll(async () => {
  doors = await startFrontDoors();
  for (const [host, shopId] of Object.entries(SHOPS)) await doors.map(host, shopId);
});
afterAll(() => doors?.dispose());
afterEach(async () => {
  await doors.stop({});
  await expectHealed();
});

/** Callers in both places, from before the outage until after it. */
async function loadThrough(outage: Outage): Promise<Served[]> {
  const hosts = Object.keys(SHOPS);
  const load = startShopLoad(
    doors,
    [0, 1].flatMap((place) => hosts.map((host) => ({ host, place, everyMs: 40 }))),
  );
  await sleep(1_000);
  await doors.stop(outage);
  await sleep(OUTAGE_MS);
  await doors.stop({});
  await sleep(1_000);
  await load.stop();
  return load.served;
}

function expectNoError(served: readonly Served[]): void {
  expect(served.length).toBeGreaterThan(50);
  const wrong = served.filter(
    ({ host, status, shops }) =>
      status !== 200 || shops.join() !== SHOPS[host as keyof typeof SHOPS],
  );
  expect(wrong).toEqual([]);
}

/** What an outage leaves behind is gone when nothing is served as stale for want of an answer. */
async function expectHealed(): Promise<void> {
  for (const place of [0, 1]) {
    for (const host of Object.keys(SHOPS)) {
      const source = async (): Promise<string> => {
        doors.logLines.length = 0;
        await doors.call(place, host, { path: '/.well-known/front-door' });
        await expect.poll(() => logged().length, { timeout: 10_000 }).toBeGreaterThan(0);
        return logged().find(({ event }) => event === 'request')?.mapping_source ?? 'none';
      };
      await expect.poll(source, { timeout: 60_000, interval: 500 }).toMatch(/^(memory|stale|kv)$/);
    }
  }
}

function logged(): { event: string; name?: string; mapping_source?: string; d1Reads?: number }[] {
  return doors.logLines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

describe.each(['down', 'silent'] as const)('a store that is %s', (how) => {
  test('D1 alone is not missed at known hosts, nor at hosts that only KV knows', async () => {
    doors.logLines.length = 0;
    const fresh = `kept-by-kv-${how}.localhost`;
    await doors.map(fresh, 'aurora');
    const load = loadThrough({ d1: how });
    await sleep(3_000);
    // The other place has never heard of this host, and D1 is stopped.
    const found = await doors.call(1, fresh, { path: '/en/' });
    expect(found.status).toBe(200);
    expectNoError(await load);
    expect(logged().filter(({ name }) => name === 'mapping_stale_if_error')).toEqual([]);
  }, 180_000);

  test('D1 and KV together are made up for by what is known, and a metric says so', async () => {
    doors.logLines.length = 0;
    expectNoError(await loadThrough({ d1: how, kv: how }));
    const lines = logged();
    const stale = lines.filter(({ mapping_source }) => mapping_source === 'stale_if_error');
    expect(stale.length).toBeGreaterThan(0);
    expect(lines.filter(({ name }) => name === 'mapping_stale_if_error')).toHaveLength(
      stale.length,
    );
  }, 180_000);
});

test('what is changed once the stores are back is seen again', async () => {
  const host = 'moved.localhost';
  await doors.map(host, 'aurora');
  expect((await doors.call(1, host, { path: '/en/' })).text).toContain('Aurora Goods');
  await doors.stop({ d1: 'down', kv: 'down' });
  expect((await doors.call(1, host, { path: '/en/' })).status).toBe(200);
  await doors.stop({});
  await doors.map(host, 'borealis');
  const page = () => doors.call(1, host, { path: '/en/' }).then(({ text }) => text);
  await expect.poll(page, { timeout: 2 * REVALIDATE_MS }).toContain('Borealis Outdoor');
}, 180_000);
