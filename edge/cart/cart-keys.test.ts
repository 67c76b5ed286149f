import { describe, expect, it } from 'vitest';
import { parseCartKeys } from './cart-keys.ts';

const secret = (fill: number, bytes = 32) => Buffer.alloc(bytes, fill).toString('base64');

describe('CART_KEYS', () => {
  it('gives the keys in their order, so that the first one signs', () => {
    const keys = parseCartKeys(
      JSON.stringify([
        { keyId: 'new', secret: secret(2) },
        { keyId: 'old', secret: secret(1) },
      ]),
    );
    expect(keys.map((key) => key.keyId)).toEqual(['new', 'old']);
    expect(keys[0]?.secret).toEqual(new Uint8Array(32).fill(2));
  });

  it.each([
    [undefined, 'CART_KEYS is not set'],
    ['', 'CART_KEYS is not set'],
    ['{', 'CART_KEYS must be a JSON array'],
    ['[]', 'CART_KEYS must hold 1 to 2 keys, not 0'],
    [JSON.stringify([1, 2, 3]), 'CART_KEYS must hold 1 to 2 keys, not 3'],
    [JSON.stringify([null]), 'CART_KEYS[0].keyId must match'],
    [JSON.stringify([{ keyId: 'a/b', secret: secret(1) }]), 'CART_KEYS[0].keyId must match'],
    [JSON.stringify([{ keyId: 'a' }]), 'CART_KEYS[0].secret must be base64 text'],
    [JSON.stringify([{ keyId: 'a', secret: 'no base64!' }]), 'CART_KEYS[0].secret is not base64'],
    [
      JSON.stringify([{ keyId: 'a', secret: secret(1, 31) }]),
      'CART_KEYS[0].secret must be at least 32 bytes',
    ],
    [
      JSON.stringify([
        { keyId: 'a', secret: secret(1) },
        { keyId: 'a', secret: secret(2) },
      ]),
      'CART_KEYS names one keyId twice',
    ],
  ])('refuses %s, and says what is wrong', (json, message) => {
    expect(() => parseCartKeys(json)).toThrow(message);
  });

  it('never repeats a secret in a message', () => {
    const marker = 'c2VjcmV0LXNlY3JldA';
    for (const json of [
      `[{"keyId":"a","secret":"${marker}"}]`,
      `[{"keyId":"a","secret":"${marker}`,
      `[{"keyId":"a","secret":"!${marker}"}]`,
    ]) {
      expect(() => parseCartKeys(json)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(marker) }),
      );
    }
  });
});
