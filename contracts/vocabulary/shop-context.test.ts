import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  INTERNAL_HEADERS,
  parseShopContext,
  SHOP_CONTEXT_HEADERS,
  type ShopContext,
  STOREFRONT_HEADERS,
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
    const headers = new Headers({
      accept: 'text/html',
      cookie: 'a=b',
      'cf-connecting-ip': '192.0.2.1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'X-SHOP-Anything-New': 'x',
      'X-Forwarded-Anything-New': 'x',
      'X-Original-Anything': 'x',
      'X-Rewrite-Anything': 'x',
    });
    for (const name of INTERNAL_HEADERS) headers.set(name.toUpperCase(), 'x');
    stripInternalHeaders(headers);
    expect([...headers.keys()]).toEqual(['accept', 'cf-connecting-ip', 'cookie', 'traceparent']);
  });

  test("cannot bring the platform's own words with it", () => {
    const ours = [...Object.values(SHOP_CONTEXT_HEADERS), ...Object.values(STOREFRONT_HEADERS)];
    for (const name of ours) expect(INTERNAL_HEADERS).toContain(name);
    for (const name of ['x-cart-id', 'signature', 'signature-input', 'x-contract-version']) {
      expect(INTERNAL_HEADERS).toContain(name);
    }
  });

  test.each([
    ['host', ['x-forwarded-host', 'x-forwarded-server', 'x-host', 'x-original-host', 'forwarded']],
    ['path', ['x-original-url', 'x-rewrite-url', 'x-forwarded-uri', 'x-forwarded-prefix']],
    ['method', ['x-http-method-override', 'x-http-method', 'x-method-override']],
    ['scheme', ['x-forwarded-proto', 'x-forwarded-scheme', 'x-forwarded-ssl', 'x-url-scheme']],
    ['address', ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'x-client-ip', 'client-ip']],
    ['way it came', ['via', 'cf-worker', 'x-forwarded']],
  ])('cannot claim another %s', (_, names) => {
    const headers = new Headers(Object.fromEntries(names.map((name) => [name, 'x'])));
    stripInternalHeaders(headers);
    expect([...headers.keys()]).toEqual([]);
  });
});
