import { localePath } from '../page-paths.ts';
import type { ShopLocales } from '../shop-locales.ts';

/** Where a page is at home in each of its shop's locales. */
export type PageAddresses = {
  /** Of the locale that it is shown in. */
  canonical: string;
  /** One for each locale, and `x-default`, which is the default locale's. */
  alternates: Alternate[];
};

export type Alternate = { hreflang: string; href: string };

/**
 * The addresses of a page: absolute, on the shop's canonical host, without a query.
 * @param origin `https://shop.example`
 * @param path of the page without its locale, percent-encoded, beginning with `/`
 */
export function pageAddresses(origin: string, path: string, locales: ShopLocales): PageAddresses {
  const address = (tag: string) => `${origin}${localePath(tag, path)}`;
  return { canonical: address(locales.current), alternates: alternatesOf(address, locales) };
}

function alternatesOf(address: (tag: string) => string, locales: ShopLocales): Alternate[] {
  return [
    ...locales.all.map((tag) => ({ hreflang: tag, href: address(tag) })),
    { hreflang: 'x-default', href: address(locales.fallback) },
  ];
}
