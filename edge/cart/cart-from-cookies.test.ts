import { describe, expect, test, vi } from 'vitest';
import type { Cart } from './cart.ts';
import { sealCart } from './cart-cookie.ts';
import { cartFromCookies } from './cart-from-cookies.ts';

const KEYS = [{ keyId: 'k1', secret: new Uint8Array(32).fill(7) }];
const NOW = new Date('2026-11-23T12:00:00Z');
const CART: Cart = {
  id: 'cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
  shopId: 'aurora',
  lines: [{ sku: 'tee', quantity: 1 }],
  issuedAt: Math.floor(NOW.getTime() / 1000),
};
const FORGED = '__Host-cart=c1.k1.e30.AAAA';

const read = (header: string | null) => cartFromCookies(header, 'aurora', KEYS, NOW);

async function genuine(shopId = 'aurora'): Promise<string> {
  const sealed = await sealCart({ ...CART, shopId }, KEYS);
  if (!sealed.ok) throw new Error(sealed.reason);
  return `__Host-cart=${sealed.value}`;
}

describe('the cart of a request', () => {
  test("is the first of its cookies that is this shop's", async () => {
    expect(await read(`a=b; ${await genuine()}`)).toEqual(CART);
    expect(await read(`${FORGED}; ${await genuine('borealis')}; ${await genuine()}`)).toEqual(CART);
  });

  test('is none without a cookie, or with none of this name', async () => {
    expect(await read(null)).toBeNull();
    expect(await read((await genuine()).replace('__Host-', ''))).toBeNull();
  });

  test('is looked for in three cookies, however many there are', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify');
    try {
      const many = Array.from({ length: 900 }, () => FORGED).join('; ');
      expect(await read(`${many}; ${await genuine()}`)).toBeNull();
      expect(verify.mock.calls.length).toBeLessThanOrEqual(3);
    } finally {
      verify.mockRestore();
    }
  });
});
