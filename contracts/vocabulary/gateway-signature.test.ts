import fc from 'fast-check';
import { createSignature, verifySignature, webcrypto } from 'http-message-sig';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import {
  COVERED_WHERE_SENT,
  contentDigest,
  coveredComponents,
  type GatewayKey,
  importGatewayPrivateKey,
  importGatewayPublicKey,
  MAX_SKEW_SECONDS,
  type ReceivedRequest,
  signGatewayRequest,
  verifyGatewayRequest,
} from './gateway-signature.ts';
import vectorFile from './vectors/gateway-signature.json' with { type: 'json' };

const { vectors, created, keyId } = vectorFile;
const now = new Date(created * 1000);
const bytesOf = (text: string) => new TextEncoder().encode(text);

let key: GatewayKey;
let publicKeys: ReadonlyMap<string, CryptoKey>;

beforeAll(async () => {
  key = { keyId, privateKey: await importGatewayPrivateKey(vectorFile.privateKey) };
  publicKeys = new Map([[keyId, await importGatewayPublicKey(vectorFile.publicKey)]]);
});

/** What node would see of a signed request. */
async function received(request: Request): Promise<ReceivedRequest> {
  const body = new Uint8Array(await request.clone().arrayBuffer());
  return { method: request.method, url: request.url, headers: new Headers(request.headers), body };
}

function requestOf({ method, url, headers, body }: (typeof vectors)[number]): Request {
  const sent = Object.entries(headers).filter(([, value]) => value !== undefined);
  return new Request(url, { method, headers: Object.fromEntries(sent), body });
}

async function signedCheckout(): Promise<ReceivedRequest> {
  const checkout = vectors.find(({ why }) => why.startsWith('a checkout'));
  if (checkout === undefined) throw new Error('the vectors have no checkout');
  const body = bytesOf(checkout.body ?? '');
  return received(await signGatewayRequest(requestOf(checkout), body, key, now));
}

const verify = (request: ReceivedRequest, at: Date = now) =>
  verifyGatewayRequest(request, publicKeys, at);

describe.each(vectors)('$why', (vector) => {
  const body = vector.body === null ? null : bytesOf(vector.body);

  test('is signed as any other implementation of RFC 9421 would', async () => {
    const signed = await signGatewayRequest(requestOf(vector), body, key, now);
    expect(signed.headers.get('signature-input')).toBe(vector.signatureInput);
    expect(signed.headers.get('signature')).toBe(vector.signature);
    expect(signed.headers.get('content-digest')).toBe(vector.contentDigest);
    expect(coveredComponents(signed.headers)).toEqual(vector.covered);
    expect(await signed.text()).toBe(vector.body ?? '');
  });

  test('verifies from the wire', async () => {
    const request = await received(requestOf(vector));
    request.headers.set('signature-input', vector.signatureInput);
    request.headers.set('signature', vector.signature);
    if (vector.contentDigest !== null) request.headers.set('content-digest', vector.contentDigest);
    expect(await verify({ ...request, body })).toEqual({ ok: true, keyId });
  });
});

