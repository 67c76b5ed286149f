import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Cart } from '../cart/cart.ts';
import { cartFromCookies } from '../cart/cart-from-cookies.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import type { StorefrontConfig, StorefrontEnv } from './config.ts';
import type { Site } from './site.ts';

/** One request to one shop, as the routes get it: Hono's bindings. */
export type Visit = {
  context: ShopContext;
  trace: RequestTrace;
  config: StorefrontConfig;
  catalogue: StorefrontEnv['CATALOGUE'];
  /** Absent where the front door has not said it all: the cart and the files do without, a page does not. */
  site: Site | undefined;
};

export type VisitEnv = { Bindings: Visit };

/** A request that shows something of the site itself: a page, or what search engines read. */
export type SiteVisit = Visit & { site: Site };

export type SiteVisitEnv = { Bindings: SiteVisit };

/** The cart that the request brings. A cookie that does not open is no cart at all: the buyer starts with an empty one. */
export async function cartOf(request: Request, visit: Visit, now: Date): Promise<Cart | undefined> {
  const { context, config } = visit;
  const cookies = request.headers.get('cookie');
  return (await cartFromCookies(cookies, context.shopId, config.cartKeys, now)) ?? undefined;
}
