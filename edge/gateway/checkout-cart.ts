import type { Cart } from '../cart/cart.ts';
import { CART_COOKIE, openCart } from '../cart/cart-cookie.ts';
import type { CartKey } from '../cart/cart-keys.ts';
import { parseCookies } from '../http/cookies.ts';

/**
 * The buyer's cart at this shop, from the request's cookies. A forged cookie, an expired one and another shop's count
 * as no cart: what follows is "the cart is empty", and nothing tells a forger how near he came.
 */
export async function cartFromCookies(
  cookieHeader: string | null,
  shopId: string,
  keys: readonly CartKey[],
  now: Date,
): Promise<Cart | null> {
  for (const { name, value } of parseCookies(cookieHeader)) {
    if (name !== CART_COOKIE) continue;
    const opened = await openCart(value, shopId, keys, now);
    if (opened.ok) return opened.cart;
  }
  return null;
}
