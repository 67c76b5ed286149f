/** The preview of stock in workerd: whom one answer serves, for how long, and whom it never does. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OriginAnswer, RecordedCall } from '../../../local/recording-origin.ts';
import { startTestEdge, type TestEdge } from '../../../local/test-edge.ts';

const AURORA = 'aurora.localhost';
const BOREALIS = 'borealis.localhost';
const SHORT = 'public, max-age=1, stale-while-revalidate=2, stale-if-error=60';
const LONG = 'public, max-age=10';
/** The machine may be busy with more than this. */
const PATIENCE = { timeout: 20_000, interval: 100 };

let edge: TestEdge;
/** Nothing that a test asks for was asked for by an earlier one. */
let sku = 'sku0';
let tests = 0;

beforeAll(async () => {
  edge = await startTestEdge();
  await edge.putHost(AURORA, { shopId: 'aurora' });
  await edge.putHost(BOREALIS, { shopId: 'borealis' });
});
afterAll(() => edge?.dispose());
beforeEach(() => {
  edge.origin.reset();
  tests += 1;
  sku = `sku${tests}`;
});

const key = (name = '') => `v1:${sku}${name}`;

/** As the node service answers: the keys in the order in which they were asked for, and what is there of each. */
function stock(available: number, cacheControl = LONG) {
  return (call: RecordedCall): OriginAnswer => {
    const asked = new URLSearchParams(call.target.split('?')[1]).getAll('variantKey');
    const items = asked.map((variantKey) => ({ variantKey, available, status: 'in_stock' }));
    const headers = {
      'content-type': 'application/json',
      etag: `"stock-${available}"`,
      'cache-control': cacheControl,
    };
    return { status: 200, headers, body: JSON.stringify({ items, asOf: '2026-11-23T12:00:00Z' }) };
  };
}

const REFUSED: OriginAnswer = {
  status: 403,
  headers: { 'content-type': 'application/problem+json' },
  body: '{"code":"shop_not_trading","status":403}',
};
const BROKEN: OriginAnswer = { status: 502, headers: { 'content-type': 'text/html' }, body: '<p>' };

function preview(keys: readonly string[], headers: Record<string, string> = {}, host = AURORA) {
  const query = keys.map((one) => `variantKey=${encodeURIComponent(one)}`).join('&');
  return edge.call(host, `/api/inventory/availability?${query}`, { headers });
}

async function availableOf(keys: readonly string[], headers = {}, host = AURORA) {
  const answer = await preview(keys, headers, host);
  const { items } = answer.json() as { items?: { available: number }[] };
  return items?.[0]?.available ?? answer.status;
}

const calls = () => edge.origin.calls.length;

describe('one answer of the node service', () => {
  test('serves all who ask for the same keys, in any order and however often, each in his own order', async () => {
    edge.origin.answerWith(stock(3));
    const [a, b, c] = [key('a'), key('b'), key('c')];
    const orders = [
      [b, a, c],
      [a, b, c],
      [c, b, a],
      [c, c, a, b, a],
    ];
    for (const asked of orders) {
      const answer = await preview(asked);
      expect(answer.status).toBe(200);
      const { items } = answer.json() as { items: { variantKey: string }[] };
      expect(items.map(({ variantKey }) => variantKey)).toEqual([...new Set(asked)]);
    }
    expect(calls()).toBe(1);
    const asked = new URLSearchParams(edge.origin.calls[0]?.target.split('?')[1]);
    expect(asked.getAll('variantKey')).toEqual([a, b, c]);
  });

  test('serves all who ask at one moment', async () => {
    edge.origin.answerWith((call) => ({ ...stock(3)(call), delayMs: 300 }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => preview([key()])));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(calls()).toBe(1);
  });

  test('serves no other shop, whose keys may be the same', async () => {
    edge.origin.answerWith((call) =>
      stock(call.headers.get('x-shop-id') === 'aurora' ? 3 : 7)(call),
    );
    for (const _ of [1, 2]) {
      expect(await availableOf([key()])).toBe(3);
      expect(await availableOf([key()], {}, BOREALIS)).toBe(7);
    }
    expect(calls()).toBe(2);
  });

  test('serves no other set of keys', async () => {
    edge.origin.answerWith(stock(3));
    for (const keys of [[key()], [key(), key('a')], [key('a')]]) await preview(keys);
    expect(calls()).toBe(3);
  });

  test('is a 304 to a client that has it, and says how old it is', async () => {
    edge.origin.answerWith(stock(3));
    const first = await preview([key()]);
    expect(first.headers).toMatchObject({ etag: '"stock-3"', 'cache-control': LONG });
    expect(Number(first.headers.age)).toBeLessThan(10);
    const again = await preview([key()], { 'if-none-match': 'W/"stock-3", "other"' });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', '"stock-3"']);
    const other = await preview([key()], { 'if-none-match': '"stock-4"' });
    expect(other.status).toBe(200);
    expect(calls()).toBe(1);
  });

  test('carries the id of each request, not of the one that brought it', async () => {
    edge.origin.answerWith(stock(3));
    const ids = ['req_first_000001', 'req_second_00002'];
    for (const id of ids) {
      const { headers } = await preview([key()], { 'x-request-id': id });
      expect(headers['x-request-id']).toBe(id);
    }
    expect(calls()).toBe(1);
  });
});

