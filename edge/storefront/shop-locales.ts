import { STOREFRONT_HEADERS } from '@commerce/contracts/vocabulary/shop-context.ts';

/** The locales of the host that a request came to, as its mapping says. BCP 47 tags, spelled as in the mapping. */
export type ShopLocales = {
  /** Of this request: the one in its path, or the default where a path has none. One of `all`. */
  current: string;
  /** At least one. */
  all: readonly string[];
  /** One of `all`. */
  fallback: string;
};

/** As the contract writes a locale. */
const LOCALE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$/;

/**
 * What the front door says of the host's locales, all or nothing.
 * @returns undefined where a header is missing, or names what is no locale of the host: there is no default
 */
export function readShopLocales(headers: Pick<Headers, 'get'>): ShopLocales | undefined {
  const current = headers.get(STOREFRONT_HEADERS.locale) ?? '';
  const fallback = headers.get(STOREFRONT_HEADERS.defaultLocale) ?? '';
  const all = (headers.get(STOREFRONT_HEADERS.locales) ?? '')
    .split(',')
    .map((locale) => locale.trim());
  if (!all.every((locale) => LOCALE.test(locale))) return undefined;
  if (!all.includes(current) || !all.includes(fallback)) return undefined;
  return { current, all, fallback };
}
