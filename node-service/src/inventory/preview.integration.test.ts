/** The preview of stock and the validation: one look at the database, and what it counts. */
import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../platform/db.ts';
import { type Buyer, createBuyer, TEE_KEY } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { readStock } from './index.ts';

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
});
afterAll(() => service.stop());

function preview(keys: readonly string[], shop = 'aurora'): Promise<Reply> {
  const query = keys.map((key) => `variantKey=${encodeURIComponent(key)}`).join('&');
  return service.call('GET', `/inventory/availability?${query}`, { shop });
}

/** The same database, whose statements within a shop are noted. */
function watched(db: Database, statements: string[]): Database['inShop'] {
  return (shopId, work, limits) =>
    db.inShop(
      shopId,
      (tx) =>
        work({
          ...tx,
          sql: (text, params) => {
            statements.push(text);
            return tx.sql(text, params);
          },
        }),
      limits,
    );
}

const MANY = Array.from({ length: 100 }, (_, index) => variantKeyV1(`none-${index}`));

test('a hundred variants are looked up by one statement', async () => {
  const statements: string[] = [];
  const keys = [TEE_KEY, 'v1:mug', ...MANY.slice(2)];
  const stock = await watched(service.deps.db, statements)('aurora', (tx) =>
    readStock(tx, keys, service.deps.clock.now()),
  );
  expect([...stock.keys()].sort()).toEqual(['v1:mug', TEE_KEY].sort());
  expect(statements).toHaveLength(1);
});

test('a hundred keys are answered, in the order in which they were asked for, and not one more', async () => {
  const { status, body } = await preview([...MANY].reverse());
  expect(status).toBe(200);
  expect(body.items.map(({ variantKey }: { variantKey: string }) => variantKey)).toEqual(
    [...MANY].reverse(),
  );
  expect((await preview([...MANY, 'v1:mug'])).status).toBe(400);
});

describe('an answer', () => {
  test('has the same ETag until stock changes, and says for how long it may be shown', async () => {
    const first = await preview(['v1:mug', TEE_KEY]);
    const again = await preview(['v1:mug', TEE_KEY]);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(first.headers.get('cache-control')).toBe(
      'public, max-age=2, stale-while-revalidate=10, stale-if-error=60',
    );
    await buyer.checkout({ body: { items: [{ sku: 'mug', quantity: 1 }] } });
    const changed = await preview(['v1:mug', TEE_KEY]);
    expect(changed.headers.get('etag')).not.toBe(first.headers.get('etag'));
  });

  test('counts what a hold kept for too long as free, as the next buyer will find it', async () => {
    const free = async () => (await preview(['v1:bag'])).body.items[0].available;
    const before = await free();
    const held = await service.call('POST', '/holds', {
      body: { items: [{ sku: 'bag', quantity: 4 }], ttlSeconds: 60 },
      key: newKey(),
    });
    expect(held.status).toBe(201);
    expect(await free()).toBe(before - 4);
    await service.rows(
      `update hold set expires_at = now() - interval '1 second' where hold_id = $1`,
      [held.body.holdId],
    );
    expect(await free()).toBe(before);
  });

  test('is of its own shop alone', async () => {
    const here = await preview(['v1:mug'], 'aurora');
    const there = await preview(['v1:mug'], 'borealis');
    expect([here.body.items[0].status, there.body.items[0].status]).not.toEqual([
      'unknown',
      'unknown',
    ]);
    const { available } = here.body.items[0];
    await service.rows(
      `update stock set on_hand = on_hand + 7 where shop_id = 'borealis' and variant_key = 'v1:mug'`,
    );
    expect((await preview(['v1:mug'], 'aurora')).body.items[0].available).toBe(available);
  });
});
