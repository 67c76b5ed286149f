import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDatabaseUnavailable } from './db.ts';
import { createPoolShares } from './pool-shares.ts';

const LONG_MS = 60_000;

describe('a shop', () => {
  test('never runs more than its share, runs all that it asks for, in its order, and delays no other shop', async () => {
    const shop = fc.constantFrom('aurora', 'borealis', 'cirrus');
    const asked = fc.array(fc.record({ shop, fails: fc.boolean() }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        asked,
        fc.scheduler(),
        async (perShop, work, scheduler) => {
          const shares = createPoolShares({ perShop, waitMs: LONG_MS });
          const running = new Map<string, number>();
          const started: { shop: string; index: number }[] = [];
          const all = work.map(({ shop, fails }, index) =>
            shares.use(shop, async () => {
              started.push({ shop, index });
              running.set(shop, (running.get(shop) ?? 0) + 1);
              expect(running.get(shop)).toBeLessThanOrEqual(perShop);
              await scheduler.schedule(Promise.resolve());
              running.set(shop, (running.get(shop) ?? 0) - 1);
              if (fails) throw new Error('its own');
              return index;
            }),
          );
          const settled = Promise.allSettled(all);
          await Promise.resolve();
          // Before any work has ended, each shop has begun as much as it may.
          for (const name of ['aurora', 'borealis', 'cirrus']) {
            const wanted = work.filter(({ shop }) => shop === name).length;
            expect(running.get(name) ?? 0).toBe(Math.min(perShop, wanted));
          }
          await scheduler.waitFor(settled);
          const outcomes = await settled;
          expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(
            work.map(({ fails }) => fails),
          );
          for (const name of running.keys()) {
            const order = started.filter(({ shop }) => shop === name).map(({ index }) => index);
            expect(order).toEqual([...order].sort((a, b) => a - b));
          }
        },
      ),
    );
  });

  test('that waits too long for its share is told so, and takes no place afterwards', async () => {
    const shares = createPoolShares({ perShop: 1, waitMs: 1 });
    const held = Promise.withResolvers<void>();
    const first = shares.use('aurora', () => held.promise);
    let ran = false;
    const late = shares.use('aurora', async () => {
      ran = true;
    });
    const error = await late.catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
    held.resolve();
    await first;
    expect(ran).toBe(false);
    expect(await shares.use('aurora', async () => 'free again')).toBe('free again');
  });
});
