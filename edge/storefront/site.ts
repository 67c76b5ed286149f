import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { StorefrontConfig } from './config.ts';
import { readShopLocales, type ShopLocales } from './shop-locales.ts';

/** What a shop's pages need to know of the host's mapping. */
export type Site = {
  /** Scheme, canonical host and port, such as `https://shop.example`: absolute addresses begin with it. */
  origin: string;
  locales: ShopLocales;
};

/** @returns undefined where the front door has not said all of it: then there is no page to show, in any locale */
export function readSite(
  headers: Pick<Headers, 'get'>,
  { canonicalHost }: ShopContext,
  { publicScheme, publicPort }: StorefrontConfig,
): Site | undefined {
  const locales = readShopLocales(headers);
  if (canonicalHost === undefined || locales === undefined) return undefined;
  const port = publicPort === '' ? '' : `:${publicPort}`;
  return { origin: `${publicScheme}://${canonicalHost}${port}`, locales };
}
