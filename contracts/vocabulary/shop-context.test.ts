import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  INTERNAL_HEADERS,
  parseShopContext,
  SHOP_CONTEXT_HEADERS,
  type ShopContext,
  shopContextToHeaders,
  stripInternalHeaders,
} from './shop-context.ts';

const least: ShopContext = { shopId: 'aurora', requestId: 'request-1', environment: 'local' };
const whole: ShopContext = {
  ...least,
  host: 'www.aurora.example',
  canonicalHost: 'aurora.example',
  runtimeId: 'eu-1',
};

test('a context goes over the wire unchanged, whichever optional members it has', () => {
  const optional = ['host', 'canonicalHost', 'runtimeId'] as const;
  fc.assert(
    fc.property(fc.subarray([...optional]), (kept) => {
      const context = {
        ...least,
        ...Object.fromEntries(kept.map((member) => [member, whole[member]])),
      };
      const headers = new Headers(shopContextToHeaders(context));
      expect(parseShopContext(headers)).toEqual({ ok: true, context });
    }),
  );
});

test.each(['shopId', 'requestId', 'environment'] as const)(
  'refuses a call without %s',
  (member) => {
    const headers = new Headers(shopContextToHeaders(whole));
    headers.delete(SHOP_CONTEXT_HEADERS[member]);
    expect(parseShopContext(headers)).toEqual({
      ok: false,
      errors: [{ header: SHOP_CONTEXT_HEADERS[member], message: 'is required' }],
    });
  },
);

test.each([
  ['x-shop-id', 'Aurora'],
  ['x-shop-id', 'aurora, borealis'],
  ['x-shop-environment', 'prod'],
  ['x-shop-environment', 'localproduction'],
  ['x-request-id', 'short'],
  ['x-shop-host', 'aurora.example/path'],
  ['x-shop-canonical-host', 'Aurora.example'],
  ['x-shop-runtime-id', 'a b'],
])('refuses %s: %s', (header, value) => {
  const headers = new Headers(shopContextToHeaders(whole));
  headers.set(header, value);
  expect(parseShopContext(headers)).toMatchObject({ ok: false, errors: [{ header }] });
});

test('lists everything that is wrong, and takes an empty header for a missing one', () => {
  const result = parseShopContext(new Headers({ 'x-shop-id': '', 'x-shop-host': 'no/host' }));
  expect(result.ok ? [] : result.errors.map((error) => error.header)).toEqual([
    'x-shop-id',
    'x-request-id',
    'x-shop-environment',
    'x-shop-host',
  ]);
});

describe('what comes in from outside', () => {
  test('loses every internal header, in any case and also those not invented yet', () => {
    const headers = new Headers({ accept: 'text/html', cookie: 'a=b', 'X-SHOP-Anything-New': 'x' });
    for (const name of INTERNAL_HEADERS) headers.set(name.toUpperCase(), 'x');
    stripInternalHeaders(headers);
    expect([...headers.keys()]).toEqual(['accept', 'cookie']);
  });

  test("cannot bring the platform's own words with it", () => {
    for (const name of Object.values(SHOP_CONTEXT_HEADERS))
      expect(INTERNAL_HEADERS).toContain(name);
    for (const name of ['x-forwarded-host', 'x-cart-id', 'signature', 'x-contract-version']) {
      expect(INTERNAL_HEADERS).toContain(name);
    }
  });
});
