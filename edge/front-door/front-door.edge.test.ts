import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';

const SHOP = 'aurora.localhost';
const JSON_TYPE = { 'content-type': 'application/json' };
const VALIDATE = '/api/inventory/validate';
const ITEMS = JSON.stringify({ items: [{ sku: 'tee', quantity: 1 }] });

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge();
  const mapped = [
    await edge.putHost(SHOP, { shopId: 'aurora' }),
    await edge.putHost('borealis.localhost', { shopId: 'borealis' }),
    await edge.putHost('www.aurora.localhost', {
      shopId: 'aurora',
      kind: 'alias',
      canonicalHost: SHOP,
    }),
    await edge.putHost('sale.localhost', {
      shopId: 'aurora',
      kind: 'vanity',
      mode: 'redirect_only',
      canonicalHost: SHOP,
    }),
    await edge.putHost('soon.localhost', { shopId: 'borealis', mode: 'landing_only' }),
    await edge.putHost('gone.localhost', { shopId: 'borealis', mode: 'expired' }),
  ];
  expect(mapped.map(({ status }) => status)).toEqual(mapped.map(() => 200));
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

/** A valid public call, with whatever a test adds. */
function validate(host: string, headers: Record<string, string> = {}) {
  return edge.call(host, VALIDATE, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: ITEMS,
  });
}

describe('a host is one shop', () => {
  test('the shop of the host reaches the node service, signed', async () => {
    const answer = await validate(SHOP);
    expect(answer.status).toBe(200);
    const [call] = edge.origin.calls;
    expect(call?.signature).toEqual({ ok: true, keyId: 'test-1' });
    expect(call?.headers.get('x-shop-id')).toBe('aurora');
    expect(call?.headers.get('x-shop-host')).toBe(SHOP);
    expect(call?.headers.get('x-shop-canonical-host')).toBe(SHOP);
    expect(call?.headers.get('x-shop-environment')).toBe('local');
    expect(call?.headers.get('x-contract-version')).toBe('1.0.0');
  });

  test.each(['AURORA.localhost', 'aurora.localhost.', 'aurora.localhost:9999'])(
    '%s is aurora.localhost',
    async (host) => {
      expect((await validate(host)).status).toBe(200);
      expect(edge.origin.calls[0]?.headers.get('x-shop-host')).toBe(SHOP);
    },
  );

  test('no client can choose its shop, its environment or its cart', async () => {
    await validate(SHOP, {
      'X-Shop-Id': 'borealis',
      'x-shop-environment': 'production',
      'X-Shop-Anything': 'x',
      'X-Shop-Runtime-Id': 'theirs',
      'X-Forwarded-Host': 'borealis.localhost',
      Forwarded: 'host=borealis.localhost',
      'X-Forwarded-For': '192.0.2.1',
      'X-Original-URL': '/api/rental',
      'X-HTTP-Method-Override': 'DELETE',
      'X-Cart-Id': 'cart_x',
      'X-Contract-Version': '9.0.0',
      Signature: 'gateway=:AAAA:',
      'Signature-Input': 'gateway=("@method")',
      'Content-Digest': 'sha-256=:AAAA:',
    });
    const [call] = edge.origin.calls;
    expect(call?.signature.ok).toBe(true);
    expect(call?.headers.get('x-shop-id')).toBe('aurora');
    expect(call?.headers.get('x-shop-environment')).toBe('local');
    expect(call?.headers.get('x-contract-version')).toBe('1.0.0');
    for (const name of ['x-shop-anything', 'x-shop-runtime-id', 'x-forwarded-host', 'x-cart-id']) {
      expect(call?.headers.get(name)).toBeNull();
    }
  });

  test('an unknown host is a 404, to a program and to a person', async () => {
    const problem = await edge.call('nobody.localhost', VALIDATE, { method: 'POST' });
    expect(problem.status).toBe(404);
    expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(problem.json().code).toBe('host_unknown');
    const page = await edge.call('nobody.localhost', '/', { headers: { accept: 'text/html' } });
    expect(page.status).toBe(404);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('No shop here');
    expect(edge.origin.calls).toEqual([]);
  });

  test.each(['127.0.0.1', '[::1]', 'aurora', 'xaurora.localhost'])(
    '%s is no host',
    async (host) => {
      const answer = await edge.call(host, '/');
      expect(answer.status).toBe(404);
      expect(answer.json().code).toBe('host_unknown');
    },
  );

  // Cloudflare answers these with a 400, workerd with a 500, both before a Worker is asked.
  test.each([
    'aurora.localhost@evil.example',
    'evil.example/aurora.localhost',
    '%61urora.localhost',
  ])('%s reaches no shop', async (host) => {
    expect((await edge.call(host, '/')).status).toBeGreaterThanOrEqual(400);
    expect(edge.origin.calls).toEqual([]);
  });
});

