/**
 * The one format of every bearer token: `ct1.<keyId>.<base64url(JSON claims)>.<base64url(HMAC-SHA256)>`,
 * where the MAC covers everything before its own dot. Tokens are signed, not encrypted: claims hold
 * no secret. Whether a token was revoked (its `version` raised) is for the caller to look up.
 */
import { decodeBase64, decodeBase64Url, encodeBase64Url } from './base64.ts';
import { SHOP_ID_PATTERN } from './ids.ts';

export type TokenKind = 'order' | 'staff' | 'customer' | 'operator' | 'reconciliation';
export const TOKEN_KINDS: readonly TokenKind[] = [
  'order',
  'staff',
  'customer',
  'operator',
  'reconciliation',
];

export type TokenClaims = {
  kind: TokenKind;
  /** Every kind but `operator` belongs to one shop; an operator's token names none. */
  shopId?: string;
  /** Order id, customer id, or who the staff member, worker or operator is. */
  subject: string;
  checkoutSessionId?: string;
  /** Valid while the subject's token version is this one. */
  version: number;
  /** Unix seconds; from that second on the token is expired. */
  expiresAt: number;
  tokenId: string;
};

/** `secret` is base64 of at least 32 bytes. */
export type TokenKey = { keyId: string; secret: string };

export type TokenRefusal = 'malformed' | 'unknown_key' | 'bad_signature' | 'expired';
export type TokenResult = { ok: true; claims: TokenClaims } | { ok: false; reason: TokenRefusal };

const FORMAT = /^ct1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const MAX_LENGTH = 4096;
const MIN_SECRET_BYTES = 32;
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const encoder = new TextEncoder();

/** Throws a RangeError for claims or a key that no verifier would accept. */
export async function signToken(claims: TokenClaims, key: TokenKey): Promise<string> {
  const valid: boolean = areClaims(claims);
  if (!valid) throw new RangeError(`token claims of kind ${claims.kind} are not valid`);
  const payload = encodeBase64Url(encoder.encode(JSON.stringify(claims)));
  const signed = `ct1.${key.keyId}.${payload}`;
  const mac = await crypto.subtle.sign(HMAC, await hmacKey(key.secret), encoder.encode(signed));
  const token = `${signed}.${encodeBase64Url(new Uint8Array(mac))}`;
  if (split(token) === null) throw new RangeError('key id or claims do not fit into a token');
  return token;
}

/** `keysById` maps key id to base64 secret: two or more are live while a key is rotated. */
export async function verifyToken(
  token: string,
  keysById: ReadonlyMap<string, string>,
  now: Date,
): Promise<TokenResult> {
  const parts = split(token);
  const claims = parts && readClaims(parts.payload);
  if (parts === null || claims === null) return { ok: false, reason: 'malformed' };
  const secret = keysById.get(parts.keyId);
  if (secret === undefined) return { ok: false, reason: 'unknown_key' };
  const key = await hmacKey(secret);
  const genuine = await crypto.subtle.verify(HMAC, key, parts.mac, encoder.encode(parts.signed));
  if (!genuine) return { ok: false, reason: 'bad_signature' };
  if (claims.expiresAt * 1000 <= now.getTime()) return { ok: false, reason: 'expired' };
  return { ok: true, claims };
}

/**
 * What a token says, unverified, or null. Good for choosing which token to send on, never for deciding
 * what its bearer may do.
 */
export function peekToken(token: string): TokenClaims | null {
  const parts = split(token);
  return parts && readClaims(parts.payload);
}

function split(token: string) {
  if (token.length > MAX_LENGTH) return null;
  const match = FORMAT.exec(token);
  if (match === null) return null;
  const [, keyId = '', payload = '', encodedMac = ''] = match;
  const mac = decodeBase64Url(encodedMac);
  if (mac === null) return null;
  return { keyId, payload, mac, signed: token.slice(0, token.lastIndexOf('.')) };
}

function readClaims(payload: string): TokenClaims | null {
  const bytes = decodeBase64Url(payload);
  if (bytes === null) return null;
  try {
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return areClaims(claims) ? claims : null;
  } catch {
    return null;
  }
}

function areClaims(value: unknown): value is TokenClaims {
  if (typeof value !== 'object' || value === null) return false;
  const claims = value as Record<keyof TokenClaims, unknown>;
  const belongsToShop = typeof claims.shopId === 'string' && SHOP_ID_PATTERN.test(claims.shopId);
  return (
    TOKEN_KINDS.includes(claims.kind as TokenKind) &&
    (claims.kind === 'operator' ? claims.shopId === undefined : belongsToShop) &&
    isText(claims.subject) &&
    (claims.checkoutSessionId === undefined || isText(claims.checkoutSessionId)) &&
    isCount(claims.version) &&
    isCount(claims.expiresAt) &&
    isText(claims.tokenId)
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 256;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const hmacKeys = new Map<string, Promise<CryptoKey>>();

/** A process knows a handful of secrets; importing one costs as much as using it. */
function hmacKey(secret: string): Promise<CryptoKey> {
  const known = hmacKeys.get(secret);
  if (known !== undefined) return known;
  const bytes = decodeBase64(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new RangeError(
      `token secret has ${bytes.length} bytes, at least ${MIN_SECRET_BYTES} needed`,
    );
  }
  const imported = crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign', 'verify']);
  if (hmacKeys.size >= 16) hmacKeys.clear();
  hmacKeys.set(secret, imported);
  return imported;
}
