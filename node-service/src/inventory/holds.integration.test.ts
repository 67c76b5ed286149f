/** The four hold operations over HTTP: what they refuse, what they answer twice, and whose holds they know. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE_KEY } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { sweepHolds } from './sweep-holds.ts';

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService();
  buyer = createBuyer(service);
});
afterAll(() => service.stop());
beforeEach(() => stocked('v1:mug', 20));

const MUG = { sku: 'mug', quantity: 2 };
const stocked = async (variantKey: string, free: number): Promise<void> => {
  await service.rows(
    `update stock set on_hand = held + $2 where shop_id = 'aurora' and variant_key = $1`,
    [variantKey, free],
  );
};

type Options = { body?: object; key?: string; shop?: string };
const create = ({ body = {}, ...options }: Options = {}): Promise<Reply> =>
  service.call('POST', '/holds', {
    body: { items: [MUG], ttlSeconds: 600, ...body },
    key: newKey(),
    ...options,
  });
const on = (name: string, holdId: string, body: object, options: Options = {}): Promise<Reply> =>
  service.call('POST', `/holds/${holdId}/${name}`, { body, key: newKey(), ...options });
const code = ({ status, body }: Reply): unknown => [status, body.code];
const free = async (variantKey = 'v1:mug'): Promise<number> => {
  const { onHand, held } = await buyer.stock(variantKey);
  return onHand - held;
};
/** As though its time had run out a second ago. */
const runOut = (holdId: string): Promise<unknown> =>
  service.rows(`update hold set expires_at = now() - interval '1 second' where hold_id = $1`, [
    holdId,
  ]);

/** An order of aurora's that is paid, and by what. */
async function pay(): Promise<{ created: Reply; reference: string }> {
  const created = await buyer.checkout();
  await service.pay(created.body.checkoutSessionId, 'succeeded');
  await buyer.untilStatus(created, 'confirmed');
  const [fact] = await service.rows<{ reference: string }>(
    `select reference from order_fact where order_id = $1 and kind = 'payment_succeeded'`,
    [created.body.orderId],
  );
  return { created, reference: fact?.reference ?? '' };
}

describe('a hold', () => {
  test('keeps all of its lines, two lines of one variant added up', async () => {
    const teesBefore = await free(TEE_KEY);
    const tee = { sku: 'TEE', quantity: 1, variantAttributes: { size: 'm', Colour: 'Red' } };
    const { status, body } = await create({ body: { items: [MUG, tee, MUG] } });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      holdId: expect.stringMatching(/^hold_/),
      state: 'active',
      lines: [
        { variantKey: 'v1:mug', sku: 'mug', quantity: 4 },
        { variantKey: TEE_KEY, sku: 'tee', quantity: 1 },
      ],
    });
    expect([await free(), await free(TEE_KEY)]).toEqual([16, teesBefore - 1]);
  });

  test('of what is not there, or nobody knows, keeps nothing, and lists every line that fails', async () => {
    await stocked('v1:mug', 3);
    const before = await buyer.footprint();
    const nothing = { sku: 'yacht', quantity: 1 };
    const short = await create({ body: { items: [MUG, MUG] } });
    expect(code(short)).toEqual([409, 'inventory_insufficient']);
    expect(short.body).toMatchObject({
      reason: 'inventory_insufficient',
      shopId: 'aurora',
      items: [{ variantKey: 'v1:mug', sku: 'mug', requested: 4, available: 3 }],
    });
    const unknown = await create({ body: { items: [MUG, MUG, nothing] } });
    expect(code(unknown)).toEqual([409, 'inventory_unknown_variant']);
    expect(unknown.body.items).toHaveLength(2);
    expect(await buyer.footprint()).toEqual(before);
  });

  test("is no larger than the shop's rule, however its lines are cut; a repeated request is answered as before", async () => {
    await stocked('v1:mug', 100_000);
    const half = { sku: 'mug', quantity: 26 };
    const refused = await create({ body: { items: [half, half] } });
    expect(code(refused)).toEqual([422, 'quantity_over_limit']);
    expect(await free()).toBe(100_000);
    const [key, body] = [newKey(), { items: [half] }];
    const held = await create({ key, body });
    await service.rows(`update shop set max_units_per_line = 10 where shop_id = 'aurora'`);
    // The registry's answers may be a second old.
    await expect
      .poll(async () => code(await create({ body })), { timeout: 30_000 })
      .toEqual([422, 'quantity_over_limit']);
    const again = await create({ key, body });
    expect([again.status, again.body]).toEqual([201, held.body]);
    await service.rows(`update shop set max_units_per_line = 50 where shop_id = 'aurora'`);
    await expect.poll(async () => (await create({ body })).status, { timeout: 30_000 }).toBe(201);
  });

  test('is extended, never shortened', async () => {
    const { body: hold } = await create();
    const longer = await on('extend', hold.holdId, { ttlSeconds: 1_200 });
    expect(longer.status).toBe(200);
    expect(Date.parse(longer.body.expiresAt)).toBeGreaterThan(Date.parse(hold.expiresAt));
    const shorter = await on('extend', hold.holdId, { ttlSeconds: 30 });
    expect([shorter.status, shorter.body]).toEqual([200, longer.body]);
  });

  test('whose time ran out cannot be extended or committed, and its stock is free', async () => {
    const { reference } = await pay();
    const { body: hold } = await create();
    await runOut(hold.holdId);
    const extended = await on('extend', hold.holdId, { ttlSeconds: 600 });
    expect(code(extended)).toEqual([409, 'hold_expired']);
    expect(extended.body.items).toEqual([
      { variantKey: 'v1:mug', sku: 'mug', requested: 2, available: 20 },
    ]);
    expect(code(await on('commit', hold.holdId, { paymentReference: reference }))).toEqual([
      409,
      'hold_expired',
    ]);
    expect(await free()).toBe(20);
  });

  test('is released once, however often; what has ended stays as it ended', async () => {
    const { body: hold } = await create();
    const first = await on('release', hold.holdId, { reason: 'cancelled' });
    expect([first.status, first.body.state]).toEqual([200, 'released']);
    const second = await on('release', hold.holdId, {});
    expect([second.status, second.body.state]).toEqual([200, 'released']);
    expect(await free()).toBe(20);
    expect(code(await on('extend', hold.holdId, { ttlSeconds: 600 }))).toEqual([
      409,
      'hold_expired',
    ]);
    const { body: late } = await create();
    await runOut(late.holdId);
    const expired = await on('release', late.holdId, {});
    expect([expired.status, expired.body.state]).toEqual([200, 'expired']);
  });

  test('that is not there, or is another shop’s, is not found', async () => {
    const { body: hold } = await create();
    const unknown = 'hold_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
    const { reference } = await pay();
    const operations: [string, object][] = [
      ['extend', { ttlSeconds: 600 }],
      ['commit', { paymentReference: reference }],
      ['release', {}],
    ];
    for (const [name, body] of operations) {
      expect(code(await on(name, unknown, body))).toEqual([404, 'hold_not_found']);
      const theirs = await on(name, hold.holdId, body, { shop: 'borealis' });
      expect(code(theirs)).toEqual([404, 'hold_not_found']);
    }
    expect(await free()).toBe(18);
  });
});

