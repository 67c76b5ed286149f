/**
 * RFC 9421 HTTP Message Signatures between gateway and node: Ed25519, over an exact set of components,
 * with the body bound by `Content-Digest` (RFC 9530, sha-256). See contracts/decisions/0003.
 */
import { createSignature, isSignatureError, verifySignature, webcrypto } from 'http-message-sig';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { CONTRACT_VERSION_HEADER } from './contract-version.ts';
import { CART_ID_HEADER, SHOP_CONTEXT_HEADERS } from './shop-context.ts';

export const SIGNATURE_LABEL = 'gateway';
export const MAX_SKEW_SECONDS = 60;

/** Covered always, in this order. */
export const COVERED_ALWAYS: readonly string[] = ['@method', '@authority', '@path', '@query'];

/** Covered wherever they are sent, in this order: no one may add, drop or change one on the way. */
export const COVERED_WHERE_SENT: readonly string[] = [
  'content-digest',
  ...Object.values(SHOP_CONTEXT_HEADERS),
  'idempotency-key',
  'authorization',
  CONTRACT_VERSION_HEADER,
  CART_ID_HEADER,
];

export type GatewayKey = { keyId: string; privateKey: CryptoKey };

/** What was received: `url` absolute, with the authority of the Host header; `body` the raw bytes. */
export type ReceivedRequest = {
  method: string;
  url: string;
  headers: Headers;
  body: Uint8Array | null;
};

export type SignatureRefusal =
  | 'missing'
  | 'malformed'
  | 'coverage'
  | 'unknown_key'
  | 'skew'
  | 'digest'
  | 'bad_signature';
export type SignatureResult = { ok: true; keyId: string } | { ok: false; reason: SignatureRefusal };

/** The component names that a signature over this message must cover, no more and no fewer. */
export function coveredComponents(headers: Headers): string[] {
  return [...COVERED_ALWAYS, ...COVERED_WHERE_SENT.filter((name) => headers.has(name))];
}

/** `sha-256=:…:`, the value of Content-Digest. */
export async function contentDigest(body: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(body));
  return `sha-256=:${encodeBase64(new Uint8Array(hash))}:`;
}

/**
 * The same request with `Content-Digest` (where `body` has bytes), `Signature-Input` and `Signature`.
 * `body` are the bytes to send, whatever the request already holds.
 */
export async function signGatewayRequest(
  request: Request,
  body: Uint8Array | null,
  key: GatewayKey,
  now: Date,
): Promise<Request> {
  const headers = new Headers(request.headers);
  for (const name of ['content-digest', 'signature', 'signature-input']) headers.delete(name);
  const hasBody = body !== null && body.length > 0;
  if (hasBody) headers.set('content-digest', await contentDigest(body));
  else if (request.body !== null) throw new TypeError('the body of a signed request must be given');
  const fields = await createSignature(describe(request.method, request.url, headers), {
    label: SIGNATURE_LABEL,
    components: coveredComponents(headers),
    parameters: { created: Math.floor(now.getTime() / 1000), keyid: key.keyId, alg: 'ed25519' },
    signer: webcrypto.signer(key.privateKey),
  });
  headers.set('signature-input', fields.signatureInput);
  headers.set('signature', fields.signature);
  return new Request(request, hasBody ? { headers, body: new Uint8Array(body) } : { headers });
}

/** Never throws for what a caller sent; `reason` is for the log, not for the caller. */
export async function verifyGatewayRequest(
  received: ReceivedRequest,
  publicKeys: ReadonlyMap<string, CryptoKey>,
  now: Date,
): Promise<SignatureResult> {
  const { headers, body } = received;
  if (!headers.has('signature') || !headers.has('signature-input')) return refuse('missing');
  const hasBody = body !== null && body.length > 0;
  if (hasBody && !headers.has('content-digest')) return refuse('digest');
  const nowSeconds = Math.floor(now.getTime() / 1000);
  let refusal: SignatureRefusal | undefined;
  try {
    const verified = await verifySignature(describe(received.method, received.url, headers), {
      label: SIGNATURE_LABEL,
      policy: {
        algorithms: ['ed25519'],
        requiredComponents: [],
        requiredParameters: ['created', 'keyid'],
        now: nowSeconds,
        // Time is judged below, where it has a reason of its own.
        clockSkew: Number.MAX_SAFE_INTEGER,
      },
      resolveVerifier({ components, parameters }) {
        refusal = refusalBeforeVerifying(components, parameters, headers, nowSeconds);
        const publicKey = publicKeys.get(parameters.keyid ?? '');
        if (refusal === undefined && publicKey === undefined) refusal = 'unknown_key';
        if (refusal !== undefined || publicKey === undefined) throw new Error(refusal);
        return webcrypto.verifier(publicKey);
      },
    });
    if (!(await digestMatches(headers, body))) return refuse('digest');
    return { ok: true, keyId: verified.parameters.keyid ?? '' };
  } catch (error) {
    if (!isSignatureError(error)) throw error;
    return refuse(refusal ?? (error.code === 'VerificationFailed' ? 'bad_signature' : 'malformed'));
  }
}

/** Imports a PKCS #8 private key, base64. Rejects what is not an Ed25519 key. */
export async function importGatewayPrivateKey(base64Pkcs8: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', decodeBase64(base64Pkcs8), 'Ed25519', false, ['sign']);
}

/** Imports a SubjectPublicKeyInfo public key, base64. Rejects what is not an Ed25519 key. */
export async function importGatewayPublicKey(base64Spki: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('spki', decodeBase64(base64Spki), 'Ed25519', true, ['verify']);
}

function refuse(reason: SignatureRefusal): SignatureResult {
  return { ok: false, reason };
}

function describe(method: string, url: string, headers: Headers) {
  const fields = [...headers].map(([name, value]) => ({ name, value }));
  return { kind: 'request', method, targetUri: url, fields } as const;
}

function refusalBeforeVerifying(
  components: readonly { name: string; parameters: object }[],
  parameters: { readonly created?: number; readonly expires?: number },
  headers: Headers,
  nowSeconds: number,
): SignatureRefusal | undefined {
  const expected = coveredComponents(headers);
  const exact =
    components.length === expected.length &&
    components.every(
      ({ name, parameters: own }) => expected.includes(name) && Object.keys(own).length === 0,
    );
  if (!exact) return 'coverage';
  const { created = 0, expires = nowSeconds } = parameters;
  const current = Math.abs(nowSeconds - created) <= MAX_SKEW_SECONDS && expires >= nowSeconds;
  return current ? undefined : 'skew';
}

/** A sender may add digests of other algorithms; of sha-256 there is one, and it must be right. */
async function digestMatches(headers: Headers, body: Uint8Array | null): Promise<boolean> {
  const header = headers.get('content-digest');
  if (header === null) return true;
  const members = header.split(',').map((member) => member.trim());
  const sha256 = members.filter((member) => member.startsWith('sha-256='));
  return sha256.length === 1 && sha256[0] === (await contentDigest(body ?? new Uint8Array()));
}
