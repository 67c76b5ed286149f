/** The forms of the identifiers that cross a wire. The schemas beside this folder repeat them. */

const UUID_V7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** What each prefixed id names. */
export const ID_PREFIXES = { order: 'ord', hold: 'hold', cart: 'cart', return: 'ret' } as const;
export type IdKind = keyof typeof ID_PREFIXES;

export const SHOP_ID_PATTERN = /^[a-z][a-z0-9-]{1,40}$/;
export const REQUEST_ID_PATTERN = /^[A-Za-z0-9_-]{8,128}$/;
/** At least 22 characters of 6 bits: a key may be its own scope, so it must not be guessable. */
export const IDEMPOTENCY_KEY_PATTERN = /^[A-Za-z0-9_-]{22,255}$/;
export const ORDER_ID_PATTERN = new RegExp(`^${ID_PREFIXES.order}_${UUID_V7}$`);
export const HOLD_ID_PATTERN = new RegExp(`^${ID_PREFIXES.hold}_${UUID_V7}$`);
export const CART_ID_PATTERN = new RegExp(`^${ID_PREFIXES.cart}_${UUID_V7}$`);
export const RETURN_ID_PATTERN = new RegExp(`^${ID_PREFIXES.return}_${UUID_V7}$`);

export function isShopId(value: string): boolean {
  return SHOP_ID_PATTERN.test(value);
}

export function isIdempotencyKey(value: string): boolean {
  return IDEMPOTENCY_KEY_PATTERN.test(value);
}

/** `prefixedId('order', uuid)` is `ord_0198…`. */
export function prefixedId(kind: IdKind, uuid: string): string {
  return `${ID_PREFIXES[kind]}_${uuid}`;
}

/**
 * A UUIDv7 (RFC 9562) from a Unix time in milliseconds and 10 random bytes, both given, so that a
 * test can hold them still: `uuidV7(Date.now(), crypto.getRandomValues(new Uint8Array(10)))`.
 */
export function uuidV7(nowMs: number, random: Uint8Array): string {
  if (!Number.isSafeInteger(nowMs) || nowMs < 0 || nowMs >= 2 ** 48) {
    throw new RangeError(`nowMs: ${nowMs} is not a Unix time in milliseconds`);
  }
  if (random.length !== 10) throw new RangeError(`random: ${random.length} bytes instead of 10`);
  const time = nowMs.toString(16).padStart(12, '0');
  const [versioned = 0, low = 0, variant = 0, ...rest] = random;
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  const third = hex((versioned & 0x0f) | 0x70) + hex(low);
  const fourth = hex((variant & 0x3f) | 0x80) + hex(rest[0] ?? 0);
  const last = rest.slice(1).map(hex).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-${third}-${fourth}-${last}`;
}
