/**
 * The gateway's signature with the other algorithm of RFC 9421 that would do: HMAC-SHA256, one secret
 * shared by both sides. Everything else is the same operation: the same components, checks and digest.
 * Node's own HMAC is used, since WebCrypto's hops through a thread pool that costs more than the hash.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  contentDigest,
  coveredComponents,
  MAX_SKEW_SECONDS,
  type ReceivedRequest,
  SIGNATURE_LABEL,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { createSignature, verifySignature } from 'http-message-sig';

export type HmacKey = { keyId: string; secret: Uint8Array };

const ALGORITHM = 'hmac-sha256';

function signerOf({ secret }: HmacKey) {
  const mac = (data: Uint8Array) => createHmac('sha256', secret).update(data).digest();
  return {
    algorithm: ALGORITHM,
    sign: mac,
    verify(data: Uint8Array, signature: Uint8Array): boolean {
      const expected = mac(data);
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}

function describe(method: string, url: string, headers: Headers) {
  const fields = [...headers].map(([name, value]) => ({ name, value }));
  return { kind: 'request', method, targetUri: url, fields } as const;
}

export async function signByHmac(
  request: Request,
  body: Uint8Array | null,
  key: HmacKey,
  now: Date,
): Promise<Request> {
  const headers = new Headers(request.headers);
  if (body !== null) headers.set('content-digest', await contentDigest(body));
  const created = Math.floor(now.getTime() / 1000);
  const fields = await createSignature(describe(request.method, request.url, headers), {
    label: SIGNATURE_LABEL,
    components: coveredComponents(headers),
    parameters: { created, keyid: key.keyId, alg: ALGORITHM },
    signer: signerOf(key),
  });
  headers.set('signature-input', fields.signatureInput);
  headers.set('signature', fields.signature);
  return new Request(request, body ? { headers, body: new Uint8Array(body) } : { headers });
}

/** Throws for a request that is not to be trusted. */
export async function verifyByHmac(
  { method, url, headers, body }: ReceivedRequest,
  keys: ReadonlyMap<string, HmacKey>,
  now: Date,
): Promise<void> {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  await verifySignature(describe(method, url, headers), {
    label: SIGNATURE_LABEL,
    policy: {
      algorithms: [ALGORITHM],
      requiredComponents: [],
      requiredParameters: ['created', 'keyid'],
      now: nowSeconds,
      clockSkew: MAX_SKEW_SECONDS,
    },
    resolveVerifier({ components, parameters }) {
      const expected = coveredComponents(headers);
      const exact =
        components.length === expected.length &&
        components.every(({ name }) => expected.includes(name));
      const key = keys.get(parameters.keyid ?? '');
      if (!exact || key === undefined) throw new Error('coverage or key');
      return signerOf(key);
    },
  });
  if (body === null) return;
  if (headers.get('content-digest') !== (await contentDigest(body))) throw new Error('digest');
}
