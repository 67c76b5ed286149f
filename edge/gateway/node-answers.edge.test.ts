import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { ITEMS, ORDER_ID, postTo, SHOP, startShopEdge } from './testing/shop-edge.ts';

let edge: TestEdge;

beforeAll(async () => {
  edge = await startShopEdge();
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  postTo(edge, path, body, headers);

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
    const answer = await lonely.call(SHOP, '/en/', { headers: { accept: 'text/html' } });
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
