import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINES } from './cart.rules.ts';
import type { Cart } from './cart.ts';
import { CART_MAX_AGE_SECONDS, MAX_CART_VALUE_BYTES, openCart, sealCart } from './cart-cookie.ts';
import type { CartKey } from './cart-keys.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const OLD: CartKey = { keyId: 'k1', secret: new Uint8Array(32).fill(1) };
const NEW: CartKey = { keyId: 'k2', secret: new Uint8Array(32).fill(2) };

const CART: Cart = {
  id: 'cart_019ab000-0000-7000-8000-000000000001',
  shopId: 'aurora',
  lines: [{ sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } }],
  issuedAt: NOW_SECONDS,
};

async function sealed(cart: Cart = CART, keys: CartKey[] = [OLD]): Promise<string> {
  const result = await sealCart(cart, keys);
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

describe('cart cookie', () => {
  it('gives back the cart that was sealed', async () => {
    const anyText = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ sku: anyText, quantity: fc.integer({ min: 1, max: 999_999 }) }), {
          maxLength: 12,
        }),
        async (lines) => {
          const cart = { ...CART, lines };
          expect(await openCart(await sealed(cart), 'aurora', [OLD], NOW)).toEqual({
            ok: true,
            cart,
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is worth nothing at another shop', async () => {
    expect(await openCart(await sealed(), 'borealis', [OLD], NOW)).toEqual({
      ok: false,
      reason: 'wrong_signature',
    });
  });

  it('opens under the old key while both live, and under neither once it is gone', async () => {
    const value = await sealed();
    expect(await openCart(value, 'aurora', [NEW, OLD], NOW)).toMatchObject({ ok: true });
    expect(await openCart(value, 'aurora', [NEW], NOW)).toEqual({
      ok: false,
      reason: 'unknown_key',
    });
  });

  it('signs with the first key', async () => {
    expect(await sealed(CART, [NEW, OLD])).toMatch(/^c1\.k2\./);
  });

  it('does not open when any one character is changed', async () => {
    const value = await sealed();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(value.length - 1),
        fc.constantFrom(...'aZ0-_.'),
        async (position, character) => {
          fc.pre(value[position] !== character);
          const changed = value.slice(0, position) + character + value.slice(position + 1);
          expect((await openCart(changed, 'aurora', [OLD], NOW)).ok).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('does not open whatever else is sent in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (value) => {
        expect((await openCart(value, 'aurora', [OLD], NOW)).ok).toBe(false);
      }),
    );
    const tooLong = `c1.k1.${'A'.repeat(MAX_CART_VALUE_BYTES)}.AAAA`;
    expect(await openCart(tooLong, 'aurora', [OLD], NOW)).toEqual({
      ok: false,
      reason: 'malformed',
    });
  });

  it('expires 30 days after it was last sealed, and is not taken from the future', async () => {
    const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    const value = await sealed();
    const expired = { ok: false, reason: 'expired' };
    expect(await openCart(value, 'aurora', [OLD], after(CART_MAX_AGE_SECONDS))).toMatchObject({
      ok: true,
    });
    expect(await openCart(value, 'aurora', [OLD], after(CART_MAX_AGE_SECONDS + 1))).toEqual(
      expired,
    );
    expect(await openCart(value, 'aurora', [OLD], after(-301))).toEqual(expired);
  });

  it('fits a full cart of ordinary variants into one cookie', async () => {
    const lines = Array.from({ length: MAX_LINES }, (_, index) => ({
      sku: `merino-crew-neck-${index}`,
      quantity: 100 + index * 7,
      variantAttributes: { colour: index % 2 ? 'charcoal' : 'forest', size: 'extra-large' },
    }));
    expect((await sealed({ ...CART, lines })).length).toBeLessThan(MAX_CART_VALUE_BYTES / 2);
  });

  it('refuses a cart that the browser would drop for its size', async () => {
    const random = fc.sample(fc.string({ minLength: 200, maxLength: 200, unit: 'binary' }), 40);
    const lines = random.map((sku) => ({ sku, quantity: 1 }));
    expect(await sealCart({ ...CART, lines }, [OLD])).toEqual({ ok: false, reason: 'too_large' });
  });
});
