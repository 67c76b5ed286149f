import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { describe, expect, test } from 'vitest';
import type { Answer, Facts } from './facts.ts';
import { nextWrite, planOf } from './plan.rules.ts';
import { stepLines } from './step.rules.ts';

const HOST = 'shop.example.org';
const NOW = new Date('2026-11-23T17:10:00Z');
const LONG_AGO = '2026-11-23T17:00:00.000Z';
const JUST_NOW = '2026-11-23T17:09:30.000Z';

function mapping(change: Partial<HostMapping> = {}): HostMapping {
  return {
    host: HOST,
    shopId: 'aurora',
    canonicalHost: HOST,
    kind: 'canonical',
    mode: 'landing_only',
    defaultLocale: 'en',
    locales: ['en'],
    version: 4,
    updatedAt: LONG_AGO,
    updatedBy: 'ida',
    ...change,
  };
}

function answer(status: number, headers: Record<string, string> = {}, text = ''): Answer {
  return { kind: 'answer', status, headers: new Map(Object.entries(headers)), text };
}

const SECURE = {
  'content-security-policy': "default-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=()',
  'strict-transport-security': 'max-age=31536000',
};
const { 'strict-transport-security': _, ...UNBOUND } = SECURE;
const NOT_YET = { kind: 'not_looked', why: 'not yet' } as const;
const REDIRECT = answer(301, { location: `https://${HOST}/` });

/** Everything done but the opening. */
function ready(change: Partial<Facts> = {}): Facts {
  return {
    host: HOST,
    local: false,
    way: 'apex',
    holder: 'zone',
    platformZone: 'example.com',
    target: 'shops.example.com',
    shopId: 'aurora',
    shop: {
      shopId: 'aurora',
      displayName: 'Aurora',
      mayTrade: true,
      maySettle: true,
      createdAt: LONG_AGO,
    },
    mapping: mapping(),
    refusal: null,
    addresses: { kind: 'addresses', addresses: ['104.16.1.1'], foreign: [] },
    certificate: {
      kind: 'certificate',
      refusal: null,
      validTo: new Date('2027-02-01T00:00:00Z'),
      issuer: 'An authority',
    },
    frontDoor: answer(200, {}, JSON.stringify(mapping())),
    page: answer(200, SECURE),
    plain: REDIRECT,
    edge: null,
    now: NOW,
    settlesMs: 90_000,
    ...change,
  };
}

const stateOf = (facts: Facts, id: string) => planOf(facts).find((step) => step.id === id)?.state;
const detailOf = (facts: Facts, id: string) =>
  planOf(facts).find((step) => step.id === id)?.detail ?? '';
const missingIn = (facts: Facts) =>
  planOf(facts)
    .filter(({ state }) => state === 'missing')
    .map(({ id }) => id);

describe('a host that is ready', () => {
  test('lacks its opening alone, and opens when that is asked for', () => {
    expect(missingIn(ready())).toEqual(['active']);
    expect(nextWrite(ready(), planOf(ready()), false)).toEqual({ kind: 'none' });
    expect(nextWrite(ready(), planOf(ready()), true)).toMatchObject({
      kind: 'write',
      mode: 'active',
    });
  });

  test('lacks nothing once it is open, and is written no more', () => {
    const open = mapping({ mode: 'active' });
    const facts = ready({ mapping: open });
    expect(missingIn(facts)).toEqual([]);
    expect(nextWrite(facts, planOf(facts), true)).toEqual({ kind: 'none' });
  });

  test('is not everywhere before the documented time', () => {
    const fresh = mapping({ updatedAt: JUST_NOW });
    expect(stateOf(ready({ mapping: fresh }), 'everywhere')).toBe('waiting');
    expect(detailOf(ready({ mapping: fresh }), 'everywhere')).toBe('version 4 by 17:11:00 UTC');
    expect(stateOf(ready(), 'everywhere')).toBe('done');
  });
});

describe('a host that is not mapped', () => {
  const unmapped = { mapping: null, frontDoor: NOT_YET, page: NOT_YET, plain: NOT_YET };

  test('is mapped closed first, whatever DNS says', () => {
    const facts = ready({ ...unmapped, addresses: { kind: 'failed', why: 'ENOTFOUND' } });
    expect(nextWrite(facts, planOf(facts), true)).toMatchObject({ mode: 'landing_only' });
  });

  test('and is a vanity host, redirects and nothing else', () => {
    const facts = ready({ ...unmapped, way: 'vanity', holder: 'custom-hostname' });
    expect(nextWrite(facts, planOf(facts), true)).toMatchObject({ mode: 'redirect_only' });
  });

  test.each([
    [
      'a name that nobody may have',
      { refusal: '"ops.example.com" is the platform’s own.' },
      'name',
    ],
    ['no way chosen', { way: null }, 'way'],
    ['an umbrella name under another zone', { way: 'umbrella' as const }, 'way'],
    ['a shop that is not registered', { shop: null }, 'shop'],
  ])('is not mapped with %s', (_, change, id) => {
    const facts = ready({ ...unmapped, ...change });
    expect(missingIn(facts)).toContain(id);
    expect(nextWrite(facts, planOf(facts), true)).toMatchObject({ kind: 'blocked', by: [{ id }] });
  });
});

