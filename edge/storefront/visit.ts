import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Cart } from '../cart/cart.ts';
import { CART_COOKIE, openCart } from '../cart/cart-cookie.ts';
import { parseCookies } from '../http/cookies.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import type { StorefrontConfig, StorefrontEnv } from './config.ts';

/** One request to one shop, as the routes get it: Hono's bindings. */
export type Visit = {
  context: ShopContext;
  trace: RequestTrace;
  config: StorefrontConfig;
  catalogue: StorefrontEnv['CATALOGUE'];
};

export type VisitEnv = { Bindings: Visit };

/**
 * The cart that the request brings. A cookie that does not open (another shop's, forged, expired, of a key that is
 * gone) is no cart at all: the buyer starts with an empty one.
 */
export async function cartOf(request: Request, visit: Visit, now: Date): Promise<Cart | undefined> {
  const cookies = parseCookies(request.headers.get('cookie'));
  for (const { name, value } of cookies) {
    if (name !== CART_COOKIE) continue;
    const opened = await openCart(value, visit.context.shopId, visit.config.cartKeys, now);
    if (opened.ok) return opened.cart;
  }
  return undefined;
}
