import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CART_ID_PATTERN,
  HOLD_ID_PATTERN,
  isIdempotencyKey,
  isShopId,
  ORDER_ID_PATTERN,
  prefixedId,
  RETURN_ID_PATTERN,
  uuidV7,
} from './ids.ts';

const random10 = fc.uint8Array({ minLength: 10, maxLength: 10 });

test('makes the UUIDv7 of RFC 9562, appendix A.6', () => {
  const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('every prefixed id matches its own pattern and no other', () => {
  const patterns = {
    order: ORDER_ID_PATTERN,
    hold: HOLD_ID_PATTERN,
    cart: CART_ID_PATTERN,
    return: RETURN_ID_PATTERN,
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), random10, (nowMs, random) => {
      for (const kind of ['order', 'hold', 'cart', 'return'] as const) {
        const id = prefixedId(kind, uuidV7(nowMs, random));
        const matching = Object.entries(patterns).filter(([, pattern]) => pattern.test(id));
        expect(matching.map(([name]) => name)).toEqual([kind]);
      }
    }),
  );
});

test('ids made later sort later', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), random10, random10, (nowMs, one, other) => {
      expect(uuidV7(nowMs, one) < uuidV7(nowMs + 1, other)).toBe(true);
    }),
  );
});

test.each([-1, 1.5, 2 ** 48, Number.NaN])('refuses the time %s', (nowMs) => {
  expect(() => uuidV7(nowMs, new Uint8Array(10))).toThrow(RangeError);
});

test('refuses a wrong number of random bytes', () => {
  expect(() => uuidV7(0, new Uint8Array(16))).toThrow('16 bytes instead of 10');
});

test.each(['aurora', 'a1', `a${'b'.repeat(40)}`, 'shop-2'])('%j is a shop id', (value) => {
  expect(isShopId(value)).toBe(true);
});

test.each([
  '',
  'a',
  'Aurora',
  '1shop',
  '-shop',
  'a_b',
  `a${'b'.repeat(41)}`,
  'aurora\n',
  'aurora.x',
])('%j is no shop id', (value) => {
  expect(isShopId(value)).toBe(false);
});

test('an idempotency key is 22 to 255 characters of a URL-safe alphabet', () => {
  expect(isIdempotencyKey('a'.repeat(22))).toBe(true);
  expect(isIdempotencyKey('a'.repeat(255))).toBe(true);
  for (const bad of [
    'a'.repeat(21),
    'a'.repeat(256),
    `${'a'.repeat(22)}=`,
    `${'a'.repeat(22)}\n`,
  ]) {
    expect(isIdempotencyKey(bad)).toBe(false);
  }
});
