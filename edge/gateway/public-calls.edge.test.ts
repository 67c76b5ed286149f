import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EdgeCall, TestEdge } from '../../local/test-edge.ts';
import {
  ITEMS,
  KEY,
  ORDER_ID,
  postTo,
  SESSION_ID,
  SHOP,
  sentBody,
  startShopEdge,
} from './testing/shop-edge.ts';

let edge: TestEdge;

beforeAll(async () => {
  edge = await startShopEdge();
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  postTo(edge, path, body, headers);

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
      // Sorted: the answer is for all who ask for these keys (preview/).
      '/inventory/availability?variantKey=v1%3Amug&variantKey=v1%3Atee%3Fcolor%3Dred',
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
  ])('%s', async (operationId, path, method, sent, target) => {
    const answer = await edge.call(SHOP, path, {
      method: method ?? 'GET',
      headers: {
        authorization: 'Bearer some-token',
        'x-attempt': '2',
        ...(method === 'GET' ? {} : { 'idempotency-key': KEY }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
    const [call] = edge.origin.calls;
    expect([call?.method, call?.target]).toEqual([method, `/node/v1${target}`]);
    expect(call?.signature).toEqual({ ok: true, keyId: 'test-1' });
    const isPreview = operationId === 'getAvailability';
    expect(call?.headers.get('authorization')).toBe(isPreview ? null : 'Bearer some-token');
    expect(call?.headers.get('idempotency-key')).toBe(method === 'GET' ? null : KEY);
    const takesAttempt = ['createCheckoutSession', 'validateInventory'].includes(operationId);
    expect(call?.headers.get('x-attempt')).toBe(takesAttempt ? '2' : null);
    expect(call?.headers.get('cookie')).toBeNull();
    if (sent !== undefined) expect(sentBody(edge)).toEqual(sent);
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

  test.each(['', '0', '101', '1e1', ' 2 x', 'two'])('X-Attempt: %j', async (attempt) => {
    for (const path of ['/api/checkout-session', '/api/inventory/validate']) {
      const answer = await post(path, { items: ITEMS }, { 'x-attempt': attempt });
      expect(answer.status).toBe(400);
      expect(answer.json().errors).toEqual([
        { path: '/headers/x-attempt', message: expect.any(String) },
      ]);
    }
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
