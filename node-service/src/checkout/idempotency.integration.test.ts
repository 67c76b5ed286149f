/** The same request, however often and however it is sent, is one checkout. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE, TEE_KEY } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService({ withoutJobs: true, env: { STRIPE_TIMEOUT_MS: '1000' } });
  buyer = createBuyer(service);
});
afterAll(() => service.stop());
afterEach(() => service.standInControl('DELETE', '/faults'));

const fault = (kind: string, options: object = {}): Promise<Reply> =>
  service.standInControl('POST', '/faults', {
    operation: 'checkout.sessions.create',
    fault: kind,
    ...options,
  });
const cart = (id: string, ...lines: object[]) => ({
  cart: { id: `cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d${id}`, lines },
});
const ordersOf = (key: string): Promise<{ order_id: string; shop_id: string }[]> =>
  service.rows('select recovery_point as order_id, shop_id from idempotency_claim where key = $1', [
    key,
  ]);

async function sessionsOf(orderId: string): Promise<{ id: string; status: string }[]> {
  const { sessions } = (await service.standInControl('GET', '/sessions')).body;
  return sessions.filter(
    (session: { metadata: { order_id: string } }) => session.metadata.order_id === orderId,
  );
}

describe('the same key', () => {
  test('with the same request answers the same, says so, and mints another token', async () => {
    const key = newKey();
    const first = await buyer.checkout({ key });
    const before = await buyer.footprint();
    const second = await buyer.checkout({ key });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const { accessToken: firstToken, ...firstBody } = first.body;
    const { accessToken: secondToken, ...secondBody } = second.body;
    expect(secondBody).toEqual(firstBody);
    expect(secondToken).not.toBe(firstToken);
    expect(await buyer.footprint()).toEqual(before);
    for (const reply of [first, second]) expect((await buyer.status(reply)).status).toBe(200);
    const stored = await service.rows('select answer_body::text as text from idempotency_claim');
    expect(JSON.stringify(stored)).not.toContain('ct1.');
  });

  test('with the same lines in another spelling is the same request', async () => {
    const key = newKey();
    const first = await buyer.checkout({ key });
    const item = { quantity: 2, variantAttributes: { SIZE: ' M', Colour: 'RED' }, sku: 'Tee' };
    const second = await buyer.checkout({ key, body: { items: [item] } });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body.orderId).toBe(first.body.orderId);
  });

  test.each<[string, object]>([
    ['another quantity', { items: [{ ...TEE, quantity: 3 }] }],
    ['another line', { items: [TEE, { sku: 'mug', quantity: 1 }] }],
    ['a coupon', { items: [TEE], coupon: 'WELCOME10' }],
    ['an address', { items: [TEE], customer: { email: 'a@example.com' } }],
  ])('with %s is refused', async (_, body) => {
    const key = newKey();
    await buyer.checkout({ key });
    const before = await buyer.footprint();
    const { status, body: problem } = await buyer.checkout({ key, body });
    expect([status, problem.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await buyer.footprint()).toEqual(before);
  });

  test('at another shop is another request', async () => {
    const key = newKey();
    const item = { sku: 'tee', quantity: 1, variantAttributes: { colour: 'violet', size: 'm' } };
    const there = await buyer.checkout({ key, shop: 'borealis', body: { items: [item] } });
    const here = await buyer.checkout({ key });
    expect([there.status, here.status]).toEqual([201, 201]);
    expect((await ordersOf(key)).map(({ shop_id }) => shop_id).sort()).toEqual([
      'aurora',
      'borealis',
    ]);
  });

  test('with another cart is another request, and with a cart that changed it is refused', async () => {
    const key = newKey();
    const first = await buyer.checkout({ key, body: cart('01', TEE) });
    const other = await buyer.checkout({ key, body: cart('02', TEE) });
    expect([first.status, other.status]).toEqual([201, 201]);
    const changed = await buyer.checkout({
      key,
      body: cart('01', TEE, { sku: 'mug', quantity: 1 }),
    });
    expect([changed.status, changed.body.code]).toEqual([422, 'idempotency_key_reused']);
    const again = await buyer.checkout({ key, body: cart('01', TEE) });
    expect(again.body.orderId).toBe(first.body.orderId);
  });

  test('of a call that was caught on the wire and sent again is its own replay', async () => {
    let caught: Request | undefined;
    const tamper = (request: Request): Request => {
      caught = request.clone() as Request;
      return request;
    };
    const first = await buyer.checkout({ tamper });
    if (caught === undefined) throw new Error('nothing was caught');
    const again = await fetch(caught);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(((await again.json()) as Reply['body']).orderId).toBe(first.body.orderId);
  });
});

describe('ten at once', () => {
  test('make one order; the others wait, or are told the same', async () => {
    const key = newKey();
    const before = await buyer.stock();
    const replies = await Promise.all(Array.from({ length: 10 }, () => buyer.checkout({ key })));
    const made = replies.filter(({ status }) => status === 201);
    const told = made.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
    expect(made.length - told.length).toBe(1);
    expect(new Set(made.map(({ body }) => body.orderId)).size).toBe(1);
    for (const { status, body, headers } of replies.filter((reply) => reply.status !== 201)) {
      expect([status, body.code]).toEqual([409, 'idempotency_in_progress']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    expect(await ordersOf(key)).toHaveLength(1);
    expect((await buyer.checkout({ key })).body.orderId).toBe(made[0]?.body.orderId);
  });
});

describe('a key is free again', () => {
  test('after a refusal of the stock, once there is some', async () => {
    const key = newKey();
    const body = {
      items: [{ sku: 'lantern', quantity: 7, rental: { from: '2027-01-01', to: '2027-01-02' } }],
    };
    expect((await buyer.checkout({ key, body })).status).toBe(409);
    await service.rows(
      `update stock set on_hand = 7 where shop_id = 'aurora' and variant_key = 'v1:lantern'`,
    );
    const second = await buyer.checkout({ key, body });
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  test('after a request that was wrong, for the right one', async () => {
    const key = newKey();
    expect((await buyer.checkout({ key, body: { items: [TEE], coupon: 'NONE' } })).status).toBe(
      422,
    );
    expect((await buyer.checkout({ key })).status).toBe(201);
  });

  test.each([
    ['refuse', 1],
    ['rate_limit', 3],
  ])('after 502 (%s), with the stock free too', async (kind, times) => {
    const key = newKey();
    const before = await buyer.stock();
    await fault(kind, { times });
    const refused = await buyer.checkout({ key });
    expect([refused.status, refused.body.code]).toEqual([502, 'payment_provider_unavailable']);
    expect(await buyer.stock()).toEqual(before);
    expect(await ordersOf(key)).toEqual([]);
    const second = await buyer.checkout({ key });
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
  });
});

describe('a 429 of Stripe', () => {
  test('is waited out while the buyer waits: one order, one session', async () => {
    const key = newKey();
    await fault('rate_limit', { times: 2 });
    const created = await buyer.checkout({ key });
    expect(created.status).toBe(201);
    expect(await ordersOf(key)).toHaveLength(1);
    expect(await sessionsOf(created.body.orderId)).toHaveLength(1);
  });

  test('to the repetition of a call that may have been carried out frees nothing: the stock stays held', async () => {
    const key = newKey();
    const before = await buyer.stock();
    await fault('hang_after_commit', { times: 2 });
    await fault('rate_limit', { times: 6 });
    for (const _ of ['the call that was made', 'the repetitions that were not']) {
      const unknown = await buyer.checkout({ key });
      expect([unknown.status, unknown.body.code]).toEqual([503, 'payment_outcome_unknown']);
      expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    }
    await service.standInControl('DELETE', '/faults');
    const created = await buyer.checkout({ key });
    expect(created.status).toBe(201);
    expect(await sessionsOf(created.body.orderId)).toHaveLength(1);
    expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
  });
});

describe('an answer of Stripe that comes after we gave up', () => {
  test('is picked up by the same key: the session that was made, and no second one', async () => {
    const key = newKey();
    await fault('slow', { delayMs: 2_600, times: 1 });
    const unknown = await buyer.checkout({ key });
    expect([unknown.status, unknown.body.code]).toEqual([503, 'payment_outcome_unknown']);
    const created = await eventually(async () => {
      const reply = await buyer.checkout({ key });
      return reply.status === 201 ? reply : undefined;
    });
    expect(await sessionsOf(created.body.orderId)).toMatchObject([
      { id: created.body.checkoutSessionId, status: 'open' },
    ]);
  });
});

describe('after 503 payment_outcome_unknown', () => {
  test.each(['hang_after_commit', 'close_after_commit', 'cut_body_after_commit'])(
    'the stock stays held, and the same key picks the same order up (%s)',
    async (kind) => {
      const key = newKey();
      const before = await buyer.stock(TEE_KEY);
      await fault(kind);
      const unknown = await buyer.checkout({ key });
      expect([unknown.status, unknown.body.code]).toEqual([503, 'payment_outcome_unknown']);
      expect(Number(unknown.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
      const [order] = await ordersOf(key);
      await service.standInControl('DELETE', '/faults');
      const second = await buyer.checkout({ key });
      expect([second.status, second.body.orderId]).toEqual([201, order?.order_id]);
      expect(await sessionsOf(second.body.orderId)).toMatchObject([
        { id: second.body.checkoutSessionId, status: 'open' },
      ]);
      expect(await buyer.stock()).toEqual({ ...before, held: before.held + 2 });
    },
  );

  test('it is the order as it was agreed, whatever has changed since', async () => {
    await service.rows(
      `insert into coupon (shop_id, code, percent_off) values ('aurora', 'BRIEF', 50)`,
    );
    const key = newKey();
    const body = { items: [TEE], coupon: 'BRIEF' };
    await fault('close_after_commit');
    expect((await buyer.checkout({ key, body })).status).toBe(503);
    await service.standInControl('DELETE', '/faults');
    await service.rows(`update coupon set valid_until = now() where code = 'BRIEF'`);
    const second = await buyer.checkout({ key, body });
    expect([second.status, second.body.amounts?.discount]).toEqual([201, 2_900]);
  });

  test('another request with the key is still refused', async () => {
    const key = newKey();
    await fault('close_after_commit');
    await buyer.checkout({ key });
    const other = await buyer.checkout({ key, body: { items: [{ ...TEE, quantity: 1 }] } });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });
});

describe('a claim that somebody left', () => {
  test('of a checkout that has ended says so once, and is then free', async () => {
    const key = newKey();
    const ended = await buyer.checkout({ key });
    await buyer.cancel(ended);
    await service.rows(
      `update idempotency_claim set state = 'running', answer_status = null, lease_until = now() where key = $1`,
      [key],
    );
    const told = await buyer.checkout({ key });
    expect([told.status, told.body.code]).toEqual([409, 'checkout_not_open']);
    const next = await buyer.checkout({ key });
    expect(next.status).toBe(201);
    expect(next.body.orderId).not.toBe(ended.body.orderId);
  });
});

describe('while the first is under way', () => {
  test('the second is told to come back soon, and then gets the same', async () => {
    const key = newKey();
    await fault('slow', { delayMs: 500, times: 1 });
    const first = buyer.checkout({ key });
    await new Promise((resolve) => setTimeout(resolve, 250));
    const second = await buyer.checkout({ key });
    expect([second.status, second.body.code]).toEqual([409, 'idempotency_in_progress']);
    expect(Number(second.headers.get('retry-after'))).toBeLessThanOrEqual(2);
    expect((await first).status).toBe(201);
    expect((await buyer.checkout({ key })).body.orderId).toBe((await first).body.orderId);
  });
});

describe('finalize and cancel', () => {
  test('answer a key once, and a new key anew', async () => {
    const created = await buyer.checkout();
    const key = newKey();
    const first = await buyer.finalize(created, { key });
    expect(first).toMatchObject({ status: 200, body: { status: 'processing' } });
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    const again = await buyer.finalize(created, { key });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const anew = await buyer.finalize(created);
    expect(anew.body).toMatchObject({ status: 'confirmed', finalized: true });
    expect(anew.headers.get('idempotency-replayed')).toBeNull();
  });

  test('take one key for two orders as two: each order is its own principal', async () => {
    const [one, other] = [await buyer.checkout(), await buyer.checkout()];
    const key = newKey();
    expect((await buyer.cancel(one, { key })).body.status).toBe('cancelled');
    const elsewhere = await buyer.cancel(other, { key });
    expect(elsewhere.body).toMatchObject({ orderId: other.body.orderId, status: 'cancelled' });
    expect(elsewhere.headers.get('idempotency-replayed')).toBeNull();
  });

  test('give the key back where Stripe did not answer', async () => {
    const created = await buyer.checkout();
    const key = newKey();
    const broken = { operation: 'checkout.sessions.expire', fault: 'error_500' };
    await service.standInControl('POST', '/faults', broken);
    const unknown = await buyer.cancel(created, { key });
    expect([unknown.status, unknown.body.code]).toEqual([503, 'payment_outcome_unknown']);
    await service.standInControl('DELETE', '/faults');
    expect((await buyer.cancel(created, { key })).body.status).toBe('cancelled');
  });
});