describe('the request id', () => {
  test("is the client's own where it has the form, on every hop and in the answer", async () => {
    const answer = await validate(SHOP, { 'x-request-id': 'my-own-id_1' });
    expect(answer.headers['x-request-id']).toBe('my-own-id_1');
    expect(edge.origin.calls[0]?.headers.get('x-request-id')).toBe('my-own-id_1');
    const line = edge.logLines.find(
      (text) => text.includes('my-own-id_1') && text.includes('front-door'),
    );
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      event: 'request',
      shopId: 'aurora',
      requestId: 'my-own-id_1',
      endpoint: 'validateInventory',
      status: 200,
      outcome: 'ok',
    });
  });

  test.each(['short', 'has space in it', 'a'.repeat(129)])('%j is replaced', async (id) => {
    const answer = await validate(SHOP, { 'x-request-id': id });
    expect(answer.headers['x-request-id']).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
    expect(answer.headers['x-request-id']).not.toBe(id);
  });

  test('traceparent goes along', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await validate(SHOP, { traceparent });
    expect(edge.origin.calls[0]?.headers.get('traceparent')).toBe(traceparent);
  });
});

describe('an alias goes to the canonical host', () => {
  test.each([
    ['/'],
    ['/products/tee'],
    ['/a%2Fb/%E2%82%AC?x=%2F&x=2&empty=&&flag'],
    ['//evil.example/path'],
    ['/p?'],
    ['/p?next=https://evil.example/?q=1'],
    ['/api/cart?x=1'],
    ["/quote'?a='b'"],
  ])('%s, byte for byte', async (path) => {
    const answer = await edge.call('www.aurora.localhost', path);
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe(`http://${SHOP}:${edge.port}${path}`);
    expect(answer.headers['cache-control']).toBe('max-age=3600');
  });

  test('a redirect-only host redirects its pages and has no API', async () => {
    const page = await edge.call('sale.localhost', '/summer?code=1');
    expect(page.status).toBe(301);
    expect(page.headers.location).toBe(`http://${SHOP}:${edge.port}/summer?code=1`);
    const api = await edge.call('sale.localhost', '/api/cart');
    expect(api.status).toBe(404);
    expect(api.json().code).toBe('not_found');
  });
});

describe('modes', () => {
  test.each([
    ['soon.localhost', 200, 'Opening soon'],
    ['gone.localhost', 410, 'has closed'],
  ])('%s shows a page of its own', async (host, status, text) => {
    const page = await edge.call(host, '/products/tee');
    expect(page.status).toBe(status);
    expect(page.text).toContain(text);
  });

  test.each(['soon.localhost', 'gone.localhost'])('%s settles and does not trade', async (host) => {
    const trading = await validate(host);
    expect(trading.status).toBe(403);
    expect(trading.json()).toMatchObject({ code: 'shop_not_trading', shopId: 'borealis' });
    const orderId = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
    const settling = await edge.call(host, `/api/order-status?orderId=${orderId}`);
    expect(settling.status).toBe(200);
    expect(edge.origin.calls.map((call) => call.target)).toEqual([
      `/node/v1/orders/${orderId}/status`,
    ]);
  });
});

