/** What nobody finished: stock follows Stripe's answer, never our clock, and comes back when Stripe says so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { abandon, claim, complete, findClaim, renewLease } from '../platform/idempotency.ts';
import { type Buyer, createBuyer, TEE } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { recoverCheckout } from './look-after-checkout.ts';
import { settleOrder } from './settle-order.ts';

let service: TestService;
let buyer: Buyer;
const start = (env: Record<string, string>) => async (): Promise<void> => {
  service = await startService({ env: { STRIPE_TIMEOUT_MS: '300', ...env } });
  buyer = createBuyer(service);
};

const fault = (operation: string, kind: string, options: object = {}): Promise<Reply> =>
  service.standInControl('POST', '/faults', {
    operation: `checkout.sessions.${operation}`,
    fault: kind,
    ...options,
  });
const clearFaults = (): Promise<Reply> => service.standInControl('DELETE', '/faults');

/** A checkout whose order can be found when its answer does not come. */
const checkout = (key: string): Promise<Reply> =>
  buyer.checkout({ key, body: { items: [TEE], customer: { email: `${key}@example.com` } } });

type OrderRow = { order_id: string; session_state: string };
async function orderOf(key: string): Promise<OrderRow> {
  const [row] = await service.rows<OrderRow>(
    'select order_id, session_state from sales_order where email = $1 order by created_at limit 1',
    [`${key}@example.com`],
  );
  if (row === undefined) throw new Error(`no order of key ${key}`);
  return row;
}

async function sessionStatusOf(orderId: string): Promise<string | undefined> {
  const { sessions } = (await service.standInControl('GET', '/sessions')).body;
  return sessions.find((one: Reply['body']) => one.metadata.order_id === orderId)?.status;
}

async function untilOrder(orderId: string, sessionState: string): Promise<void> {
  await eventually(async () => {
    const [row] = await service.rows(
      `select 1 from sales_order o join hold h using (shop_id, hold_id)
        where o.order_id = $1 and o.session_state = $2 and h.state <> 'active'`,
      [orderId, sessionState],
    );
    return row === undefined ? undefined : true;
  }, 15_000);
}

describe('a checkout that never got an answer of Stripe', () => {
  beforeAll(start({ RECOVERY_DELAY_SECONDS: '3', CLAIM_LEASE_SECONDS: '1' }));
  afterAll(() => service.stop());
  afterEach(clearFaults);

  test.each<[string, object]>([
    ['hang_after_commit', { times: 2 }],
    ['close_after_commit', { times: 2 }],
    ['slow', { times: 1, delayMs: 1_500 }],
  ])('(%s) is ended by the recovery job: session, stock and key', async (kind, options) => {
    const key = newKey();
    const before = await buyer.stock();
    await fault('create', kind, options);
    expect((await checkout(key)).body.code).toBe('payment_outcome_unknown');
    const { order_id } = await orderOf(key);
    await untilOrder(order_id, 'expired');
    expect(await sessionStatusOf(order_id)).toBe('expired');
    expect(await buyer.stock()).toEqual(before);
    await eventually(async () => {
      const next = await checkout(key);
      return next.status === 201 && next.body.orderId !== order_id ? true : undefined;
    });
  });

  test('and was never made, is refused when recovery asks, and its stock is free', async () => {
    const key = newKey();
    const before = await buyer.stock();
    await fault('create', 'close', { times: 2 });
    await fault('create', 'refuse', { times: 1 });
    expect((await checkout(key)).status).toBe(503);
    const { order_id } = await orderOf(key);
    await untilOrder(order_id, 'refused');
    expect(await buyer.stock()).toEqual(before);
  });

  test('though its session was made (500 after it) keeps its stock, until Stripe says that the session has ended', async () => {
    const key = newKey();
    const before = await buyer.stock();
    await fault('create', 'error_500_after_commit', { times: 1 });
    // Stripe repeats the 500 to the key, however often the same call is made.
    for (const _ of [1, 2]) expect((await checkout(key)).body.code).toBe('payment_outcome_unknown');
    const { order_id } = await orderOf(key);
    expect(await sessionStatusOf(order_id)).toBe('open');
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    const { sessions } = (await service.standInControl('GET', '/sessions?status=open')).body;
    const made = sessions.find((one: Reply['body']) => one.metadata.order_id === order_id);
    await service.pay(made.id, 'expired');
    await untilOrder(order_id, 'expired');
    expect(await buyer.stock()).toEqual(before);
  });

  test('keeps its stock while Stripe is down, and until no session of it can be paid any more', async () => {
    const key = newKey();
    const before = await buyer.stock();
    await fault('create', 'error_500');
    const answer = await checkout(key);
    expect([answer.status, answer.body.code]).toEqual([503, 'payment_outcome_unknown']);
    const { order_id } = await orderOf(key);
    const job = {
      shopId: 'aurora',
      requestId: 'req_of_test',
      orderId: order_id,
      principal: key,
      key,
    };
    await eventually(async () =>
      recoverCheckout(service.deps, job).then(
        () => undefined,
        (error: Error) => (error.message.includes('still unknown') ? true : undefined),
      ),
    );
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    await service.rows(
      `update sales_order set session_expires_at = now() - interval '301 seconds' where order_id = $1`,
      [order_id],
    );
    await eventually(async () => {
      await recoverCheckout(service.deps, job);
      return (await orderOf(key)).session_state === 'refused' ? true : undefined;
    });
    expect(await buyer.stock()).toEqual(before);
  });

  test('leaves a key alone that another has claimed since', async () => {
    const key = { operation: 'test', principal: 'p', key: newKey() };
    const now = new Date();
    const held = { ...key, recoveryPoint: 'second' };
    const former = { ...key, recoveryPoint: 'first' };
    const found = await service.deps.db.inShop('aurora', async (tx) => {
      await claim(
        tx,
        { ...held, requestHash: 'h', leaseUntil: new Date(now.getTime() + 9_000) },
        now,
      );
      await abandon(tx, former);
      // What is not stored is not answered either: the next request with the key would be told something else.
      const late = complete(tx, former, { status: 201, body: {} });
      await expect(late).rejects.toMatchObject({ code: 'idempotency_in_progress' });
      await renewLease(tx, former, now);
      return findClaim(tx, key, 'h', now);
    });
    expect(found).toEqual({ kind: 'running', leaseUntil: new Date(now.getTime() + 9_000) });
  });

  test('is no such thing where Stripe is merely slow', async () => {
    await fault('create', 'slow', { delayMs: 150, times: 1 });
    const created = await buyer.checkout();
    expect(created.status).toBe(201);
    await sleep(1_500);
    expect((await buyer.status(created)).body.status).toBe('processing');
  });
});

