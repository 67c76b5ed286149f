/** From payment to status: each outcome once, whichever way it is learnt and however often. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE, TEE_KEY } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';
import { findOrder } from './order-rows.ts';
import { recordSnapshot } from './sync-session.ts';

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService();
  buyer = createBuyer(service);
});
afterAll(() => service.stop());

const RECEIPT = [
  ['customer_payments', 7_134],
  ['sales_revenue', 5_800],
  ['tax_payable', 1_334],
];
const pay = (created: Reply, outcome: string): Promise<Reply> =>
  service.pay(created.body.checkoutSessionId, outcome);
const settle = (created: Reply, outcome: string): Promise<Reply> =>
  service.standInControl('POST', `/sessions/${created.body.checkoutSessionId}/settle`, { outcome });
const webhooks = (what: 'pause' | 'resume'): Promise<Reply> =>
  service.standInControl('POST', `/webhooks/${what}`);
const sessionOf = async (created: Reply): Promise<Reply['body']> =>
  (await service.standInControl('GET', `/sessions/${created.body.checkoutSessionId}`)).body;
const cart = (id: string) => ({
  body: { cart: { id: `cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d${id}`, lines: [TEE] } },
});

/** Waits until every event of the session has been answered 2xx and all jobs are done. */
async function untilQuiet(created: Reply): Promise<void> {
  await eventually(async () => {
    const { events } = await sessionOf(created);
    const pending = events.some(({ deliveries }: Reply['body']) =>
      deliveries.some(({ state }: { state: string }) => state === 'pending'),
    );
    const waiting = await service.rows(
      `select 1 from webhook_inbox where status = 'received' and shop_id is not null`,
    );
    return pending || waiting.length > 0 ? undefined : true;
  });
}

describe('a payment', () => {
  test('confirms the order by the webhook alone: stock sold, money booked', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    expect(created.status).toBe(201);
    expect(created.body.amounts).toEqual({
      currency: 'EUR',
      subtotal: 5_800,
      tax: 1_334,
      shipping: 0,
      discount: 0,
      deposit: 0,
      total: 7_134,
    });
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    expect((await buyer.status(created)).body).toMatchObject({
      status: 'processing',
      finalized: false,
    });
    expect((await pay(created, 'succeeded')).status).toBe(200);
    await buyer.untilStatus(created, 'confirmed');
    expect((await buyer.status(created)).body).toMatchObject({ finalized: true, disputed: false });
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });

  test('that is declined leaves the order open, and its stock held, for another try', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    expect((await pay(created, 'declined')).status).toBe(402);
    await untilQuiet(created);
    expect((await buyer.finalize(created)).body).toMatchObject({
      status: 'processing',
      finalized: false,
    });
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    expect((await pay(created, 'succeeded')).status).toBe(200);
    await buyer.untilStatus(created, 'confirmed');
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });

  test('that takes its time has its stock at once, and is confirmed when the bank says so', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await pay(created, 'processing');
    await untilQuiet(created);
    expect((await buyer.status(created)).body.status).toBe('processing');
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toEqual([]);
    await settle(created, 'succeeded');
    await buyer.untilStatus(created, 'confirmed');
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });

  test('is booked in the very transaction that makes it known: no order is confirmed before its ledger', async () => {
    const created = await buyer.checkout();
    await webhooks('pause');
    try {
      await pay(created, 'succeeded');
      const { deps } = service;
      const session = await deps.stripe.checkout.sessions.retrieve(created.body.checkoutSessionId);
      const { orderId } = created.body;
      const order = await deps.db.inShop('aurora', (tx) => findOrder(tx, orderId));
      if (order === null) throw new Error(`no order ${orderId}`);
      await recordSnapshot(deps, 'aurora', order, session, {
        occurredAt: deps.clock.now(),
        failed: false,
      });
      expect(await buyer.transfers(created)).toEqual(RECEIPT);
    } finally {
      await webhooks('resume');
    }
    await buyer.untilStatus(created, 'confirmed');
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });

  test('that the bank refuses later gives its stock back, once', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await pay(created, 'processing');
    await untilQuiet(created);
    await settle(created, 'failed');
    await buyer.untilStatus(created, 'failed');
    expect(await buyer.stock()).toEqual(before);
    await untilQuiet(created);
    for (const { id } of (await sessionOf(created)).events)
      await service.standInControl('POST', `/events/${id}/redeliver`);
    await untilQuiet(created);
    expect((await buyer.finalize(created)).body).toMatchObject({
      status: 'failed',
      finalized: true,
    });
    expect(await buyer.stock()).toEqual(before);
    expect(await buyer.transfers(created)).toEqual([]);
  });
});

