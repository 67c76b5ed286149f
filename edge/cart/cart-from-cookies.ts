import { parseCookies } from '../http/cookies.ts';
import type { Cart } from './cart.ts';
import { CART_COOKIE, openCart } from './cart-cookie.ts';
import type { CartKey } from './cart-keys.ts';

/** A browser sends one. Each that is tried costs a key derivation, so a request must not choose how many. */
const MAX_TRIED = 3;

/**
 * The buyer's cart at this shop, from a request's cookies: the first of three that opens. A forged cookie, an expired
 * one, one of a key that is gone and another shop's count as no cart, and nothing tells a forger how near he came.
 */
export async function cartFromCookies(
  cookieHeader: string | null,
  shopId: string,
  keys: readonly CartKey[],
  now: Date,
): Promise<Cart | null> {
  const carts = parseCookies(cookieHeader).filter(({ name }) => name === CART_COOKIE);
  for (const { value } of carts.slice(0, MAX_TRIED)) {
    const opened = await openCart(value, shopId, keys, now);
    if (opened.ok) return opened.cart;
  }
  return null;
}
