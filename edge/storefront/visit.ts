import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Cart } from '../cart/cart.ts';
import { cartFromCookies } from '../cart/cart-from-cookies.ts';
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

/** The cart that the request brings. A cookie that does not open is no cart at all: the buyer starts with an empty one. */
export async function cartOf(request: Request, visit: Visit, now: Date): Promise<Cart | undefined> {
  const { context, config } = visit;
  const cookies = request.headers.get('cookie');
  return (await cartFromCookies(cookies, context.shopId, config.cartKeys, now)) ?? undefined;
}
