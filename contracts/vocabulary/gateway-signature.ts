/**
 * RFC 9421 HTTP Message Signatures between gateway and node: Ed25519, over an exact set of components,
 * with the body bound by `Content-Digest` (RFC 9530, sha-256). Why so, and why the reader is our own:
 * contracts/decisions/0003-gateway-signature.md.
 */
import { decodeBase64, encodeBase64, readBase64 } from './base64.ts';
import { CONTRACT_VERSION_HEADER } from './contract-version.ts';
import { CART_ID_HEADER, SHOP_CONTEXT_HEADERS } from './shop-context.ts';
import {
  readSignatureInput,
  type SignatureInput,
  signatureBase,
  writeSignatureInput,
} from './signature-base.ts';

export const SIGNATURE_LABEL = 'gateway';
export const MAX_SKEW_SECONDS = 60;

const ALGORITHM = 'ed25519';
const KEY_ID = /^[A-Za-z0-9._:-]{1,64}$/;
/** 64 bytes of Ed25519, in base64. */
const SIGNATURE = new RegExp(`^${SIGNATURE_LABEL}=:([A-Za-z0-9+/]{86}==):$`);

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
  const components = coveredComponents(headers);
  const created = Math.floor(now.getTime() / 1000);
  const input = writeSignatureInput(components, { created, keyid: key.keyId, alg: ALGORITHM });
  const base = signatureBase(
    { method: request.method, url: request.url, headers },
    components,
    input,
  );
  if (base === null || !KEY_ID.test(key.keyId)) {
    throw new TypeError(
      'a signed request has an absolute URL, plain ASCII headers and a plain key id',
    );
  }
  const signature = await crypto.subtle.sign('Ed25519', key.privateKey, base);
  headers.set('signature-input', `${SIGNATURE_LABEL}=${input}`);
  headers.set('signature', `${SIGNATURE_LABEL}=:${encodeBase64(new Uint8Array(signature))}:`);
  return new Request(request, hasBody ? { headers, body: new Uint8Array(body) } : { headers });
}

/**
 * Never throws for what a caller sent; `reason` is for the log, not for the caller.
 * @param digest of a body, where the runtime has a cheaper one than WebCrypto's
 */
export async function verifyGatewayRequest(
  received: ReceivedRequest,
  publicKeys: ReadonlyMap<string, CryptoKey>,
  now: Date,
  digest: (body: Uint8Array) => string | Promise<string> = contentDigest,
): Promise<SignatureResult> {
  const { headers, body } = received;
  const sent = { signature: headers.get('signature'), input: headers.get('signature-input') };
  if (sent.signature === null || sent.input === null) return refuse('missing');
  const signature = readBase64(SIGNATURE.exec(sent.signature)?.[1] ?? '');
  const input = readSignatureInput(sent.input, SIGNATURE_LABEL);
  if (signature?.length !== 64 || input === null) return refuse('malformed');
  const early = refusalOf(input, headers, Math.floor(now.getTime() / 1000));
  if (early !== null) return refuse(early);
  const hasBody = body !== null && body.length > 0;
  if (hasBody && !headers.has('content-digest')) return refuse('digest');
  const publicKey = publicKeys.get(input.parameters.keyid);
  if (publicKey === undefined) return refuse('unknown_key');
  const base = signatureBase(received, input.components, input.text);
  if (base === null) return refuse('malformed');
  const [genuine, digested] = await Promise.all([
    crypto.subtle.verify('Ed25519', publicKey, signature, base),
    digestMatches(headers, body, digest),
  ]);
  if (!genuine) return refuse('bad_signature');
  return digested ? { ok: true, keyId: input.parameters.keyid } : refuse('digest');
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

/** What can be said before any arithmetic. */
function refusalOf(
  { components, parameters }: SignatureInput,
  headers: Headers,
  nowSeconds: number,
): SignatureRefusal | null {
  const expected = new Set(coveredComponents(headers));
  const covered = new Set(components);
  if (components.length !== covered.size) return 'malformed';
  if (covered.size !== expected.size || !components.every((name) => expected.has(name)))
    return 'coverage';
  const { created, expires = nowSeconds, alg = ALGORITHM } = parameters;
  if (alg !== ALGORITHM) return 'malformed';
  const current = Math.abs(nowSeconds - created) <= MAX_SKEW_SECONDS && expires >= nowSeconds;
  return current ? null : 'skew';
}

/** A sender may add digests of other algorithms; of sha-256 there is one, and it must be right. */
async function digestMatches(
  headers: Headers,
  body: Uint8Array | null,
  digest: (body: Uint8Array) => string | Promise<string>,
): Promise<boolean> {
  const header = headers.get('content-digest');
  if (header === null) return true;
  const members = header.split(',').map((member) => member.trim());
  const sha256 = members.filter((member) => member.startsWith('sha-256='));
  return sha256.length === 1 && sha256[0] === (await digest(body ?? new Uint8Array()));
}
