import { randomBytes } from 'node:crypto';
import { signToken } from '@commerce/contracts/vocabulary/token.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '../../local/recording-origin.ts';
import { type EdgeCall, startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { sealCart } from '../cart/cart-cookie.ts';
import { parseCartKeys } from '../cart/cart-keys.ts';

const SHOP = 'aurora.localhost';
const ORDER_ID = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
const SESSION_ID = 'cs_test_a1B2c3D4e5F6';
const KEY = 'Zk3vQ9mX2pL7wR4tY8bN1c';
const ITEMS = [{ sku: 'tee', quantity: 2, variantAttributes: { color: 'red', size: 'm' } }];
const FOREIGN_SECRET = randomBytes(32).toString('base64');

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge();
  await edge.putHost(SHOP, { shopId: 'aurora' });
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return edge.call(SHOP, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': KEY, ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

function sentBody(): unknown {
  return JSON.parse(edge.origin.calls[0]?.body.toString() ?? 'null');
}

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

describe('every public operation goes to its counterpart', () => {
  const body = {
    checkout: { items: ITEMS },
    sessionId: { sessionId: SESSION_ID },
    price: { priceId: 'price_1' },
    reconciliation: { shop: 'aurora', id: 'x', amountTotal: 19.99, currency: 'eur' },
  };
  test.each<[string, string, EdgeCall['method'], unknown, string]>([
    ['createCheckoutSession', '/api/checkout-session', 'POST', body.checkout, '/checkout-sessions'],
    [
      'finalizeCheckoutSession',
      `/api/checkout-session/${SESSION_ID}/finalize`,
      'POST',
      {},
      `/checkout-sessions/${SESSION_ID}/finalize`,
    ],
    [
      'cancelCheckoutSession',
      `/api/checkout-session/${SESSION_ID}/cancel`,
      'POST',
      undefined,
      `/checkout-sessions/${SESSION_ID}/cancel`,
    ],
    [
      'getOrderStatus',
      `/api/order-status?orderId=${ORDER_ID}`,
      'GET',
      undefined,
      `/orders/${ORDER_ID}/status`,
    ],
    [
      'validateInventory',
      '/api/inventory/validate',
      'POST',
      body.checkout,
      '/inventory/validations',
    ],
    [
      'getAvailability',
      '/api/inventory/availability?variantKey=v1:tee%3Fcolor%3Dred&variantKey=v1:mug',
      'GET',
      undefined,
      '/inventory/availability?variantKey=v1%3Atee%3Fcolor%3Dred&variantKey=v1%3Amug',
    ],
    ['createReturn', '/api/return', 'POST', body.sessionId, '/returns'],
    ['handOverRental', '/api/rental', 'POST', body.sessionId, '/rentals'],
    ['settleRental', '/api/rental', 'PATCH', body.sessionId, '/rentals'],
    ['createSubscription', '/api/subscribe', 'POST', body.price, '/subscriptions'],
    [
      'changeSubscription',
      '/api/subscription/change',
      'POST',
      { subscriptionId: 'sub_1', priceId: 'price_1' },
      '/subscriptions/change',
    ],
    [
      'cancelSubscription',
      '/api/subscription/cancel',
      'POST',
      { subscriptionId: 'sub_1' },
      '/subscriptions/cancel',
    ],
    [
      'ingestReconciliation',
      '/api/reconciliation',
      'POST',
      body.reconciliation,
      '/reconciliations',
    ],
  ])('%s', async (_, path, method, sent, target) => {
    const answer = await edge.call(SHOP, path, {
      method: method ?? 'GET',
      headers: {
        authorization: 'Bearer some-token',
        ...(method === 'GET' ? {} : { 'idempotency-key': KEY }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
    const [call] = edge.origin.calls;
    expect([call?.method, call?.target]).toEqual([method, `/node/v1${target}`]);
    expect(call?.signature).toEqual({ ok: true, keyId: 'test-1' });
    expect(call?.headers.get('authorization')).toBe('Bearer some-token');
    expect(call?.headers.get('idempotency-key')).toBe(method === 'GET' ? null : KEY);
    expect(call?.headers.get('cookie')).toBeNull();
    if (sent !== undefined) expect(sentBody()).toEqual(sent);
  });
});

describe('what breaks the contract never reaches the node service', () => {
  test.each<[string, unknown, string]>([
    ['broken JSON', '{"items":', 'The body is not JSON.'],
    ['no JSON at all', 'hello', 'The body is not JSON.'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'The body is not JSON.'],
    ['an empty body', '', 'The body is missing.'],
    ['an unknown field', { items: ITEMS, price: 1 }, 'The body does not match the contract.'],
    ["a cart of the client's", { cart: { id: 'x', lines: [] } }, 'The body does not match'],
    ['quantity 0', { items: [{ sku: 'tee', quantity: 0 }] }, 'The body does not match'],
    ['a float quantity', { items: [{ sku: 'tee', quantity: 1.5 }] }, 'The body does not match'],
    ['no items in the list', { items: [] }, 'The body does not match'],
    ['an array', [], 'The body does not match'],
  ])('%s', async (_, body, detail) => {
    const answer = await post('/api/checkout-session', body);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'malformed_request',
      shopId: 'aurora',
      detail: expect.stringContaining(detail),
      requestId: answer.headers['x-request-id'],
    });
    expect(edge.origin.calls).toEqual([]);
  });

  test('the places are named', async () => {
    const answer = await post('/api/checkout-session', { items: [{ sku: 'tee', quantity: 0 }] });
    expect(answer.json().errors).toEqual([
      { path: '/body/items/0/quantity', message: expect.any(String) },
    ]);
  });

  test.each([
    ['/api/order-status', '/query/orderId'],
    ['/api/order-status?orderId=nonsense', '/query/orderId'],
    ['/api/inventory/availability', '/query/variantKey'],
    ['/api/inventory/availability?variantKey=tee', '/query/variantKey/0'],
    [`/api/inventory/availability?${'variantKey=v1:tee&'.repeat(101)}`, '/query/variantKey'],
  ])('%s', async (path, place) => {
    const answer = await edge.call(SHOP, path);
    expect(answer.status).toBe(400);
    expect(answer.json().errors).toEqual([{ path: place, message: expect.any(String) }]);
    expect(edge.origin.calls).toEqual([]);
  });

  test('no idempotency key, and a guessable one', async () => {
    const body = JSON.stringify({ items: ITEMS });
    const headers = { 'content-type': 'application/json' };
    const path = '/api/checkout-session';
    const none = await edge.call(SHOP, path, { method: 'POST', headers, body });
    expect(none.status).toBe(400);
    expect(none.json().code).toBe('idempotency_key_required');
    const short = await post(path, body, { 'idempotency-key': 'short' });
    expect(short.json().code).toBe('malformed_request');
    expect(edge.origin.calls).toEqual([]);
  });
});

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
    expect(sentBody()).toEqual({ coupon: 'TEN', cart: { id: cart.id, lines: ITEMS } });
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
    expect(sentBody()).toEqual({});
  });

  test('items of the request come before the cart', async () => {
    const items = [{ sku: 'mug', quantity: 1 }];
    await post('/api/checkout-session', { items }, { cookie: await cookieOf() });
    expect(sentBody()).toEqual({ items });
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

describe('webhooks', () => {
  const HOOKS = 'hooks.localhost';
  const EVENT = Buffer.from('{"id":"evt_1",  "odd" : "caf\\u00e9 \u2603",\r\n"n":1.0}\n');

  test.each([
    ['/api/stripe-webhook', '/node/v1/webhooks/stripe'],
    ['/api/billing/webhook', '/node/v1/webhooks/billing'],
  ])('%s arrives byte for byte, signed, and for no shop', async (path, target) => {
    const signature = 't=1,v1=abc';
    const answer = await edge.call(HOOKS, path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signature,
        'x-shop-id': 'aurora',
      },
      body: EVENT,
    });
    expect(answer.status).toBe(200);
    const [call] = edge.origin.calls;
    expect(call?.target).toBe(target);
    expect(call?.body.equals(EVENT)).toBe(true);
    expect(call?.signature.ok).toBe(true);
    expect(call?.headers.get('stripe-signature')).toBe(signature);
    expect(call?.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(call?.headers.get('x-shop-id')).toBeNull();
  });

  test('bytes that are no JSON go through as well: the signature is over bytes', async () => {
    const body = Buffer.from([0xff, 0x00, 0xfe, 0x0a]);
    await edge.call(HOOKS, '/api/stripe-webhook', { method: 'POST', body });
    expect(edge.origin.calls[0]?.body.equals(body)).toBe(true);
  });

  test.each([
    ['GET', '/api/stripe-webhook'],
    ['POST', '/api/checkout-session'],
    ['POST', '/api/stripe-webhook/'],
    ['GET', '/'],
    ['GET', '/ops/v1/hosts'],
  ])('nothing else is served there: %s %s', async (method, path) => {
    const answer = await edge.call(HOOKS, path, { method });
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('not_found');
  });

  test('a body over 1 MiB is refused', async () => {
    const body = Buffer.alloc(1024 * 1024 + 1);
    const answer = await edge.call(HOOKS, '/api/stripe-webhook', { method: 'POST', body });
    expect(answer.status).toBe(413);
    expect(edge.origin.calls).toEqual([]);
  });
});

describe("the node service's answer", () => {
  test('comes back as it is, less the headers that stay inside', async () => {
    const body = '{"code":"inventory_busy",  "retryAfterMs":120}';
    edge.origin.answerWith(() => ({
      status: 409,
      headers: {
        'content-type': 'application/problem+json',
        'retry-after': '1',
        'idempotency-replayed': 'true',
        'x-contract-version': '1.0.0',
        server: 'koa',
        'set-cookie': 'a=b',
      },
      body,
    }));
    const answer = await post('/api/checkout-session', { items: ITEMS });
    expect([answer.status, answer.text]).toEqual([409, body]);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      'idempotency-replayed': 'true',
    });
    for (const name of ['x-contract-version', 'server', 'set-cookie']) {
      expect(answer.headers[name]).toBeUndefined();
    }
  });

  test('is a 304 where the client has it already', async () => {
    edge.origin.answerWith(() => ({
      status: 200,
      headers: { 'content-type': 'application/json', etag: '"a1"', 'cache-control': 'max-age=2' },
      body: '{"items":[]}',
    }));
    const path = '/api/inventory/availability?variantKey=v1:tee';
    const same = await edge.call(SHOP, path, { headers: { 'if-none-match': 'W/"a1", "b"' } });
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', '"a1"']);
    const other = await edge.call(SHOP, path, { headers: { 'if-none-match': '"b"' } });
    expect([other.status, other.text]).toEqual([200, '{"items":[]}']);
  });

  test.each<[string, number, string, string]>([
    ["a load balancer's page", 502, 'text/html', '<h1>Bad Gateway</h1>'],
    ['a redirect', 302, 'text/plain', ''],
    [
      'a refusal of our signature',
      401,
      'application/problem+json',
      '{"code":"gateway_signature_invalid"}',
    ],
  ])('that is none of its own is a 503: %s', async (_, status, type, body) => {
    edge.origin.answerWith(() => ({
      status,
      headers: { 'content-type': type, location: 'http://evil.example' },
      body,
    }));
    const answer = await post('/api/checkout-session', { items: ITEMS });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json()).toMatchObject({ code: 'service_unavailable', shopId: 'aurora' });
    expect(edge.origin.calls).toHaveLength(1);
  });
});

