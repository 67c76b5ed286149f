import type { Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import { countUnits } from '../cart/cart.rules.ts';
import type { Cart } from '../cart/cart.ts';
import type { StorefrontAssets } from './assets.ts';
import { unwrap } from './catalogue.ts';
import { pageLocale } from './page-locale.ts';
import { makeNonce } from './page-policy.ts';
import type { PageFrame } from './pages/layout.tsx';
import { pageAddresses } from './seo/page-address.ts';
import { themePath } from './theme.ts';
import { cartOf, type SiteVisit } from './visit.ts';

/** A page, before its content is known. */
export type PageKind = {
  /** What the log calls it. */
  endpoint: string;
  /** Without its locale, percent-encoded. */
  path: string;
  /** Whether search engines may show it. */
  indexed: boolean;
};

export type OpenedPage = { frame: PageFrame; shop: Shop; cart: Cart | undefined };

/** Reads what every page shows: the shop, the buyer's cart, and where the page is at home. */
export async function openPage(
  request: Request,
  visit: SiteVisit,
  assets: StorefrontAssets,
  { endpoint, path, indexed }: PageKind,
): Promise<OpenedPage> {
  const { catalogue, context, site, trace } = visit;
  trace.endpoint = endpoint;
  const [shop, cart] = await Promise.all([
    unwrap(catalogue.getShop(context)),
    cartOf(request, visit, new Date()),
  ]);
  const frame = {
    shop,
    locale: pageLocale(site.locales.current, shop.locale),
    locales: site.locales.all,
    path,
    addresses: indexed ? pageAddresses(site.origin, path, site.locales) : undefined,
    nonce: makeNonce(),
    cartUnits: countUnits(cart?.lines ?? []),
    miniCart: assets.miniCart.path,
    stylesheet: assets.stylesheet.path,
    theme: await themePath(shop),
  };
  return { frame, shop, cart };
}