describe('a hold whose time has come', () => {
  beforeAll(start({ HOLD_TTL_SECONDS: '2' }));
  afterAll(() => service.stop());

  test('keeps its stock until Stripe has ended the session, and then the order has expired', async () => {
    const before = await buyer.stock();
    await fault('expire', 'error_500');
    const created = await buyer.checkout();
    const expirations = async (): Promise<unknown[]> =>
      (await service.standInControl('GET', '/requests?operation=checkout.sessions.expire')).body
        .requests;
    await eventually(async () => ((await expirations()).length > 0 ? true : undefined));
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    expect((await buyer.status(created)).body.status).toBe('processing');
    await clearFaults();
    await buyer.untilStatus(created, 'expired');
    expect(await sessionStatusOf(created.body.orderId)).toBe('expired');
    expect(await buyer.stock()).toEqual(before);
  });

  test('and that was paid in the last moment, is sold', async () => {
    await service.standInControl('POST', '/webhooks/pause');
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    await buyer.untilStatus(created, 'confirmed');
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
  });
});

describe('a payment for a hold that is gone', () => {
  beforeAll(start({}));
  afterAll(() => service.stop());

  async function withoutHold(): Promise<Reply> {
    const created = await buyer.checkout();
    const { holdId } = created.body;
    const { allocator } = service.deps;
    const outcome = await allocator.submit('aurora', { action: { kind: 'expire', holdId } });
    expect(outcome).toEqual({ kind: 'done', state: 'expired' });
    return created;
  }
  const settle = (created: Reply, outcome: string): Promise<Reply> =>
    service.standInControl('POST', `/sessions/${created.body.checkoutSessionId}/settle`, {
      outcome,
    });

  test('takes the stock again where it is there, once, and is confirmed', async () => {
    const before = await buyer.stock();
    const created = await withoutHold();
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    const finalized = await Promise.all([1, 2, 3, 4].map(() => buyer.finalize(created)));
    for (const { status, body } of finalized)
      expect([status, body.status]).toEqual([200, 'confirmed']);
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toHaveLength(3);
  });

  test('that fails after all gives back the stock that was taken again', async () => {
    const before = await buyer.stock();
    const created = await withoutHold();
    await service.pay(created.body.checkoutSessionId, 'processing');
    await buyer.finalize(created);
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    await settle(created, 'failed');
    await buyer.untilStatus(created, 'failed');
    expect(await buyer.stock()).toEqual(before);
  });

  test('waits its turn under contention, and is said to be out for a moment, not broken', async () => {
    const created = await withoutHold();
    await service.standInControl('POST', '/webhooks/pause');
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    const busy = { kind: 'refused', reason: 'inventory_busy', items: [] } as const;
    const deps = { ...service.deps, allocator: { submit: async () => busy } };
    await service.rows(
      `insert into order_fact (shop_id, order_id, kind, reference, occurred_at) values ('aurora', $1, 'payment_succeeded', 'pi_x', now())`,
      [created.body.orderId],
    );
    await expect(settleOrder(deps, 'aurora', created.body.orderId)).rejects.toMatchObject({
      code: 'service_unavailable',
      headers: { 'retry-after': '2' },
    });
  });
});