describe('what a client says in a header', () => {
  test.each([
    { 'cache-control': 'no-cache, no-store, max-age=0' },
    { pragma: 'no-cache' },
    { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    { range: 'bytes=0-3' },
    { authorization: 'Bearer somebody' },
    { cookie: '__Host-cart=anything; session=1' },
    { 'accept-language': 'de' },
    { 'x-forwarded-host': BOREALIS, 'x-shop-id': 'borealis', 'x-shop-host': BOREALIS },
    { 'x-stored-at-ms': '0', 'x-said-cache-control': 'public, max-age=31536000' },
    { 'cf-cache-status': 'MISS', vary: '*' },
  ])('neither passes the kept answer by nor makes another: %j', async (headers) => {
    edge.origin.answerWith(stock(3));
    expect(await availableOf([key()], headers as Record<string, string>)).toBe(3);
    edge.origin.answerWith(stock(9));
    expect(await availableOf([key()], headers as Record<string, string>)).toBe(3);
    expect(await availableOf([key()])).toBe(3);
    expect(calls()).toBe(1);
  });

  test('is not told to the node service, whose answer is for others too', async () => {
    edge.origin.answerWith(stock(3));
    await preview([key()], { authorization: 'Bearer somebody', 'idempotency-key': 'k', te: 'x' });
    const [call] = edge.origin.calls;
    expect(call?.signature.ok).toBe(true);
    for (const name of ['authorization', 'idempotency-key', 'cookie', 'cache-control']) {
      expect(call?.headers.get(name)).toBeNull();
    }
  });
});

describe('an answer that grows old', () => {
  test('is served while one call brings the next', async () => {
    edge.origin.answerWith(stock(3, SHORT));
    expect(await availableOf([key()])).toBe(3);
    edge.origin.answerWith(stock(2, SHORT));
    const seen: number[] = [];
    await expect
      .poll(async () => {
        seen.push(await availableOf([key()]));
        return seen.at(-1);
      }, PATIENCE)
      .toBe(2);
    // Nobody waited: whoever asked before the next was there had the one before.
    expect(new Set(seen)).toEqual(new Set([3, 2]));
    const sources = edge.logLines.filter((line) => line.includes('"preview_source":"stale"'));
    expect(sources.length).toBeGreaterThan(0);
  });

  test('is served where the node service fails, and is said to be so in a metric', async () => {
    edge.origin.answerWith(stock(3, SHORT));
    expect(await availableOf([key()])).toBe(3);
    edge.origin.answerWith(() => BROKEN);
    const isCounted = () =>
      edge.logLines.some(
        (line) => line.includes('preview_stale_if_error') && line.includes('"aurora"'),
      );
    await expect
      .poll(async () => {
        expect(await availableOf([key()])).toBe(3);
        return isCounted();
      }, PATIENCE)
      .toBe(true);
    edge.origin.answerWith(stock(1, SHORT));
    expect(await availableOf([key()])).toBe(1);
  });

  test('is gone as soon as the node service refuses: a shop that no longer trades shows no stock', async () => {
    edge.origin.answerWith(stock(3, SHORT));
    expect(await availableOf([key()])).toBe(3);
    edge.origin.answerWith(() => REFUSED);
    await expect.poll(() => availableOf([key()]), PATIENCE).toBe(403);
  });
});

describe('what is never kept', () => {
  test.each<[string, OriginAnswer, number]>([
    ['a refusal', REFUSED, 403],
    ['a failure', BROKEN, 503],
  ])('%s', async (_name, answer, status) => {
    edge.origin.answerWith(() => answer);
    expect((await preview([key()])).status).toBe(status);
    expect((await preview([key()])).status).toBe(status);
    expect(calls()).toBe(2);
    edge.origin.answerWith(stock(3));
    expect(await availableOf([key()])).toBe(3);
  });

  test.each(['private, max-age=60', 'no-store'])('a success that says %s', async (said) => {
    edge.origin.answerWith(stock(3, said));
    expect(await availableOf([key()])).toBe(3);
    edge.origin.answerWith(stock(2, said));
    expect(await availableOf([key()])).toBe(2);
  });
});

describe('what breaks the contract costs the node service nothing', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `v1:k${index}`);
  test.each<[string, string[], string]>([
    ['no key', [], '/query/variantKey'],
    ['101 keys', many(101), '/query/variantKey'],
    ['101 times one key', many(101).fill('v1:tee'), '/query/variantKey'],
    ['a SKU instead of a key', ['tee'], '/query/variantKey/0'],
    ['capitals', ['v1:Tee'], '/query/variantKey/0'],
    ['attributes out of order', ['v1:tee', 'v1:tee?size=m&color=red'], '/query/variantKey/1'],
    ['the next version', ['v2:tee'], '/query/variantKey/0'],
  ])('%s', async (_name, keys, path) => {
    const answer = await preview(keys);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'malformed_request', errors: [{ path }] });
    expect(calls()).toBe(0);
  });

  test('a hundred keys are one call', async () => {
    edge.origin.answerWith(stock(3));
    const answer = await preview(many(100));
    expect([answer.status, (answer.json().items as unknown[]).length]).toEqual([200, 100]);
    expect(calls()).toBe(1);
  });
});
