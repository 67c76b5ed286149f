import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../../local/test-edge.ts';

const OPS = 'ops.localhost';
const JSON_TYPE = { 'content-type': 'application/json' };

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

function ask(path: string, method = 'GET', headers: Record<string, string> = {}) {
  const authorization = `Bearer ${edge.operatorToken}`;
  return edge.call(OPS, path, { method, headers: { authorization, ...headers } });
}

describe('mapping a host', () => {
  test('makes it reachable at once, and says what is stored', async () => {
    expect((await edge.call('new.localhost', '/api/nothing')).json().code).toBe('host_unknown');
    const put = await edge.putHost('new.localhost', {
      shopId: 'aurora',
      locales: ['en', 'de-DE'],
      runtimeId: 'storefront-1',
      reason: 'Onboarding',
    });
    expect(put.status).toBe(200);
    expect(put.json()).toMatchObject({
      host: 'new.localhost',
      shopId: 'aurora',
      canonicalHost: 'new.localhost',
      kind: 'canonical',
      mode: 'active',
      defaultLocale: 'en',
      locales: ['en', 'de-DE'],
      runtimeId: 'storefront-1',
      version: 1,
      updatedBy: 'ida',
    });
    expect((await edge.call('new.localhost', '/api/nothing')).json().code).toBe('not_found');
    expect((await ask('/ops/v1/hosts/new.localhost')).json()).toEqual(put.json());
  });

  test('again raises the version, and the new shop is served at once', async () => {
    await edge.putHost('moving.localhost', { shopId: 'aurora' });
    await edge.call('moving.localhost', '/api/nothing');
    const moved = await edge.putHost('moving.localhost', { shopId: 'borealis' });
    expect(moved.json()).toMatchObject({ shopId: 'borealis', version: 2 });
    const orderId = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
    await edge.call('moving.localhost', `/api/order-status?orderId=${orderId}`);
    expect(edge.origin.calls.at(-1)?.headers.get('x-shop-id')).toBe('borealis');
  });

  test('to a shop that the registry does not know is refused', async () => {
    const answer = await edge.putHost('ghost.localhost', { shopId: 'ghost' });
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('shop_unknown');
    expect((await ask('/ops/v1/hosts/ghost.localhost')).status).toBe(404);
  });

  test.each([
    ['hooks.localhost', {}],
    ['ops.localhost', {}],
    ['127.0.0.1', {}],
    ['Upper.localhost', { canonicalHost: 'upper.localhost' }],
    ['alias.localhost', { kind: 'alias', canonicalHost: 'unmapped.localhost' }],
    ['self.localhost', { mode: 'redirect_only' }],
  ])('that could not be served is refused: %s', async (host, settings) => {
    const answer = await edge.putHost(host, { shopId: 'aurora', ...settings });
    expect(answer.status).toBe(422);
    expect(answer.json().code).toBe('host_invalid');
  });

  test('by a broken, foreign or empty body is refused', async () => {
    const missing = await edge.putHost('x.localhost', { shopId: 'Not A Shop' });
    expect(missing.status).toBe(400);
    expect(missing.json().errors).toEqual([
      expect.objectContaining({ path: expect.stringContaining('shopId') }),
    ]);
    const path = '/ops/v1/hosts/x.localhost';
    const authorization = `Bearer ${edge.operatorToken}`;
    const put = (headers: Record<string, string>, body: string) =>
      edge.call(OPS, path, { method: 'PUT', headers: { authorization, ...headers }, body });
    expect((await put(JSON_TYPE, '{')).status).toBe(400);
    expect((await put({ 'content-type': 'text/plain' }, '{}')).status).toBe(415);
    expect((await put({ ...JSON_TYPE, origin: 'http://evil.example' }, '{}')).status).toBe(403);
  });
});

describe('listing hosts', () => {
  test('goes in pages, by host, of one shop or of all', async () => {
    for (const host of ['list-a.localhost', 'list-b.localhost', 'list-c.localhost']) {
      await edge.putHost(host, { shopId: 'borealis' });
    }
    const first = await ask('/ops/v1/hosts?shopId=borealis&limit=2&after=list');
    expect(first.json()).toMatchObject({
      items: [{ host: 'list-a.localhost' }, { host: 'list-b.localhost' }],
      next: 'list-b.localhost',
    });
    const second = await ask('/ops/v1/hosts?shopId=borealis&limit=2&after=list-b.localhost');
    const { items } = second.json() as { items: { host: string; shopId: string }[] };
    expect(items[0]).toMatchObject({ host: 'list-c.localhost' });
    expect(items.every(({ shopId }) => shopId === 'borealis')).toBe(true);
  });

  test('of one kind, or of one mode as it was written', async () => {
    await edge.putHost('kinds.localhost', { shopId: 'borealis', mode: 'landing_only' });
    const redirect = { shopId: 'borealis', canonicalHost: 'kinds.localhost' };
    await edge.putHost('www.kinds.localhost', { ...redirect, kind: 'alias' });
    await edge.putHost('kinds-sale.localhost', {
      ...redirect,
      kind: 'vanity',
      mode: 'redirect_only',
    });
    const hosts = async (query: string) => {
      const { items } = (await ask(`/ops/v1/hosts?${query}`)).json() as {
        items: { host: string }[];
      };
      return items.map(({ host }) => host);
    };
    expect(await hosts('kind=alias')).toEqual(['www.kinds.localhost']);
    expect(await hosts('mode=landing_only')).toEqual(['kinds.localhost']);
    expect(await hosts('kind=vanity&mode=redirect_only&shopId=borealis')).toEqual([
      'kinds-sale.localhost',
    ]);
    expect(await hosts('kind=vanity&shopId=aurora')).toEqual([]);
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'shopId=Not+A+Shop',
    'after=-',
    'kind=main',
    'mode=open',
    'shop=aurora',
  ])('?%s is malformed', async (query) => {
    const answer = await ask(`/ops/v1/hosts?${query}`);
    expect(answer.status).toBe(400);
    const [name] = query.split('=');
    expect(answer.json().errors).toEqual([expect.objectContaining({ path: `/query/${name}` })]);
  });
});

