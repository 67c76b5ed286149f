/** Whom the gateway counts as one, and whom it lets through, with limits small enough to be met. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { signToken } from '@commerce/contracts/vocabulary/token.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aMinute, inOnePeriod } from '../../local/limit-period.ts';
import type { EdgeAnswer, TestEdge } from '../../local/test-edge.ts';
import { startTestEdge } from '../../local/test-edge.ts';
import { sealCart } from '../cart/cart-cookie.ts';
import { parseCartKeys } from '../cart/cart-keys.ts';

const AURORA = 'aurora.localhost';
const BOREALIS = 'borealis.localhost';
const HOOKS = 'hooks.localhost';
const ORDER_ID = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
const ITEMS = [{ sku: 'tee', quantity: 1 }];

/** What one caller, and one address, may do here in a minute. */
const CALLER = 3;
const ADDRESS = 12;

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge({
    rateLimits: {
      LIMIT_SPEND_CALLER: aMinute(CALLER),
      LIMIT_SPEND_ADDRESS: aMinute(ADDRESS),
      LIMIT_READ_CALLER: aMinute(CALLER),
      LIMIT_READ_ADDRESS: aMinute(ADDRESS),
    },
  });
  await edge.putHost(AURORA, { shopId: 'aurora' });
  await edge.putHost(BOREALIS, { shopId: 'borealis' });
}, 60_000);
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

type Said = Record<string, string>;

function newAddress(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
}

function newCartId(): string {
  return `cart_${randomUUID()}`;
}

async function cartCookie(id: string, shopId = 'aurora', keys = edge.cartKeys): Promise<Said> {
  const lines = [{ sku: 'tee', quantity: 1 }];
  const cart = { id, shopId, lines, issuedAt: Math.floor(Date.now() / 1000) };
  const sealed = await sealCart(cart, parseCartKeys(JSON.stringify(keys)));
  return { cookie: `__Host-cart=${sealed.ok ? sealed.value : ''}` };
}

function checkOut(said: Said, address = newAddress(), host = AURORA): Promise<EdgeAnswer> {
  return edge.call(host, '/api/checkout-session', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'cf-connecting-ip': address,
      ...said,
    },
    body: JSON.stringify({ items: ITEMS }),
  });
}

function validate(said: Said, address = newAddress(), host = AURORA): Promise<EdgeAnswer> {
  return edge.call(host, '/api/inventory/validate', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cf-connecting-ip': address, ...said },
    body: JSON.stringify({ items: ITEMS }),
  });
}

function orderStatus(said: Said, address = newAddress()): Promise<EdgeAnswer> {
  const headers = { 'cf-connecting-ip': address, ...said };
  return edge.call(AURORA, `/api/order-status?orderId=${ORDER_ID}`, { headers });
}

/** The statuses of calls that are made one after another. */
async function statuses(times: number, call: (index: number) => Promise<EdgeAnswer>) {
  const found: number[] = [];
  for (let index = 0; index < times; index += 1) found.push((await call(index)).status);
  return found;
}

function passes(times: number): number[] {
  return Array.from({ length: times }, () => 200);
}

describe('a cart over its limit', () => {
  test('is refused, wherever it comes from, and the node service hears nothing of it', () =>
    inOnePeriod(async () => {
      edge.origin.reset();
      const cart = await cartCookie(newCartId());
      expect(await statuses(CALLER + 2, () => checkOut(cart))).toEqual([
        ...passes(CALLER),
        429,
        429,
      ]);
      expect(edge.origin.calls.length).toBe(CALLER);
    }));

  test('stops no other cart, no other shop and nobody without a cart at its address', () =>
    inOnePeriod(async () => {
      const [id, address] = [newCartId(), newAddress()];
      const cart = await cartCookie(id);
      await statuses(CALLER, () => checkOut(cart, address));
      expect((await checkOut(cart, address)).status).toBe(429);
      const other = await cartCookie(newCartId());
      expect((await checkOut(other, address)).status).toBe(200);
      const sister = await cartCookie(id, 'borealis');
      expect((await checkOut(sister, address, BOREALIS)).status).toBe(200);
      expect((await checkOut({}, address)).status).toBe(200);
    }));

  test('takes nothing from its address by what is refused', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      const cart = await cartCookie(newCartId());
      await statuses(CALLER + ADDRESS, () => checkOut(cart, address));
      expect(await statuses(ADDRESS - CALLER, () => checkOut({}, address))).toEqual(
        passes(ADDRESS - CALLER),
      );
    }));

  test('may still ask for stock and for its order', () =>
    inOnePeriod(async () => {
      const cart = await cartCookie(newCartId());
      await statuses(CALLER, () => checkOut(cart));
      expect((await checkOut(cart)).status).toBe(429);
      expect(await statuses(CALLER + 1, () => validate(cart))).toEqual([...passes(CALLER), 429]);
    }));

  test('is told so by a documented problem, with its request id and shop', () =>
    inOnePeriod(async () => {
      const cart = await cartCookie(newCartId());
      await statuses(CALLER, () => checkOut(cart));
      const answer = await checkOut({ ...cart, 'x-request-id': 'over-its-limit-1' });
      expect(answer.status).toBe(429);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'retry-after': '10',
        'x-request-id': 'over-its-limit-1',
        'cache-control': 'no-store',
      });
      expect(answer.json()).toEqual({
        type: 'urn:problem-type:commerce:rate-limited',
        title: 'Too many requests',
        status: 429,
        detail: 'Too many requests. Try again in 10 seconds.',
        code: 'rate_limited',
        requestId: 'over-its-limit-1',
        shopId: 'aurora',
      });
      await expect
        .poll(() => metrics('rate_limited'), { timeout: 30_000 })
        .toContainEqual(
          expect.objectContaining({ shopId: 'aurora', profile: 'spend', by: 'caller' }),
        );
    }));
});

