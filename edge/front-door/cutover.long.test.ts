/**
 * A host is moved from one shop to another while it is asked for, in the place where the operator is and in another
 * one: no request is lost, none is served as a third shop, and none as the old one once the change has settled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CACHE_TTL_SECONDS } from './mapping/host-cache.ts';
import { FRESH_MS, MAPPING_SETTLES_MS, REVALIDATE_MS } from './mapping/host-directory.ts';
import { MappingTimeline } from './testing/mapping-timeline.ts';
import { type Caller, type Served, startShopLoad } from './testing/shop-load.ts';
import { type RunningFrontDoors, startFrontDoors } from './testing/start-front-doors.ts';

/** Locally KV keeps nothing at its edge: what is left of the documented time is what an isolate may serve. */
const SETTLES_MS = MAPPING_SETTLES_MS - CACHE_TTL_SECONDS * 1_000;
/** Long enough before the move for a host's mapping to be of any age, from fresh to one that has to be read. */
const BEFORE_MS = REVALIDATE_MS + 5_000;
/** Long enough after it for whoever asks most rarely to have asked again, twice. */
const AFTER_MS = SETTLES_MS + 2 * (FRESH_MS + 5_000);

/** Asked for all the time, now and then, and so rarely that each request finds a mapping that is no longer fresh. */
const HOSTS: readonly Omit<Caller, 'place'>[] = [
  { host: 'busy.localhost', everyMs: 20 },
  { host: 'quiet.localhost', everyMs: 3_000 },
  { host: 'rare.localhost', everyMs: FRESH_MS + 1_500 },
];
const BYSTANDER = { host: 'corvus.localhost', everyMs: 50 };

let doors: RunningFrontDoors;

beforeAll(async () => {
  doors = await startFrontDoors();
  await doors.map(BYSTANDER.host, 'corvus');
});
afterAll(() => doors?.dispose());

test('a move under load loses nothing, and is over when it is said to be', async () => {
  const timelines = new Map(HOSTS.map(({ host }) => [host, new MappingTimeline(SETTLES_MS)]));
  const moveAll = async (shopId: string): Promise<void> => {
    for (const [host, timeline] of timelines) {
      const beganAtMs = performance.now();
      const version = await doors.map(host, shopId);
      timeline.record({ shopId, version, beganAtMs, endedAtMs: performance.now() });
    }
  };
  await moveAll('aurora');
  const load = startShopLoad(
    doors,
    [0, 1].flatMap((place) => [...HOSTS, BYSTANDER].map((caller) => ({ ...caller, place }))),
  );
  await sleep(BEFORE_MS);
  const movedAtMs = performance.now();
  await moveAll('borealis');
  const settledAtMs = performance.now() + SETTLES_MS;
  await sleep(AFTER_MS);
  await load.stop();

  const { served } = load;
  expect(served.filter(({ status }) => status !== 200)).toEqual([]);
  const wrong = served.filter(({ host, shops, beganAtMs, endedAtMs }) => {
    const allowed = timelines.get(host)?.shopsBetween(beganAtMs, endedAtMs) ?? ['corvus'];
    return shops.length !== 1 || !allowed.includes(shops[0] ?? '');
  });
  expect(wrong).toEqual([]);

  // Both places and all hosts have been asked before and after, or nothing was shown.
  for (const place of [0, 1]) {
    for (const { host } of HOSTS) {
      const here = served.filter((one) => one.host === host && one.place === place);
      expect(shopsOf(here.filter((one) => one.endedAtMs < movedAtMs))).toEqual(['aurora']);
      const settled = here.filter((one) => one.beganAtMs > settledAtMs);
      expect(shopsOf(settled)).toEqual(['borealis']);
    }
  }
  // The other place is not told: it went on with the old shop for a while, which is what takes the time.
  const lagged = served.filter(
    ({ place, beganAtMs, shops }) => place === 1 && beganAtMs > movedAtMs && shops[0] === 'aurora',
  );
  expect(lagged.length).toBeGreaterThan(0);
}, 300_000);

function shopsOf(served: readonly Served[]): string[] {
  return [...new Set(served.flatMap(({ shops }) => shops))];
}