describe('only an operator', () => {
  test.each(['/ops/v1/hosts', '/ops/v1/hosts/aurora.localhost', '/ops/v1/shops'])(
    '%s without a token is a 401',
    async (path) => {
      const answer = await edge.call(OPS, path);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(edge.origin.calls).toEqual([]);
    },
  );

  test('is what the node service says: its refusal is the answer', async () => {
    const answer = await ask('/ops/v1/hosts', 'GET', { authorization: 'Bearer nonsense' });
    expect(answer.status).toBe(401);
    expect(answer.json().code).toBe('unauthenticated');
    expect(answer.json().requestId).toBe(answer.headers['x-request-id']);
  });

  test('reaches what the node service answers, signed, with the token', async () => {
    const answer = await ask('/ops/v1/shops/aurora', 'GET', { 'x-shop-id': 'borealis' });
    expect(answer.json()).toMatchObject({ shopId: 'aurora' });
    const [call] = edge.origin.calls;
    expect(call?.target).toBe('/ops/v1/shops/aurora');
    expect(call?.signature.ok).toBe(true);
    expect(call?.headers.get('authorization')).toBe(`Bearer ${edge.operatorToken}`);
    expect(call?.headers.get('x-shop-id')).toBeNull();
  });
});

describe('a change of stock', () => {
  const path = '/ops/v1/shops/aurora/stock/adjustments';
  const body = { variantKey: 'v1:mug', kind: 'restock', quantity: 12, reason: 'Delivery 4711' };
  const key = 'Zk3vQ9mX2pL7wR4tY8bN1c';
  const send = (method: string, to: string, content: string, headers: Record<string, string>) => {
    const authorization = `Bearer ${edge.operatorToken}`;
    return edge.call(OPS, to, { method, headers: { authorization, ...headers }, body: content });
  };

  test('reaches the node service, signed, with its body, key and token', async () => {
    edge.origin.answerWith(() => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' },
      body: '{"after":200}',
    }));
    const headers = { ...JSON_TYPE, 'idempotency-key': key };
    const answer = await send('POST', path, JSON.stringify(body), headers);
    expect([answer.status, answer.json()]).toEqual([200, { after: 200 }]);
    expect(answer.headers['idempotency-replayed']).toBe('true');
    const rows = [{ row: 2, variantKey: 'v1:mug', onHand: 188 }];
    const imported = '/ops/v1/shops/aurora/stock/imports/stocktake-1';
    await send('PUT', imported, JSON.stringify({ reason: 'Stocktake', rows }), JSON_TYPE);
    const [adjusting, importing] = edge.origin.calls;
    expect([adjusting?.method, adjusting?.target]).toEqual(['POST', path]);
    expect(JSON.parse(adjusting?.body.toString() ?? '')).toEqual(body);
    expect(adjusting?.headers.get('idempotency-key')).toBe(key);
    expect(adjusting?.headers.get('authorization')).toBe(`Bearer ${edge.operatorToken}`);
    expect([importing?.method, importing?.target]).toEqual(['PUT', imported]);
    expect(edge.origin.calls.map(({ signature }) => signature.ok)).toEqual([true, true]);
  });

  test('whose body breaks the contract never reaches it', async () => {
    const unknown = await send('POST', path, JSON.stringify({ ...body, quantity: 0 }), JSON_TYPE);
    expect([unknown.status, unknown.json().code]).toEqual([400, 'malformed_request']);
    expect(unknown.json().errors).toEqual([expect.objectContaining({ path: '/body/quantity' })]);
    const text = await send('POST', path, JSON.stringify(body), { 'content-type': 'text/plain' });
    expect(text.status).toBe(415);
    expect(edge.origin.calls).toEqual([]);
  });
});

describe('the control host', () => {
  test.each(['/', '/api/cart', '/ops/v1', '/ops/v1/nothing', '/ops/v2/hosts'])(
    '%s is a 404 problem',
    async (path) => {
      expect((await ask(path)).json().code).toBe('not_found');
    },
  );

  test('answers another method with a 405', async () => {
    const answer = await ask('/ops/v1/hosts', 'DELETE');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  test('is no shop', async () => {
    const answer = await edge.call('shop.localhost', '/ops/v1/hosts');
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('host_unknown');
  });
});
