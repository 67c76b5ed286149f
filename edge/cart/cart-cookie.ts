import { decodeBase64Url, encodeBase64Url } from '@commerce/contracts/vocabulary/base64.ts';
import type { Cart } from './cart.ts';
import type { CartKey } from './cart-keys.ts';
import { deflate, inflate } from './deflate.ts';

/** `__Host-`: the browser sends it to this very host alone, never to a sister shop under the same domain. */
export const CART_COOKIE = '__Host-cart';

/** A cart untouched for this long is forgotten. */
export const CART_MAX_AGE_SECONDS = 30 * 24 * 60 * 60;

/** Browsers drop a cookie whose name and value exceed 4096 bytes; the name takes a few of them. */
export const MAX_CART_VALUE_BYTES = 4000;

/** A clock that runs a little ahead of ours is forgiven this much. */
const MAX_SKEW_SECONDS = 300;

const FORMAT = 'c1';

export type SealedCart = { ok: true; value: string } | { ok: false; reason: 'too_large' };

export type OpenedCart =
  | { ok: true; cart: Cart }
  | { ok: false; reason: 'malformed' | 'unknown_key' | 'wrong_signature' | 'expired' };

/**
 * Seals a cart into a cookie's value, `c1.<keyId>.<payload>.<mac>`: the payload is deflated JSON, the MAC is
 * HMAC-SHA256 by the first key. Readable by the buyer, and not to be altered by anyone.
 * @returns `too_large` where the browser would drop the cookie without a word
 */
export async function sealCart(cart: Cart, keys: readonly CartKey[]): Promise<SealedCart> {
  const [signingKey] = keys;
  if (signingKey === undefined) throw new Error('a cart cannot be sealed without a key');
  const payload = encodeBase64Url(await deflate(JSON.stringify(cart)));
  const signed = `${FORMAT}.${signingKey.keyId}.${payload}`;
  const mac = await crypto.subtle.sign(
    'HMAC',
    await deriveKey(signingKey, cart.shopId),
    new TextEncoder().encode(signed),
  );
  const value = `${signed}.${encodeBase64Url(new Uint8Array(mac))}`;
  return value.length > MAX_CART_VALUE_BYTES
    ? { ok: false, reason: 'too_large' }
    : { ok: true, value };
}

/**
 * Opens a cookie's value for one shop. The shop goes into the key's derivation, so another shop's cart has a wrong
 * signature here, as a forged one has; what it says of itself is not read before that is known.
 * @param now decides whether the cart has expired (30 days after it was last sealed)
 */
export async function openCart(
  value: string,
  shopId: string,
  keys: readonly CartKey[],
  now: Date,
): Promise<OpenedCart> {
  if (value.length > MAX_CART_VALUE_BYTES) return { ok: false, reason: 'malformed' };
  const [format, keyId, payload, mac, ...rest] = value.split('.');
  if (format !== FORMAT || !keyId || !payload || !mac || rest.length > 0) {
    return { ok: false, reason: 'malformed' };
  }
  const key = keys.find((candidate) => candidate.keyId === keyId);
  if (key === undefined) return { ok: false, reason: 'unknown_key' };
  const macBytes = decodeBase64Url(mac);
  const payloadBytes = decodeBase64Url(payload);
  if (macBytes === null || payloadBytes === null) return { ok: false, reason: 'malformed' };
  const genuine = await crypto.subtle.verify(
    'HMAC',
    await deriveKey(key, shopId),
    macBytes,
    new TextEncoder().encode(`${format}.${keyId}.${payload}`),
  );
  if (!genuine) return { ok: false, reason: 'wrong_signature' };
  const cart = JSON.parse(await inflate(payloadBytes)) as Cart;
  if (cart.shopId !== shopId) return { ok: false, reason: 'wrong_signature' };
  return isCurrent(cart, now) ? { ok: true, cart } : { ok: false, reason: 'expired' };
}

function isCurrent(cart: Cart, now: Date): boolean {
  const ageSeconds = Math.floor(now.getTime() / 1000) - cart.issuedAt;
  return ageSeconds <= CART_MAX_AGE_SECONDS && ageSeconds >= -MAX_SKEW_SECONDS;
}

async function deriveKey(key: CartKey, shopId: string): Promise<CryptoKey> {
  const master = await crypto.subtle.importKey('raw', key.secret, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode(`cart-cookie/v1/${key.keyId}/${shopId}`),
    },
    master,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  );
}