describe('a signed checkout', () => {
  test.each(COVERED_WHERE_SENT)('is refused with %s taken away', async (name) => {
    const request = await signedCheckout();
    request.headers.delete(name);
    expect((await verify(request)).ok).toBe(false);
  });

  test.each(COVERED_WHERE_SENT)('is refused with another %s', async (name) => {
    const request = await signedCheckout();
    request.headers.set(name, `${request.headers.get(name)}x`);
    const result = await verify(request);
    expect(result).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test.each([
    ['method', { method: 'PUT' }],
    ['host', { url: 'http://127.0.0.2:3000/node/v1/checkout-sessions' }],
    ['port', { url: 'http://127.0.0.1:3001/node/v1/checkout-sessions' }],
    ['path', { url: 'http://127.0.0.1:3000/node/v1/checkout-sessions/' }],
    ['query', { url: 'http://127.0.0.1:3000/node/v1/checkout-sessions?a=b' }],
  ])('is refused with another %s', async (_part, change) => {
    const request = { ...(await signedCheckout()), ...change };
    expect(await verify(request)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('is refused with another body, or none', async () => {
    const request = await signedCheckout();
    for (const body of [bytesOf('{"items":[{"sku":"tee","quantity":9}]}'), null]) {
      expect(await verify({ ...request, body })).toEqual({ ok: false, reason: 'digest' });
    }
  });

  test('is accepted for a minute either way, and not a second longer', async () => {
    const request = await signedCheckout();
    const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
    for (const skew of [-MAX_SKEW_SECONDS, MAX_SKEW_SECONDS]) {
      expect(await verify(request, at(skew))).toMatchObject({ ok: true });
      const later = at(skew + Math.sign(skew));
      expect(await verify(request, later)).toEqual({ ok: false, reason: 'skew' });
    }
  });

  test('is refused under a key that is not known', async () => {
    const result = await verifyGatewayRequest(await signedCheckout(), new Map(), now);
    expect(result).toEqual({ ok: false, reason: 'unknown_key' });
  });
});

describe('the exact set', () => {
  const url = 'http://127.0.0.1:3000/node/v1/products';
  const sent = {
    'x-shop-id': 'aurora',
    'x-request-id': 'request-1',
    'x-contract-version': '1.0.0',
  };

  /** A signature that is genuine, over whatever its maker chose to cover. */
  async function signedOver(
    components: string[],
    parameters: object = {},
  ): Promise<ReceivedRequest> {
    const headers = new Headers({ ...sent, date: now.toUTCString() });
    const fields = await createSignature(new Request(url, { headers }), {
      label: 'gateway',
      components,
      parameters: { created, keyid: keyId, ...parameters },
      signer: webcrypto.signer(key.privateKey),
    });
    headers.set('signature', fields.signature);
    headers.set('signature-input', fields.signatureInput);
    return { method: 'GET', url, headers, body: null };
  }
  const exact = ['@method', '@authority', '@path', '@query', ...Object.keys(sent)];

  test('may come in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(exact, { minLength: exact.length }), async (order) => {
        expect(await verify(await signedOver(order))).toEqual({ ok: true, keyId });
      }),
      { numRuns: 20 },
    );
  });

  test.each(exact)('is refused without %s', async (name) => {
    const request = await signedOver(exact.filter((other) => other !== name));
    expect(await verify(request)).toEqual({ ok: false, reason: 'coverage' });
  });

  test('is refused with something else covered as well', async () => {
    const request = await signedOver([...exact, 'date']);
    expect(await verify(request)).toEqual({ ok: false, reason: 'coverage' });
  });

  test('is refused where a header that should be covered was added afterwards', async () => {
    for (const name of COVERED_WHERE_SENT.filter((other) => !(other in sent))) {
      const request = await signedOver(exact);
      request.headers.set(name, 'added');
      expect(await verify(request)).toEqual({ ok: false, reason: 'coverage' });
    }
  });

  test('is refused where a body was added afterwards', async () => {
    const request = { ...(await signedOver(exact)), body: bytesOf('{}') };
    expect(await verify(request)).toEqual({ ok: false, reason: 'digest' });
  });

  test.each([
    ['created', { created: undefined }, 'malformed'],
    ['keyid', { keyid: undefined }, 'malformed'],
  ])('is refused without %s', async (_name, parameters, reason) => {
    expect(await verify(await signedOver(exact, parameters))).toEqual({ ok: false, reason });
  });

  test('is refused where it claims another algorithm, or says that it has expired', async () => {
    const request = await signedOver(exact, { expires: created - 1 });
    expect(await verify(request)).toEqual({ ok: false, reason: 'skew' });
    const input = request.headers.get('signature-input') ?? '';
    request.headers.set('signature-input', `${input};alg="hmac-sha256"`);
    expect((await verify(request)).ok).toBe(false);
  });
});

test('an unsigned call is refused as such', async () => {
  const request = await signedCheckout();
  request.headers.delete('signature');
  expect(await verify(request)).toEqual({ ok: false, reason: 'missing' });
});

test('another implementation accepts what is signed here', async () => {
  for (const vector of vectors) {
    const bytes = vector.body === null ? null : bytesOf(vector.body);
    const request = await signGatewayRequest(requestOf(vector), bytes, key, now);
    const verified = await verifySignature(request, {
      label: 'gateway',
      policy: {
        algorithms: ['ed25519'],
        requiredComponents: coveredComponents(request.headers),
        requiredParameters: ['created', 'keyid'],
        maxAge: 60,
        now: created,
      },
      resolveVerifier: () => webcrypto.verifier(publicKeys.get(keyId) as CryptoKey),
    });
    expect(verified.parameters.keyid).toBe(keyId);
  }
});

test('a signature with any one character changed is refused', async () => {
  const { headers } = await signedCheckout();
  const character = fc.constantFrom(...'AQgw09azZ-_.=% +/"();:,@é'.normalize());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('signature', 'signature-input'),
      fc.nat({ max: 1000 }),
      character,
      async (name, place, inserted) => {
        const value = headers.get(name) ?? '';
        const at = place % value.length;
        const changed = value.slice(0, at) + inserted + value.slice(at + 1);
        fc.pre(changed.trim() !== value);
        const request = await signedCheckout();
        request.headers.set(name, changed);
        expect((await verify(request)).ok).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});

test('a header that is not plain ASCII is refused, not guessed at', async () => {
  const request = await signedCheckout();
  request.headers.set('authorization', 'Bearer caf\u00e9');
  expect(await verify(request)).toEqual({ ok: false, reason: 'malformed' });
});

test.each(['not a url', '/node/v1/products', 'http://127.0.0.1:3000/x#y', 'http://127.0.0.1:3000'])(
  'the target %j is refused',
  async (url) => {
    const request = { ...(await signedCheckout()), url };
    expect((await verify(request)).ok).toBe(false);
  },
);

test('whatever stands in the signature headers, the answer is a refusal and no error', async () => {
  const { headers } = await signedCheckout();
  const input = headers.get('signature-input') ?? '';
  const noise = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'gatewy=();:"@,? 01') }),
    fc.nat({ max: input.length }).map((length) => input.slice(0, length)),
  );
  await fc.assert(
    fc.asyncProperty(noise, noise, async (signature, signatureInput) => {
      const request = await signedCheckout();
      request.headers.set('signature', signature);
      request.headers.set('signature-input', signatureInput);
      expect((await verify(request)).ok).toBe(false);
    }),
  );
});

test('signing again replaces what a caller signed or digested', async () => {
  const request = new Request('http://127.0.0.1:3000/node/v1/products', {
    headers: {
      signature: 'x=:AA==:',
      'signature-input': 'x=()',
      'content-digest': 'sha-256=:AA==:',
    },
  });
  const signed = await signGatewayRequest(request, null, key, now);
  expect(await verify(await received(signed))).toEqual({ ok: true, keyId });
  expect(signed.headers.has('content-digest')).toBe(false);
});

test('a body that is not given to be signed is an error of ours', async () => {
  const request = new Request('http://127.0.0.1:3000/', { method: 'POST', body: '{}' });
  await expect(signGatewayRequest(request, null, key, now)).rejects.toThrow(TypeError);
});

test('digests as RFC 9530 does', async () => {
  expect(await contentDigest(bytesOf('{"hello": "world"}\n'))).toBe(
    'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  );
});

test('a key of another algorithm is not taken for a gateway key', async () => {
  const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const spki = encodeBase64(new Uint8Array(await crypto.subtle.exportKey('spki', other.publicKey)));
  await expect(importGatewayPublicKey(spki)).rejects.toThrow();
});