describe('without the node service', () => {
  let lonely: TestEdge;
  beforeAll(async () => {
    lonely = await startTestEdge();
    await lonely.putHost(SHOP, { shopId: 'aurora' });
    await lonely.origin.stop();
  });
  afterAll(() => lonely?.dispose());

  test('every call is a 503 with Retry-After, at once', async () => {
    const startedAtMs = Date.now();
    const answers = [
      await lonely.call(SHOP, `/api/order-status?orderId=${ORDER_ID}`),
      await lonely.call('hooks.localhost', '/api/stripe-webhook', { method: 'POST', body: '{}' }),
      await lonely.call('ops.localhost', '/ops/v1/hosts', {
        headers: { authorization: 'Bearer x' },
      }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('2');
      expect(answer.json().code).toBe('service_unavailable');
    }
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
  });

  test("a page says so, in the shop's words and with a 5xx", async () => {
    const answer = await lonely.call(SHOP, '/', { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toContain('text/html');
  });
});

test('a gateway without its key serves nothing, and says why only to the log', async () => {
  const broken = await startTestEdge({ gatewayPrivateKey: 'bm90IGEga2V5' });
  try {
    const answer = await broken.call('ops.localhost', '/ops/v1/hosts', {
      headers: { authorization: 'Bearer x' },
    });
    expect(answer.status).toBe(500);
    expect(answer.json().code).toBe('internal_error');
    expect(answer.text).not.toContain('GATEWAY_PRIVATE_KEY');
    expect(broken.logLines.join('\n')).toContain('GATEWAY_PRIVATE_KEY is not the base64');
    expect(broken.logLines.join('\n')).not.toContain('bm90IGEga2V5');
  } finally {
    await broken.dispose();
  }
});
