/** Many buyers of few units, over HTTP: no unit is sold twice, none stays behind, and nobody waits for ever. */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE, TEE_KEY } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import type { Action } from './index.ts';

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
  // What is told of sessions that were cancelled would come in, and leave jobs, at any time.
  await service.standInControl('POST', '/webhooks/pause');
});
afterAll(() => service.stop());

const MUG = { sku: 'mug', quantity: 1 };
const stocked = (variantKey: string, onHand: number): Promise<unknown> =>
  service.rows(
    `update stock set on_hand = $2, held = 0 where shop_id = 'aurora' and variant_key = $1`,
    [variantKey, onHand],
  );

/** A buyer who comes back, as the contract asks, while the shop says that it is busy. */
async function insist(items: readonly object[]): Promise<Reply> {
  const key = newKey();
  for (;;) {
    const reply = await buyer.checkout({ key, body: { items } });
    if (reply.body.code !== 'inventory_busy') return reply;
    await new Promise((resolve) => setTimeout(resolve, reply.body.retryAfterMs));
  }
}

describe('stock that many want', () => {
  test('goes to exactly as many buyers as there are units; the rest are told what is left', async () => {
    await stocked('v1:mug', 10);
    const replies = await Promise.all(Array.from({ length: 40 }, () => insist([MUG])));
    const losers = replies.filter(({ status }) => status !== 201);
    expect(replies.length - losers.length).toBe(10);
    for (const { status, body } of losers) {
      expect([status, body.reason]).toEqual([409, 'inventory_insufficient']);
      expect(body.items).toEqual([
        { variantKey: 'v1:mug', sku: 'mug', requested: 1, available: 0 },
      ]);
    }
    expect(await buyer.stock('v1:mug')).toEqual({ onHand: 10, held: 10 });
    const holders = new Set(
      replies.filter(({ status }) => status === 201).map(({ body }) => body.holdId),
    );
    expect(holders.size).toBe(10);
  });

  test('of two variants, asked for in either order, is shared without anybody waiting for each other', async () => {
    await stocked('v1:mug', 12);
    await stocked('v1:bag', 12);
    const BAG = { sku: 'bag', quantity: 1 };
    const replies = await Promise.all(
      Array.from({ length: 24 }, (_, index) => insist(index % 2 === 0 ? [MUG, BAG] : [BAG, MUG])),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(12).fill(201), ...Array(12).fill(409)]);
    for (const key of ['v1:mug', 'v1:bag'])
      expect(await buyer.stock(key)).toEqual({ onHand: 12, held: 12 });
  });

  test('and is given up while others ask for it, is sold to them, and never to two', async () => {
    await stocked('v1:mug', 5);
    const first = await Promise.all(Array.from({ length: 5 }, () => insist([MUG])));
    const [released, replies] = await Promise.all([
      Promise.all(first.map((created) => buyer.cancel(created))),
      Promise.all(Array.from({ length: 15 }, () => insist([MUG]))),
    ]);
    for (const { body } of released) expect(body.status).toBe('cancelled');
    const won = replies.filter(({ status }) => status === 201).length;
    expect(won).toBeLessThanOrEqual(5);
    expect(await buyer.stock('v1:mug')).toEqual({ onHand: 5, held: won });
  });
});

describe('stock that somebody holds on to for too long', () => {
  test('is busy: the answer comes within seconds, says when to come back, and leaves nothing', async () => {
    const before = await buyer.footprint();
    const blocker = new pg.Client({ connectionString: service.database.adminUrl });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('select 1 from stock where variant_key = $1 for update', [TEE_KEY]);
    const key = newKey();
    const startedAt = performance.now();
    const { status, body, headers } = await buyer.checkout({ key, body: { items: [TEE, TEE] } });
    const elapsedMs = performance.now() - startedAt;
    expect([status, body.code, body.shopId]).toEqual([409, 'inventory_busy', 'aurora']);
    expect(body.items).toEqual([{ variantKey: TEE_KEY, sku: 'tee', requested: 4 }]);
    expect(body.retryAfterMs).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBe(Math.ceil(body.retryAfterMs / 1_000));
    expect(elapsedMs).toBeLessThan(5_000);
    expect(await buyer.footprint()).toEqual(before);
    await blocker.query('rollback');
    await blocker.end();
    expect((await buyer.checkout({ key, body: { items: [TEE, TEE] } })).status).toBe(201);
  });
});

const REQUESTS = 240;
const holdId = fc.nat(REQUESTS / 3).map((index) => `hold_${index}`);
const anyLine = fc
  .record({ sku: fc.constantFrom('mug', 'bag'), quantity: fc.integer({ min: 1, max: 4 }) })
  .map((line) => ({ ...line, variantKey: `v1:${line.sku}` }));
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      holdId: fc.constant(''),
      orderId: fc.constant(null),
      lines: fc.array(anyLine, { minLength: 1, maxLength: 3 }),
      expiry: fc.constantFrom('clock' as const, 'stripe' as const),
      expiresAt: fc.integer({ min: -50, max: 300 }).map((ms) => new Date(Date.now() + ms)),
    }),
  },
  fc.record({
    kind: fc.constant('commit' as const),
    holdId,
    paymentFact: fc.constant('pi_1'),
  }),
  fc.record({
    kind: fc.constantFrom('release' as const, 'expire' as const, 'give_back' as const),
    holdId,
  }),
);

describe('any requests to the allocator, eight at a time', () => {
  test('leave every unit in exactly one place: free, held by an active hold, or sold', async () => {
    await service.rows('delete from hold_line');
    await service.rows('delete from hold');
    await stocked('v1:mug', 15);
    await stocked('v1:bag', 15);
    const seed = Date.now() % 1_000_000;
    let made = 0;
    // Ids of holds are the platform's own, and no two requests make the same one.
    const actions = fc
      .sample(anyAction, { seed, numRuns: REQUESTS })
      .map((action) =>
        action.kind === 'create' ? { ...action, holdId: `hold_${made++}` } : action,
      )
      .reverse();
    const { allocator } = service.deps;
    const work = async (): Promise<void> => {
      for (let action = actions.pop(); action !== undefined; action = actions.pop())
        await allocator.submit('aurora', { action });
    };
    await Promise.all(Array.from({ length: 8 }, work));
    const places = await service.rows(
      `select s.variant_key, s.held::int, s.on_hand::int + coalesce(sum(l.quantity) filter (where h.state = 'committed' and h.returned_at is null), 0)::int as stocked,
              coalesce(sum(l.quantity) filter (where h.state = 'active'), 0)::int as promised
         from stock s left join hold_line l using (shop_id, variant_key) left join hold h using (shop_id, hold_id)
        where s.shop_id = 'aurora' and s.variant_key in ('v1:mug', 'v1:bag') group by s.shop_id, s.variant_key`,
    );
    expect(places, `seed ${seed}`).toHaveLength(2);
    for (const { held, promised, stocked } of places)
      expect({ held, stocked }, `seed ${seed}`).toEqual({ held: promised, stocked: 15 });
  });
});
