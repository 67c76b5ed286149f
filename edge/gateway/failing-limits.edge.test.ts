/** What becomes of calls where a limit cannot be asked, and where nobody says an address. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aMinute, inOnePeriod } from '../../local/limit-period.ts';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';

const SHOP = 'aurora.localhost';

/** No number in JSON, which is how a binding is told its limit: every call of it throws. */
const FAILING = aMinute(Number.POSITIVE_INFINITY);

/** A Worker's log arrives a little after its answer. */
const LOGGED = { timeout: 30_000 };

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge({
    environment: 'staging',
    rateLimits: {
      LIMIT_READ_ADDRESS: aMinute(2),
      LIMIT_SPEND_CALLER: FAILING,
      LIMIT_SPEND_ADDRESS: FAILING,
      LIMIT_LOOKUP: FAILING,
      LIMIT_PAGES: FAILING,
    },
  });
  await edge.putHost(SHOP, { shopId: 'aurora' });
}, 60_000);
afterAll(() => edge?.dispose());

function metrics(name: string): Record<string, unknown>[] {
  return edge.logLines
    .filter((line) => line.startsWith('{"event":"metric"'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.name === name);
}

function post(path: string, headers: Record<string, string> = {}) {
  const all = {
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
    'cf-connecting-ip': '203.0.113.7',
    authorization: 'Bearer one-and-the-same',
    ...headers,
  };
  return edge.call(SHOP, path, {
    method: 'POST',
    headers: all,
    body: JSON.stringify({ items: [{ sku: 'tee', quantity: 1 }] }),
  });
}

test('a limit that fails lets every call pass, and each is counted', async () => {
  for (let times = 0; times < 25; times += 1) {
    expect((await post('/api/checkout-session')).status).toBe(200);
  }
  for (const by of ['caller', 'address']) {
    const failed = () =>
      metrics('rate_limit_failed').filter(
        (line) => line.shopId === 'aurora' && line.profile === 'spend' && line.by === by,
      );
    await expect.poll(() => failed().length, LOGGED).toBe(25);
  }
  expect(metrics('rate_limited')).toEqual([]);
});

test("the front door's limits fail likewise: hosts are looked up, and pages are served", async () => {
  const headers = { 'cf-connecting-ip': '203.0.113.7' };
  expect((await edge.call('nobody.localhost', '/', { headers })).status).toBe(404);
  expect((await edge.call(SHOP, '/api/cart', { headers })).status).toBe(200);
  for (const profile of ['lookup', 'pages']) {
    await expect
      .poll(() => metrics('rate_limit_failed'), LOGGED)
      .toContainEqual(expect.objectContaining({ profile, by: 'address' }));
  }
});

test('where an address is missing that should be there, all who miss it are one', () =>
  inOnePeriod(async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ items: [{ sku: 'tee', quantity: 1 }] });
    const validate = () =>
      edge.call(SHOP, '/api/inventory/validate', { method: 'POST', headers, body });
    const statuses: number[] = [];
    for (let times = 0; times < 4; times += 1) statuses.push((await validate()).status);
    // A second run in the same minute finds the key used up: it is the one key that cannot be made anew.
    expect(statuses.slice(2)).toEqual([429, 429]);
    const withAddress = { ...headers, 'cf-connecting-ip': '203.0.113.9' };
    const answer = await edge.call(SHOP, '/api/inventory/validate', {
      method: 'POST',
      headers: withAddress,
      body,
    });
    expect(answer.status).toBe(200);
  }));
