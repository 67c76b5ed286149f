/** Whom the front door limits: by address alone, before hosts are looked up and where the storefront answers. */
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aMinute, inOnePeriod } from '../../local/limit-period.ts';
import { type EdgeAnswer, startTestEdge, type TestEdge } from '../../local/test-edge.ts';

const SHOP = 'aurora.localhost';
const SISTER = 'borealis.localhost';
const HOOKS = 'hooks.localhost';
const OPS = 'ops.localhost';
const LOOKUPS = 4;
const PAGES = 5;

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge({
    rateLimits: { LIMIT_LOOKUP: aMinute(LOOKUPS), LIMIT_PAGES: aMinute(PAGES) },
  });
  await edge.putHost(SHOP, { shopId: 'aurora' });
  await edge.putHost(SISTER, { shopId: 'borealis' });
}, 60_000);
afterAll(() => edge?.dispose());

function newAddress(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
}

async function times(count: number, call: () => Promise<EdgeAnswer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await call()).status);
  return statuses;
}

function cart(address: string, host = SHOP): Promise<EdgeAnswer> {
  return edge.call(host, '/api/cart', { headers: { 'cf-connecting-ip': address } });
}

function scan(address: string): Promise<EdgeAnswer> {
  const host = `${randomUUID()}.localhost`;
  return edge.call(host, '/', { headers: { 'cf-connecting-ip': address } });
}

function of(status: number, count: number): number[] {
  return Array.from({ length: count }, () => status);
}

describe('a scan of unknown hosts', () => {
  test('is refused before KV and D1 are asked, and known shops stay open to its address', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      await cart(newAddress());
      expect(await times(LOOKUPS + 3, () => scan(address))).toEqual([
        ...of(404, LOOKUPS),
        ...of(429, 3),
      ]);
      expect((await cart(address)).status).toBe(200);
      expect((await scan(newAddress())).status).toBe(404);
    }));

  test('is told so by a problem that knows of no shop', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      await times(LOOKUPS, () => scan(address));
      const answer = await scan(address);
      expect(answer.json()).toEqual({
        type: 'urn:problem-type:commerce:rate-limited',
        title: 'Too many requests',
        status: 429,
        detail: 'Too many requests. Try again in 10 seconds.',
        code: 'rate_limited',
        requestId: answer.headers['x-request-id'],
      });
      expect(answer.headers['retry-after']).toBe('10');
    }));
});

describe('what the storefront answers', () => {
  test('has one ceiling for each address, over all shops', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      expect(await times(PAGES, () => cart(address))).toEqual(of(200, PAGES));
      expect((await cart(address)).json()).toMatchObject({
        code: 'rate_limited',
        shopId: 'aurora',
      });
      expect((await cart(address, SISTER)).status).toBe(429);
      expect((await cart(newAddress())).status).toBe(200);
    }));

  test('takes the address from Cloudflare: no other header names one', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      const claim = () =>
        edge.call(SHOP, '/api/cart', {
          headers: {
            'cf-connecting-ip': address,
            'x-forwarded-for': newAddress(),
            'x-real-ip': newAddress(),
            'true-client-ip': newAddress(),
            forwarded: `for=${newAddress()}`,
          },
        });
      expect(await times(PAGES + 1, claim)).toEqual([...of(200, PAGES), 429]);
    }));

  test('a person gets a page that comes back by itself, with the security headers', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      await times(PAGES, () => cart(address));
      const headers = { 'cf-connecting-ip': address, accept: 'text/html,*/*;q=0.8' };
      for (const method of ['GET', 'HEAD']) {
        const page = await edge.call(SHOP, '/en/', { method, headers });
        expect(page.status).toBe(429);
        expect(page.headers).toMatchObject({
          'content-type': 'text/html; charset=utf-8',
          'retry-after': '10',
          refresh: '10',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        });
        expect(page.headers['content-security-policy']).toContain("default-src 'none'");
        expect(page.text.includes('This page loads again by itself')).toBe(method === 'GET');
      }
    }));

  test('leaves the operations that the gateway counts to the gateway', () =>
    inOnePeriod(async () => {
      const address = newAddress();
      await times(PAGES + 1, () => cart(address));
      const headers = { 'cf-connecting-ip': address, authorization: 'Bearer mine' };
      const orderId = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
      const answer = await edge.call(SHOP, `/api/order-status?orderId=${orderId}`, { headers });
      expect(answer.status).toBe(200);
    }));
});

test('the control host has a ceiling of its own for each address', () =>
  inOnePeriod(async () => {
    const address = newAddress();
    await times(PAGES + 1, () => cart(address));
    const ask = (from: string) =>
      edge.call(OPS, '/ops/v1/hosts', {
        headers: { authorization: 'Bearer guessed', 'cf-connecting-ip': from },
      });
    expect(await times(PAGES + 2, () => ask(address))).toEqual([...of(401, PAGES), 429, 429]);
    expect((await ask(newAddress())).status).toBe(401);
  }));

test('the webhook host is never limited', () =>
  inOnePeriod(async () => {
    const address = newAddress();
    await times(LOOKUPS + 1, () => scan(address));
    await times(PAGES + 1, () => cart(address));
    const call = () =>
      edge.call(HOOKS, '/api/stripe-webhook', {
        method: 'POST',
        headers: { 'cf-connecting-ip': address },
        body: '{}',
      });
    expect(await times(3 * PAGES, call)).toEqual(of(200, 3 * PAGES));
  }));

test('on a developer’s machine, where nobody says an address, nothing is limited by one', async () => {
  const call = () => edge.call(SHOP, '/api/cart');
  expect(await times(PAGES + 3, call)).toEqual(of(200, PAGES + 3));
});