describe('a session that ends unpaid', () => {
  test('gives the stock back, and the order has expired', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await pay(created, 'expired');
    await buyer.untilStatus(created, 'expired');
    expect(await buyer.stock()).toEqual(before);
    expect((await buyer.cancel(created)).body.status).toBe('expired');
  });

  test('by the buyer is cancelled, and can take no money any more', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    const { status, body } = await buyer.cancel(created);
    expect([status, body.status, body.finalized]).toEqual([200, 'cancelled', true]);
    expect(await buyer.stock()).toEqual(before);
    expect((await sessionOf(created)).session.status).toBe('expired');
    expect((await pay(created, 'succeeded')).status).toBe(400);
    await untilQuiet(created);
    expect((await buyer.status(created)).body.status).toBe('cancelled');
    expect(await buyer.stock()).toEqual(before);
  });

  test('cannot be cancelled once it was paid: the answer is the order as it stands', async () => {
    await webhooks('pause');
    const created = await buyer.checkout();
    await pay(created, 'succeeded');
    const { status, body } = await buyer.cancel(created);
    await webhooks('resume');
    expect([status, body.status]).toEqual([200, 'confirmed']);
    await untilQuiet(created);
    expect((await buyer.status(created)).body.status).toBe('confirmed');
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });
});

describe('the same payment learnt twice', () => {
  test('by finalize, and later by the webhooks, each twice, is one order, one sale and one receipt', async () => {
    const before = await buyer.stock();
    await webhooks('pause');
    const created = await buyer.checkout();
    await pay(created, 'succeeded');
    expect((await buyer.status(created)).body.status).toBe('processing');
    const finalized = await buyer.finalize(created);
    expect(finalized.body).toMatchObject({ status: 'confirmed', finalized: true });
    await webhooks('resume');
    await untilQuiet(created);
    for (const { id } of (await sessionOf(created)).events)
      await service.standInControl('POST', `/events/${id}/redeliver`);
    await untilQuiet(created);
    expect((await buyer.finalize(created)).body).toEqual(finalized.body);
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });

  test('by many at the same moment is still one', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await pay(created, 'succeeded');
    const answers = await Promise.all(Array.from({ length: 8 }, () => buyer.finalize(created)));
    for (const { status, body } of answers)
      expect([status, body.status]).toEqual([200, 'confirmed']);
    await untilQuiet(created);
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toEqual(RECEIPT);
  });

  test('by a webhook that is faster than the answer to the call finds its order by metadata', async () => {
    const created = await buyer.checkout();
    await service.rows(
      `update sales_order set checkout_session_id = null, session_state = 'creating' where order_id = $1`,
      [created.body.orderId],
    );
    await service.rows('delete from stripe_object_shop_map where order_id = $1', [
      created.body.orderId,
    ]);
    await pay(created, 'succeeded');
    await untilQuiet(created);
    expect((await buyer.status(created)).body.status).toBe('confirmed');
    const mapped = await service.rows(
      'select object_type from stripe_object_shop_map where order_id = $1 order by 1',
      [created.body.orderId],
    );
    expect(mapped.map(({ object_type }) => object_type)).toEqual(
      expect.arrayContaining(['checkout.session', 'payment_intent']),
    );
  });
});

describe('a cart', () => {
  test('has one open checkout: a newer one ends the older, and takes its stock', async () => {
    const before = await buyer.stock();
    const [older, newer] = [await buyer.checkout(cart('01')), await buyer.checkout(cart('01'))];
    expect([older.status, newer.status]).toEqual([201, 201]);
    expect((await buyer.status(older)).body.status).toBe('cancelled');
    expect((await sessionOf(older)).session.status).toBe('expired');
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    await pay(newer, 'succeeded');
    await buyer.untilStatus(newer, 'confirmed');
  });

  test('is bought once: not again when the older checkout was paid meanwhile, and not after', async () => {
    await webhooks('pause');
    const older = await buyer.checkout(cart('02'));
    await pay(older, 'succeeded');
    const before = await buyer.footprint();
    const meanwhile = await buyer.checkout(cart('02'));
    await webhooks('resume');
    expect([meanwhile.status, meanwhile.body.code]).toEqual([409, 'cart_already_paid']);
    expect((await buyer.status(older)).body.status).toBe('confirmed');
    await untilQuiet(older);
    const after = await buyer.checkout(cart('02'));
    expect([after.status, after.body.code]).toEqual([409, 'cart_already_paid']);
    expect((await buyer.footprint()).sales_order).toBe(before.sales_order);
  });

  test('may be bought again after its payment failed', async () => {
    const older = await buyer.checkout(cart('03'));
    await pay(older, 'processing');
    expect((await buyer.checkout(cart('03'))).body.code).toBe('cart_already_paid');
    await settle(older, 'failed');
    await buyer.untilStatus(older, 'failed');
    expect((await buyer.checkout(cart('03'))).status).toBe(201);
  });

  test('of two checkouts at once gives one buyer a session, and no stock to the other', async () => {
    const before = await buyer.stock();
    const replies = await Promise.all([1, 2, 3, 4].map(() => buyer.checkout(cart('04'))));
    const open = replies.filter(({ status }) => status === 201);
    for (const { status, body } of replies.filter((reply) => reply.status !== 201))
      expect([status, body.code]).toEqual([409, 'idempotency_in_progress']);
    const states = await service.rows<{ session_state: string }>(
      `select session_state from sales_order where cart_id like '%4d04' and session_state <> 'expired'`,
    );
    expect(states).toEqual([{ session_state: 'open' }]);
    expect(open.length).toBeGreaterThanOrEqual(1);
    expect(await buyer.stock(TEE_KEY)).toEqual({ ...before, held: before.held + 2 });
  });
});