describe('/api is what the contract has', () => {
  test.each([
    ['/api'],
    ['/api/'],
    ['/api/unknown'],
    ['/api/cart/'],
    ['/api/Cart'],
    ['/API/cart'],
    ['/%61pi/cart'],
    ['/api%2Fcart'],
    ['//api/cart'],
    ['/api/stripe-webhook'],
    ['/api/billing/webhook'],
  ])('%s is a 404 problem on a shop', async (path) => {
    const answer = await edge.call(SHOP, path, { method: 'POST', headers: JSON_TYPE, body: '{}' });
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('not_found');
    expect(edge.origin.calls).toEqual([]);
  });

  test('another method is a 405 that says which', async () => {
    const answer = await edge.call(SHOP, VALIDATE);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST, OPTIONS');
    expect(answer.json().code).toBe('method_not_allowed');
    const remove = await edge.call(SHOP, '/api/order-status', { method: 'DELETE' });
    expect(remove.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  test('OPTIONS says which methods there are, and allows no other origin', async () => {
    const answer = await edge.call(SHOP, VALIDATE, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.allow).toBe('POST, OPTIONS');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-'))).toEqual([]);
  });

  test('HEAD is GET without the body', async () => {
    edge.origin.answerWith(() => ({ status: 200, headers: { etag: '"a"' }, body: '{"items":[]}' }));
    const path = '/api/inventory/availability?variantKey=v1:tee';
    const answer = await edge.call(SHOP, path, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(edge.origin.calls[0]?.method).toBe('GET');
  });

  test('pages are read only', async () => {
    const answer = await edge.call(SHOP, '/checkout', {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{}',
    });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
  });
});

describe('what another site could make a browser send', () => {
  test.each(['http://borealis.localhost', 'http://aurora.localhost:1', 'null'])(
    'Origin %s is refused',
    async (origin) => {
      const answer = await validate(SHOP, { origin });
      expect(answer.status).toBe(403);
      expect(answer.json().code).toBe('origin_not_allowed');
      expect(edge.origin.calls).toEqual([]);
    },
  );

  test('its own Origin passes', async () => {
    expect((await validate(SHOP, { origin: `http://${SHOP}:${edge.port}` })).status).toBe(200);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded'])('%s is refused', async (type) => {
    const answer = await validate(SHOP, { 'content-type': type });
    expect(answer.status).toBe(415);
    expect(answer.json().code).toBe('unsupported_media_type');
  });

  test('a body over 1 MiB is refused, declared or not', async () => {
    const body = Buffer.alloc(1024 * 1024 + 1, ' ');
    const declared = await edge.call(SHOP, VALIDATE, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'content-length': body.length },
      body,
    });
    expect(declared.status).toBe(413);
    expect(declared.json().code).toBe('payload_too_large');
    const chunked = await edge.call(SHOP, VALIDATE, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
      body,
    });
    expect(chunked.status).toBe(413);
    expect(edge.origin.calls).toEqual([]);
  });

  test('a body of 1 MiB is read', async () => {
    const body = ITEMS + ' '.repeat(1024 * 1024 - ITEMS.length);
    const answer = await edge.call(SHOP, VALIDATE, { method: 'POST', headers: JSON_TYPE, body });
    expect(answer.status).toBe(200);
  });
});

test('every answer carries the security headers', async () => {
  const answers = [
    await validate(SHOP),
    await edge.call(SHOP, '/api/unknown'),
    await edge.call('nobody.localhost', '/'),
    await edge.call('www.aurora.localhost', '/'),
    await edge.call('hooks.localhost', '/'),
    await edge.call('ops.localhost', '/ops/v1/hosts'),
  ];
  for (const { headers } of answers) {
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['referrer-policy']).toBeDefined();
    expect(headers['permissions-policy']).toBeDefined();
    expect(headers['x-request-id']).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    // Over plain http a browser must not be told to insist on https.
    expect(headers['strict-transport-security']).toBeUndefined();
  }
});