describe('a host is not opened while', () => {
  test.each<[string, Partial<Facts>, string]>([
    ['it does not resolve', { addresses: { kind: 'failed', why: 'ENOTFOUND' } }, 'addresses'],
    [
      'DNS leads elsewhere',
      { addresses: { kind: 'addresses', addresses: ['192.0.2.7'], foreign: ['192.0.2.7'] } },
      'addresses',
    ],
    ['there is no TLS', { certificate: { kind: 'failed', why: 'ECONNREFUSED' } }, 'certificate'],
    [
      'the certificate is for another name',
      {
        certificate: {
          kind: 'certificate',
          refusal: 'ERR_TLS_CERT_ALTNAME_INVALID',
          validTo: NOW,
          issuer: 'X',
        },
      },
      'certificate',
    ],
    ['another platform answers', { frontDoor: answer(404) }, 'front-door'],
    [
      'the front door names another shop',
      { frontDoor: answer(200, {}, JSON.stringify(mapping({ shopId: 'borealis' }))) },
      'front-door',
    ],
    ['its page fails', { page: answer(503, SECURE) }, 'page'],
    ['its page has no policy', { page: answer(200, {}) }, 'page'],
    ['its page is not bound to https', { page: answer(200, UNBOUND) }, 'page'],
    ['http shows the shop in the clear', { plain: answer(200) }, 'plain'],
    [
      'http leads to another host',
      { plain: answer(301, { location: 'https://x.example/' }) },
      'plain',
    ],
    ['the mapping is another shop’s', { mapping: mapping({ shopId: 'borealis' }) }, 'mapping'],
    ['the mapping is an alias', { mapping: mapping({ kind: 'alias' }) }, 'mapping'],
    ['the mapping is expired', { mapping: mapping({ expiresAt: LONG_AGO }) }, 'mapping'],
  ])('%s', (_, change, id) => {
    const facts = ready(change);
    expect(stateOf(facts, id)).toBe('missing');
    expect(stateOf(facts, 'active')).toBe('later');
    expect(nextWrite(facts, planOf(facts), true).kind).toBe('blocked');
  });

  test('the shop may not trade', () => {
    const { shop } = ready();
    const facts = ready({ shop: shop && { ...shop, mayTrade: false } });
    expect(missingIn(facts)).toEqual(['trade']);
    expect(nextWrite(facts, planOf(facts), true).kind).toBe('blocked');
  });
});

test('a front door that still serves the version before waits for the documented time, then is missing', () => {
  const older = answer(200, {}, JSON.stringify(mapping({ version: 3 })));
  const fresh = ready({ mapping: mapping({ updatedAt: JUST_NOW }), frontDoor: older });
  expect(stateOf(fresh, 'front-door')).toBe('waiting');
  expect(stateOf(ready({ frontDoor: older }), 'front-door')).toBe('missing');
});

test('a shop that moves here may open before DNS leads here, looked at past DNS', () => {
  const elsewhere = {
    kind: 'addresses',
    addresses: ['192.0.2.7'],
    foreign: ['192.0.2.7'],
  } as const;
  const facts = ready({ addresses: elsewhere, edge: '104.16.1.1:443' });
  expect(missingIn(facts)).toEqual(['addresses', 'active']);
  expect(nextWrite(facts, planOf(facts), true)).toMatchObject({ kind: 'write', mode: 'active' });
});

test('a *.localhost name needs neither DNS nor a certificate nor https', () => {
  const facts = ready({
    host: 'shop.localhost',
    local: true,
    way: 'umbrella',
    platformZone: 'localhost',
    addresses: NOT_YET,
    certificate: NOT_YET,
    plain: NOT_YET,
    page: answer(200, UNBOUND),
  });
  expect(['addresses', 'certificate', 'plain'].map((id) => stateOf(facts, id))).toEqual(
    Array(3).fill('not_needed'),
  );
  expect(missingIn(facts)).toEqual(['active']);
});

test('a vanity host is done when it redirects to its canonical host for good', () => {
  const vanity = mapping({
    kind: 'vanity',
    mode: 'redirect_only',
    canonicalHost: 'shop.example.com',
  });
  const facts = ready({
    way: 'vanity',
    mapping: vanity,
    page: answer(301, { location: 'https://shop.example.com/' }),
  });
  expect(missingIn(facts)).toEqual([]);
  expect(
    missingIn({ ...facts, page: answer(302, { location: 'https://shop.example.com/' }) }),
  ).toEqual(['page']);
  expect(missingIn({ ...facts, page: answer(301, { location: 'https://else.example/' }) })).toEqual(
    ['page'],
  );
});

test('a certificate says until when it is valid, and that its renewal is overdue', () => {
  expect(detailOf(ready(), 'certificate')).toBe(
    `for ${HOST} until 2027-02-01, 69 days, by An authority`,
  );
  const certificate = {
    kind: 'certificate',
    refusal: null,
    validTo: new Date('2026-11-30T00:00:00Z'),
    issuer: 'X',
  } as const;
  expect(detailOf(ready({ certificate }), 'certificate')).toMatch(
    /6 days, by X; its renewal is overdue/,
  );
});

test('what is missing is followed by what to do: the records, for DNS', () => {
  const facts = ready({
    addresses: { kind: 'failed', why: 'ENOTFOUND' },
    holder: 'custom-hostname',
  });
  const text = stepLines(planOf(facts)).join('\n');
  expect(text).toMatch(
    /^MISSING {2}DNS leads to the platform: shop\.example\.org does not resolve: ENOTFOUND$/m,
  );
  expect(text).toMatch(/^ +shop\.example\.org {2}CNAME {2}shops\.example\.com/m);
});
