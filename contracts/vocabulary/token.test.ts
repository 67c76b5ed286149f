import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64, encodeBase64Url } from './base64.ts';
import { peekToken, signToken, TOKEN_KINDS, type TokenClaims, verifyToken } from './token.ts';
import vectors from './vectors/token.json' with { type: 'json' };

const now = new Date('2026-01-01T00:00:00Z');
const nowSeconds = now.getTime() / 1000;
const secretOf = (fill: number) => encodeBase64(new Uint8Array(32).fill(fill));
const key = { keyId: 'k1', secret: secretOf(1) };
const keys = new Map([
  [key.keyId, key.secret],
  ['k2', secretOf(2)],
]);
const claims: TokenClaims = {
  kind: 'order',
  shopId: 'aurora',
  subject: 'ord_0198d0a4-7c1e-7b5e-9c55-1f2e3d4c5b6a',
  checkoutSessionId: 'cs_test_1',
  version: 1,
  expiresAt: nowSeconds + 3600,
  tokenId: 'tok-1',
};

describe('vectors', () => {
  const vectorKeys = new Map(vectors.keys.map(({ keyId, secret }) => [keyId, secret]));
  const vectorNow = new Date(vectors.now * 1000);

  test.each(vectors.accepts)('accepts $why', async ({ token, claims: expected }) => {
    expect(await verifyToken(token, vectorKeys, vectorNow)).toEqual({ ok: true, claims: expected });
  });

  test.each(vectors.refuses)('refuses $why', async ({ token, reason }) => {
    expect(await verifyToken(token, vectorKeys, vectorNow)).toEqual({ ok: false, reason });
  });
});

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const anyClaims = fc
  .record({
    kind: fc.constantFrom(...TOKEN_KINDS),
    subject: text,
    checkoutSessionId: fc.option(text, { nil: undefined }),
    version: fc.nat(),
    lifetimeSeconds: fc.integer({ min: 1, max: 10 ** 8 }),
    tokenId: text,
  })
  .map(
    ({ lifetimeSeconds, checkoutSessionId, ...rest }): TokenClaims => ({
      ...rest,
      ...(rest.kind === 'operator' ? {} : { shopId: 'aurora' }),
      ...(checkoutSessionId === undefined ? {} : { checkoutSessionId }),
      expiresAt: nowSeconds + lifetimeSeconds,
    }),
  );

describe('properties', () => {
  test('a signed token verifies to its claims, and shows them unverified', async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, async (any) => {
        const token = await signToken(any, key);
        expect(await verifyToken(token, keys, now)).toEqual({ ok: true, claims: any });
        expect(peekToken(token)).toEqual(any);
      }),
    );
  });

  test('a token with any one character replaced, removed or added is refused', async () => {
    const token = await signToken(claims, key);
    const character = fc.constantFrom(...'AQgw09azZ-_.=% +/\n\u00e9');
    const edit = fc.constantFrom('replace', 'remove', 'add');
    const place = fc.nat({ max: token.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, character, edit, async (at, inserted, kind) => {
        const rest = token.slice(kind === 'add' ? at : at + 1);
        const changed = token.slice(0, at) + (kind === 'remove' ? '' : inserted) + rest;
        fc.pre(changed !== token);
        expect((await verifyToken(changed, keys, now)).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('claims signed by one key are refused under the id of another', async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, async (any) => {
        const token = (await signToken(any, key)).replace('ct1.k1.', 'ct1.k2.');
        expect(await verifyToken(token, keys, now)).toEqual({ ok: false, reason: 'bad_signature' });
      }),
    );
  });

  test('any text at all is refused without an error', async () => {
    const pieces = fc.array(fc.oneof(fc.base64String(), fc.string()), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pieces, async (some) => {
        const result = await verifyToken(['ct1', ...some].join('.'), keys, now);
        expect(result.ok).toBe(false);
      }),
    );
  });
});

test('is expired from the very second on that it names', async () => {
  const token = await signToken({ ...claims, expiresAt: nowSeconds }, key);
  expect(await verifyToken(token, keys, now)).toEqual({ ok: false, reason: 'expired' });
  const before = new Date(now.getTime() - 1);
  expect(await verifyToken(token, keys, before)).toMatchObject({ ok: true });
});

test.each([
  ['an order without a shop', { shopId: undefined }],
  ['an operator with a shop', { kind: 'operator' }],
  ['an unknown kind', { kind: 'admin' }],
  ['an empty subject', { subject: '' }],
  ['a fractional version', { version: 1.5 }],
  ['a negative expiry', { expiresAt: -1 }],
  ['no token id', { tokenId: undefined }],
])('refuses to sign or to read %s', async (_name, change) => {
  const wrong = { ...claims, ...change } as TokenClaims;
  await expect(signToken(wrong, key)).rejects.toThrow(RangeError);
  const payload = encodeBase64Url(new TextEncoder().encode(JSON.stringify(wrong)));
  expect(peekToken(`ct1.k1.${payload}.${'A'.repeat(43)}`)).toBeNull();
});

test.each([
  ['short', encodeBase64(new Uint8Array(31))],
  ['not base64', 'hunter2!'],
])('refuses a secret that is %s, without showing it', async (_name, secret) => {
  const attempt = signToken(claims, { keyId: 'k1', secret });
  await expect(attempt).rejects.toThrow(RangeError);
  await expect(attempt).rejects.not.toThrow(secret);
});

test('refuses a key id that would not fit the format', async () => {
  await expect(signToken(claims, { keyId: 'a.b', secret: key.secret })).rejects.toThrow(RangeError);
});
