import { type Bytes, decodeBase64 } from '@commerce/contracts/vocabulary/base64.ts';

/** A master key of the cart cookie. The first of the list signs; every one of the list still opens. */
export type CartKey = { keyId: string; secret: Bytes };

const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const MIN_SECRET_BYTES = 32;
const MAX_LIVE_KEYS = 2;

/**
 * Reads CART_KEYS: JSON `[{ "keyId": "k2", "secret": "<base64>" }, …]`, one or two keys, the signing key first.
 * To rotate: put the new key in front of the old one, and take the old one away once its cookies have expired.
 * @throws Error that says which rule is broken, and never repeats a secret
 */
export function parseCartKeys(json: string | undefined): CartKey[] {
  if (json === undefined || json === '') throw new Error('CART_KEYS is not set');
  const entries = parseJsonArray(json);
  if (entries.length < 1 || entries.length > MAX_LIVE_KEYS) {
    throw new Error(`CART_KEYS must hold 1 to ${MAX_LIVE_KEYS} keys, not ${entries.length}`);
  }
  const keys = entries.map(parseKey);
  if (new Set(keys.map((key) => key.keyId)).size !== keys.length) {
    throw new Error('CART_KEYS names one keyId twice');
  }
  return keys;
}

function parseJsonArray(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) return value;
  } catch {
    // The parser's message quotes its input, which is secret: say it in our own words below.
  }
  throw new Error('CART_KEYS must be a JSON array of { keyId, secret }');
}

function parseKey(entry: unknown, index: number): CartKey {
  const { keyId, secret } = (entry ?? {}) as { keyId?: unknown; secret?: unknown };
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId)) {
    throw new Error(`CART_KEYS[${index}].keyId must match ${KEY_ID.source}`);
  }
  if (typeof secret !== 'string') throw new Error(`CART_KEYS[${index}].secret must be base64 text`);
  const bytes = decodeSecret(secret, index);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new Error(`CART_KEYS[${index}].secret must be at least ${MIN_SECRET_BYTES} bytes`);
  }
  return { keyId, secret: bytes };
}

function decodeSecret(secret: string, index: number): Bytes {
  try {
    return decodeBase64(secret);
  } catch {
    throw new Error(`CART_KEYS[${index}].secret is not base64`);
  }
}