describe('the same key', () => {
  test('has the first answer again, whatever has become of the hold', async () => {
    const { reference } = await pay();
    const [createKey, extendKey, commitKey] = [newKey(), newKey(), newKey()];
    const created = await create({ key: createKey });
    const { holdId } = created.body;
    const extend = (): Promise<Reply> =>
      on('extend', holdId, { ttlSeconds: 1_200 }, { key: extendKey });
    const commit = (): Promise<Reply> =>
      on('commit', holdId, { paymentReference: reference }, { key: commitKey });
    const firsts = [created, await extend(), await commit()];
    expect(firsts.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([
      null,
      null,
      null,
    ]);
    const agains = [await create({ key: createKey }), await extend(), await commit()];
    for (const [index, again] of agains.entries()) {
      expect([again.status, again.body]).toEqual([firsts[index]?.status, firsts[index]?.body]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await free()).toBe(18);
  });

  test('sent many times at once makes one hold', async () => {
    const key = newKey();
    const replies = await Promise.all(Array.from({ length: 12 }, () => create({ key })));
    expect(new Set(replies.map(({ body }) => body.holdId)).size).toBe(1);
    expect(
      replies.filter(({ headers }) => headers.get('idempotency-replayed') === null),
    ).toHaveLength(1);
    expect(await free()).toBe(18);
  });

  test('with another request is refused; in another shop it is another key', async () => {
    const key = newKey();
    const { body: hold } = await create({ key });
    const other = await create({ key, body: { ttlSeconds: 601 } });
    expect(code(other)).toEqual([422, 'idempotency_key_reused']);
    const theirs = await create({ key, shop: 'borealis' });
    expect([theirs.status, theirs.body.holdId === hold.holdId]).toEqual([201, false]);
  });

  test('is free again after a refusal', async () => {
    await stocked('v1:mug', 1);
    const key = newKey();
    expect(code(await create({ key }))).toEqual([409, 'inventory_insufficient']);
    await stocked('v1:mug', 2);
    expect((await create({ key })).status).toBe(201);
  });
});

describe('a commit', () => {
  test('needs a payment that this shop knows: not a made-up one, nor another shop’s', async () => {
    const { reference } = await pay();
    const { body: hold } = await create();
    const theirs = await create({ shop: 'borealis' });
    const commit = (holdId: string, paymentReference: string, shop = 'aurora') =>
      on('commit', holdId, { paymentReference }, { shop });
    expect(code(await commit(hold.holdId, 'pi_made_up'))).toEqual([404, 'not_found']);
    expect(code(await commit(theirs.body.holdId, reference, 'borealis'))).toEqual([
      404,
      'not_found',
    ]);
    const committed = await commit(hold.holdId, reference);
    expect([committed.status, committed.body.state]).toEqual([200, 'committed']);
  });

  test('happens once, by whatever payment; and what is sold is not released', async () => {
    const [first, second] = [await pay(), await pay()];
    const before = await buyer.stock('v1:mug');
    const { body: hold } = await create();
    for (const { reference } of [first, first, second]) {
      const { status, body } = await on('commit', hold.holdId, { paymentReference: reference });
      expect([status, body.state]).toEqual([200, 'committed']);
    }
    expect(await buyer.stock('v1:mug')).toEqual({ onHand: before.onHand - 2, held: before.held });
    expect(code(await on('release', hold.holdId, {}))).toEqual([409, 'hold_expired']);
    // The second payment was not needed: it may still pay for another hold.
    const { body: other } = await create();
    const { status } = await on('commit', other.holdId, { paymentReference: second.reference });
    expect(status).toBe(200);
  });

  test('of two holds by one payment is a commit of one, at whatever moment they come', async () => {
    const { reference } = await pay();
    const holds = await Promise.all([create(), create(), create()]);
    const replies = await Promise.all(
      holds.map(({ body }) => on('commit', body.holdId, { paymentReference: reference })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    const loser = holds[replies.findIndex(({ status }) => status === 404)];
    const again = await on('commit', loser?.body.holdId, { paymentReference: reference });
    expect(code(again)).toEqual([404, 'not_found']);
  });

  test('of a payment that is still under way is refused', async () => {
    const created = await buyer.checkout();
    await service.rows(
      `insert into order_fact (shop_id, order_id, kind, reference, occurred_at)
       values ('aurora', $1, 'payment_processing', 'pi_under_way', now())`,
      [created.body.orderId],
    );
    const { body: hold } = await create();
    const reply = await on('commit', hold.holdId, { paymentReference: 'pi_under_way' });
    expect(code(reply)).toEqual([404, 'not_found']);
  });
});

describe('the hold of a checkout', () => {
  test('is not extended and not released: that is for Stripe to say', async () => {
    const { body: order } = await buyer.checkout();
    expect(code(await on('extend', order.holdId, { ttlSeconds: 600 }))).toEqual([
      409,
      'hold_has_session',
    ]);
    expect(code(await on('release', order.holdId, {}))).toEqual([409, 'hold_has_session']);
    const [hold] = await service.rows('select state from hold where hold_id = $1', [order.holdId]);
    expect(hold).toEqual({ state: 'active' });
  });

  test('is committed by the payment of its own order alone', async () => {
    const { created, reference } = await pay();
    const { body: open } = await buyer.checkout();
    const foreign = await on('commit', open.holdId, { paymentReference: reference });
    expect(code(foreign)).toEqual([409, 'hold_has_session']);
    const before = await buyer.stock();
    const own = await on('commit', created.body.holdId, { paymentReference: reference });
    expect([own.status, own.body.state]).toEqual([200, 'committed']);
    expect(await buyer.stock()).toEqual(before);
  });

  test('is not committed by a payment that has failed since', async () => {
    const { body: order } = await buyer.checkout();
    const [paid, failed] = ['payment_processing', 'payment_failed'];
    for (const kind of [paid, failed])
      await service.rows(
        `insert into order_fact (shop_id, order_id, kind, reference, occurred_at) values ('aurora', $1, $2, 'pi_failed', now())`,
        [order.orderId, kind],
      );
    const reply = await on('commit', order.holdId, { paymentReference: 'pi_failed' });
    expect(code(reply)).toEqual([404, 'not_found']);
  });
});

describe('stock that nobody asks for', () => {
  test('is freed by the sweep once its holds have run out, in every shop, and no other hold is touched', async () => {
    const mine = [await create(), await create()];
    const theirs = await create({ shop: 'borealis' });
    const living = await create();
    const order = await buyer.checkout();
    const due = [...mine, theirs, order].map(({ body }) => body.holdId);
    for (const holdId of due) await runOut(holdId);
    const states = async (): Promise<unknown> => {
      const ids = [...due, living.body.holdId];
      const rows = await service.rows<{ hold_id: string; state: string }>(
        'select hold_id, state from hold where hold_id = any($1)',
        [ids],
      );
      return ids.map((id) => rows.find(({ hold_id }) => hold_id === id)?.state);
    };
    // The loop of this service's own sweeps too: whoever comes first.
    await sweepHolds(service.deps);
    expect(await states()).toEqual(['expired', 'expired', 'expired', 'active', 'active']);
    expect(await free()).toBe(18);
  });

  test('and a shop that fails keeps nobody else waiting', async () => {
    const theirs = await create({ shop: 'borealis' });
    await runOut(theirs.body.holdId);
    const failing = {
      ...service.deps,
      shops: {
        ...service.deps.shops,
        all: async () =>
          (await service.deps.shops.all()).map((shop) =>
            shop.shopId === 'aurora' ? { ...shop, shopId: 'No Shop' } : shop,
          ),
      },
      allocator: service.deps.allocator,
    };
    await sweepHolds(failing);
    const [hold] = await service.rows('select state from hold where hold_id = $1', [
      theirs.body.holdId,
    ]);
    expect(hold).toEqual({ state: 'expired' });
  });
});
