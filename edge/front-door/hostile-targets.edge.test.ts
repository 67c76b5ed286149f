/** Requests whose path or host is written so that one reader takes it for another than the next reader does. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestEdge } from '../../local/test-edge.ts';
import { KEY, SHOP, startShopEdge } from '../gateway/testing/shop-edge.ts';

let edge: TestEdge;

beforeAll(async () => {
  edge = await startShopEdge();
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

// Dots that are not encoded are gone before a Worker is asked: it sees the path that is left, and decides about that.
describe('a path with a dot segment leads nowhere', () => {
  test.each([
    '/%2e/api/cart',
    '/%2E%2e/api/cart',
    '/.%2e/api/cart',
    '/products/%2e%2e/api/cart',
    '/products\\..\\api/cart',
    '/x%2f..%2fapi/cart',
    '/api/%2e/cart',
    '/api/checkout-session/%2e%2e',
  ])('GET %s', async (path) => {
    const answer = await edge.call(SHOP, path);
    expect([answer.status, answer.json().code]).toEqual([404, 'not_found']);
    expect(edge.origin.calls).toEqual([]);
  });

  test.each(['%2e%2e', '%2e', '%2E.', '..%2fwebhooks', 'a%2fb', 'a%5cb'])(
    'POST /api/checkout-session/%s/finalize',
    async (segment) => {
      const answer = await edge.call(SHOP, `/api/checkout-session/${segment}/finalize`, {
        method: 'POST',
        headers: { 'idempotency-key': KEY, authorization: 'Bearer some-token' },
      });
      expect(answer.json().code).toMatch(/^(not_found|malformed_request)$/);
      expect(edge.origin.calls).toEqual([]);
    },
  );

  test.each(['%2e%2e', 'a%2fb'])('GET /ops/v1/shops/%s', async (segment) => {
    const headers = { authorization: `Bearer ${edge.operatorToken}` };
    const answer = await edge.call('ops.localhost', `/ops/v1/shops/${segment}`, { headers });
    expect([answer.status, answer.json().code]).toEqual([404, 'not_found']);
    expect(edge.origin.calls).toEqual([]);
  });

  test.each(['/\\api/cart', '/api\\cart'])(
    'nor is %s a page: it lies in the API, and is none of its routes',
    async (path) => {
      const answer = await edge.call(SHOP, path);
      expect([answer.status, answer.json().code]).toEqual([404, 'not_found']);
    },
  );
});

test.each(['aurora.localhost:99999', 'aurora.localhost:65536', 'aurora.localhost:0'])(
  '%s is no host, and names no shop',
  async (host) => {
    const answer = await edge.call(host, '/');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.json()).toMatchObject({ code: 'host_unknown' });
    expect(answer.json()).not.toHaveProperty('shopId');
  },
);
