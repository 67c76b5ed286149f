/** Production's own limits, before what they must let through, and outside a developer's machine. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RATE_LIMITS } from '../../local/rate-limits.ts';
import { type EdgeAnswer, startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { sealCart } from '../cart/cart-cookie.ts';
import { parseCartKeys } from '../cart/cart-keys.ts';

const SHOP = 'aurora.localhost';
const ORDER_ID = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
const SESSION_ID = 'cs_test_a1B2c3D4e5F6';
const ITEMS = [{ sku: 'tee', quantity: 1 }];
const BUYERS = 100;

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge({ environment: 'production' });
  await edge.putHost(SHOP, { shopId: 'aurora' });
}, 60_000);
afterAll(() => edge?.dispose());

async function newCart(): Promise<string> {
  const id = `cart_${randomUUID()}`;
  const issuedAt = Math.floor(Date.now() / 1000);
  const cart = { id, shopId: 'aurora', lines: ITEMS, issuedAt };
  const sealed = await sealCart(cart, parseCartKeys(JSON.stringify(edge.cartKeys)));
  return `__Host-cart=${sealed.ok ? sealed.value : ''}`;
}

function call(path: string, body: unknown, headers: Record<string, string>): Promise<EdgeAnswer> {
  if (body === undefined) return edge.call(SHOP, path, { headers });
  const ofBody = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  return edge.call(SHOP, path, {
    method: 'POST',
    headers: { ...ofBody, ...headers },
    body: JSON.stringify(body),
  });
}

/** All that a checkout takes of the gateway. */
async function buy(headers: Record<string, string>): Promise<number[]> {
  const status = `/api/order-status?orderId=${ORDER_ID}`;
  const steps: [string, unknown][] = [
    ['/api/inventory/availability?variantKey=v1:tee', undefined],
    ['/api/inventory/validate', { items: ITEMS }],
    ['/api/checkout-session', {}],
    [status, undefined],
    [`/api/checkout-session/${SESSION_ID}/finalize`, {}],
    [status, undefined],
    [status, undefined],
  ];
  const statuses: number[] = [];
  for (const [path, body] of steps) statuses.push((await call(path, body, headers)).status);
  return statuses;
}

describe('an office of 100 buyers behind one address', () => {
  test('buys within ten seconds, and nobody is told to wait', async () => {
    const address = '2001:db8:0ff1:ce::';
    const queue = Array.from({ length: BUYERS }, (_, index) => `${address}${index + 1}`);
    const found: number[] = [];
    const buyOneByOne = async () => {
      for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
        found.push(...(await buy({ cookie: await newCart(), 'cf-connecting-ip': from })));
      }
    };
    await Promise.all(Array.from({ length: 10 }, buyOneByOne));
    expect(found.length).toBe(BUYERS * 7);
    expect(found.filter((status) => status !== 200)).toEqual([]);
  }, 180_000);

  test('has room for each of them to do it twice', () => {
    const { LIMIT_SPEND_ADDRESS, LIMIT_READ_ADDRESS, LIMIT_SPEND_CALLER } = RATE_LIMITS.gateway;
    expect(LIMIT_SPEND_ADDRESS.limit).toBeGreaterThanOrEqual(2 * BUYERS * 2);
    expect(LIMIT_READ_ADDRESS.limit).toBeGreaterThanOrEqual(2 * BUYERS * 5);
    expect(LIMIT_SPEND_ADDRESS.limit).toBeGreaterThanOrEqual(10 * LIMIT_SPEND_CALLER.limit);
  });
});
