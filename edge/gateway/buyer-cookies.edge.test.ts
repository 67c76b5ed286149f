import { randomBytes } from 'node:crypto';
import { signToken } from '@commerce/contracts/vocabulary/token.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '../../local/recording-origin.ts';
import type { TestEdge } from '../../local/test-edge.ts';
import { sealCart } from '../cart/cart-cookie.ts';
import { parseCartKeys } from '../cart/cart-keys.ts';
import {
  ITEMS,
  ORDER_ID,
  postTo,
  SESSION_ID,
  SHOP,
  sentBody,
  startShopEdge,
} from './testing/shop-edge.ts';

const FOREIGN_SECRET = randomBytes(32).toString('base64');

let edge: TestEdge;

beforeAll(async () => {
  edge = await startShopEdge();
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  postTo(edge, path, body, headers);

function orderToken(checkoutSessionId = SESSION_ID, expiresInSeconds = 3600): Promise<string> {
  const expiresAt = Math.floor(Date.now() / 1000) + expiresInSeconds;
  return signToken(
    {
      kind: 'order',
      shopId: 'aurora',
      subject: ORDER_ID,
      checkoutSessionId,
      version: 1,
      expiresAt,
      tokenId: 'tok_1',
    },
    { keyId: 't1', secret: randomBytes(32).toString('base64') },
  );
}

describe('checkout without items buys the cart of the cookie', () => {
  const cart = {
    id: 'cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
    shopId: 'aurora',
    lines: ITEMS,
    issuedAt: Math.floor(Date.now() / 1000),
  };

  async function cookieOf(changed: Partial<typeof cart> = {}, keys = edge.cartKeys) {
    const sealed = await sealCart({ ...cart, ...changed }, parseCartKeys(JSON.stringify(keys)));
    return `__Host-cart=${sealed.ok ? sealed.value : ''}`;
  }

  test("this shop's", async () => {
    await post('/api/checkout-session', { coupon: 'TEN' }, { cookie: await cookieOf() });
    expect(sentBody(edge)).toEqual({ coupon: 'TEN', cart: { id: cart.id, lines: ITEMS } });
  });

  test.each<[string, () => Promise<string>]>([
    ["another shop's", () => cookieOf({ shopId: 'borealis' })],
    [
      'signed by a key that is not ours',
      () => cookieOf({}, [{ keyId: 'c1', secret: FOREIGN_SECRET }]),
    ],
    ['of an unknown key', () => cookieOf({}, [{ keyId: 'c9', secret: FOREIGN_SECRET }])],
    ['of last year', () => cookieOf({ issuedAt: cart.issuedAt - 365 * 86_400 })],
    ['made up', () => Promise.resolve('__Host-cart=c1.c1.e30.AAAA')],
    ['altered', async () => `${(await cookieOf()).slice(0, -4)}AAAA`],
    ['under another name', async () => (await cookieOf()).replace('__Host-', '')],
  ])('%s is no cart', async (_, cookie) => {
    await post('/api/checkout-session', {}, { cookie: await cookie() });
    expect(sentBody(edge)).toEqual({});
  });

  test('items of the request come before the cart', async () => {
    const items = [{ sku: 'mug', quantity: 1 }];
    await post('/api/checkout-session', { items }, { cookie: await cookieOf() });
    expect(sentBody(edge)).toEqual({ items });
  });
});

describe('the order cookie', () => {
  test('is set on the 201, as long as its token lives', async () => {
    const accessToken = await orderToken();
    edge.origin.answerWith(() => json({ orderId: ORDER_ID, accessToken }, 201));
    const answer = await post('/api/checkout-session', { items: ITEMS });
    expect(answer.status).toBe(201);
    expect(answer.json().accessToken).toBe(accessToken);
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toContain(`__Host-order-${ORDER_ID}=${accessToken};`);
    expect(cookie).toMatch(/; Max-Age=3(600|59\d); Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  });

  test('is not set on anything else', async () => {
    edge.origin.answerWith(() => json({ orderId: ORDER_ID, accessToken: 'x' }));
    const answer = await post('/api/checkout-session', { items: ITEMS });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('of an order becomes the bearer of its status', async () => {
    const token = await orderToken();
    const cookie = `a=b; __Host-order-ord_other=x; __Host-order-${ORDER_ID}=${token}`;
    await edge.call(SHOP, `/api/order-status?orderId=${ORDER_ID}`, { headers: { cookie } });
    expect(edge.origin.calls[0]?.headers.get('authorization')).toBe(`Bearer ${token}`);
    expect(edge.origin.calls[0]?.signature.ok).toBe(true);
  });

  test.each<[string, string, unknown]>([
    ['finalize', `/api/checkout-session/${SESSION_ID}/finalize`, {}],
    ['cancel', `/api/checkout-session/${SESSION_ID}/cancel`, {}],
    ['return', '/api/return', { sessionId: SESSION_ID }],
  ])('of the session becomes the bearer of %s', async (_, path, body) => {
    const [other, token] = [await orderToken('cs_test_other'), await orderToken()];
    const cookie = `__Host-order-ord_1=${other}; __Host-order-ord_2=${token}`;
    await post(path, body, { cookie });
    expect(edge.origin.calls[0]?.headers.get('authorization')).toBe(`Bearer ${token}`);
  });

  test('does not replace a token that is sent, and is no right to anything else', async () => {
    const cookie = `__Host-order-${ORDER_ID}=${await orderToken()}`;
    await edge.call(SHOP, `/api/order-status?orderId=${ORDER_ID}`, {
      headers: { cookie, authorization: 'Bearer own' },
    });
    await post('/api/rental', { sessionId: SESSION_ID }, { cookie });
    expect(edge.origin.calls.map((call) => call.headers.get('authorization'))).toEqual([
      'Bearer own',
      null,
    ]);
  });
});