describe('what is not verified is nobody', () => {
  test('a forged cart takes nothing from the cart whose id it has', () =>
    inOnePeriod(async () => {
      const id = newCartId();
      const secret = randomBytes(32).toString('base64');
      const forged = await cartCookie(id, 'aurora', [{ keyId: 'c1', secret }]);
      expect(await statuses(CALLER + 2, () => checkOut(forged))).toEqual(passes(CALLER + 2));
      const real = await cartCookie(id);
      expect(await statuses(CALLER, () => checkOut(real))).toEqual(passes(CALLER));
    }));

  test("another shop's cart is no caller here", () =>
    inOnePeriod(async () => {
      const foreign = await cartCookie(newCartId(), 'borealis');
      expect(await statuses(CALLER + 2, () => checkOut(foreign))).toEqual(passes(CALLER + 2));
    }));

  test('a call that breaks the contract is told what is wrong with it, and is not counted', () =>
    inOnePeriod(async () => {
      const cart = await cartCookie(newCartId());
      const wrong = { ...cart, 'idempotency-key': 'short' };
      expect(await statuses(CALLER + 2, () => checkOut(wrong))).toEqual(
        passes(CALLER + 2).map(() => 400),
      );
      expect((await checkOut(cart)).status).toBe(200);
    }));
});

describe('a token over its limit', () => {
  test('is refused however it is written, while another token goes on', () =>
    inOnePeriod(async () => {
      const token = randomUUID();
      const spellings = [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}`];
      for (const authorization of spellings) {
        expect((await orderStatus({ authorization })).status).toBe(200);
      }
      for (const authorization of spellings) {
        expect((await orderStatus({ authorization })).status).toBe(429);
      }
      expect((await orderStatus({ authorization: `Bearer ${randomUUID()}` })).status).toBe(200);
    }));

  test('is one caller as a bearer and as the order cookie', () =>
    inOnePeriod(async () => {
      const token = await orderToken();
      const cookie = `__Host-order-${ORDER_ID}=${token}`;
      expect(await statuses(CALLER, () => orderStatus({ cookie }))).toEqual(passes(CALLER));
      expect((await orderStatus({ authorization: `Bearer ${token}` })).status).toBe(429);
    }));

  test('is in no log line', () => {
    expect(edge.logLines.filter((line) => line.includes('Bearer'))).toEqual([]);
  });
});

describe('an address', () => {
  test('meets its ceiling, whatever tokens and carts are made up there', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      const madeUp = (index: number) =>
        index % 2 === 0
          ? { authorization: `Bearer ${randomUUID()}` }
          : { cookie: `__Host-cart=c1.c1.${randomBytes(12).toString('base64url')}.AAAA` };
      expect(await statuses(ADDRESS + 2, (index) => checkOut(madeUp(index), address))).toEqual([
        ...passes(ADDRESS),
        429,
        429,
      ]);
      await expect
        .poll(() => metrics('rate_limited'), { timeout: 30_000 })
        .toContainEqual(
          expect.objectContaining({ shopId: 'aurora', profile: 'spend', by: 'address' }),
        );
    }));

  test('of a bot closes the shop for nobody else', () =>
    inOnePeriod(async () => {
      const bot = newAddress();
      await statuses(ADDRESS + 5, () => checkOut({}, bot));
      expect((await checkOut({}, bot)).status).toBe(429);
      const cart = await cartCookie(newCartId());
      expect(await statuses(CALLER, () => checkOut(cart))).toEqual(passes(CALLER));
      expect((await checkOut({})).status).toBe(200);
    }));

  test('of IPv6 is its /64: the rest of it is free to choose', () =>
    inOnePeriod(async () => {
      const network = `2001:db8:${randomInt(65_536).toString(16)}`;
      const anywhere = () => `${network}:1:${randomInt(65_536).toString(16)}::1`;
      expect(await statuses(ADDRESS + 1, () => validate({}, anywhere()))).toEqual([
        ...passes(ADDRESS),
        429,
      ]);
      expect((await validate({}, `${network}:2::1`)).status).toBe(200);
    }));

  test('that nobody says limits nothing on a developer’s machine', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ items: ITEMS });
    const call = () =>
      edge.call(AURORA, '/api/inventory/validate', { method: 'POST', headers, body });
    expect(await statuses(ADDRESS + 3, call)).toEqual(passes(ADDRESS + 3));
  });
});

test('webhooks are never limited', () =>
  inOnePeriod(async () => {
    const address = newAddress();
    await statuses(ADDRESS + 1, () => checkOut({}, address));
    const headers = { 'cf-connecting-ip': address, authorization: 'Bearer one-and-the-same' };
    for (const path of ['/api/stripe-webhook', '/api/billing/webhook']) {
      const call = () => edge.call(HOOKS, path, { method: 'POST', headers, body: '{}' });
      expect(await statuses(2 * ADDRESS, call)).toEqual(passes(2 * ADDRESS));
    }
  }));

function metrics(name: string): unknown[] {
  return edge.logLines
    .filter((line) => line.startsWith('{"event":"metric"'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.name === name);
}

function orderToken(): Promise<string> {
  return signToken(
    {
      kind: 'order',
      shopId: 'aurora',
      subject: ORDER_ID,
      checkoutSessionId: `cs_test_${randomBytes(6).toString('hex')}`,
      version: 1,
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
      tokenId: randomUUID(),
    },
    { keyId: 't1', secret: randomBytes(32).toString('base64') },
  );
}
