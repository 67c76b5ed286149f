/**
 * Where a page is, in a locale.
 * @param tag BCP 47, as in the host's mapping
 * @param path of the page without its locale, percent-encoded, beginning with `/`
 */
export function localePath(tag: string, path: string): string {
  return `/${tag}${path}`;
}

/** The page of a product, without its locale. */
export function productPath(sku: string): string {
  return `/products/${encodeURIComponent(sku)}`;
}
