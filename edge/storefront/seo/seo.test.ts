import { describe, expect, it } from 'vitest';
import { pageAddresses } from './page-address.ts';
import { robotsText } from './robots.ts';
import { sitemap } from './sitemap.ts';

const ORIGIN = 'https://shop.example';
const LOCALES = { current: 'de-DE', all: ['en-IE', 'de-DE'], fallback: 'en-IE' };

describe('the addresses of a page', () => {
  it('are absolute, one for each locale, and the default locale’s for everybody else', () => {
    expect(pageAddresses(ORIGIN, '/products/tee', LOCALES)).toEqual({
      canonical: 'https://shop.example/de-DE/products/tee',
      alternates: [
        { hreflang: 'en-IE', href: 'https://shop.example/en-IE/products/tee' },
        { hreflang: 'de-DE', href: 'https://shop.example/de-DE/products/tee' },
        { hreflang: 'x-default', href: 'https://shop.example/en-IE/products/tee' },
      ],
    });
  });
});

describe('robots.txt', () => {
  const robots = (environment: 'production' | 'staging' | 'local') =>
    robotsText({ environment, origin: ORIGIN, locales: LOCALES.all });

  it('keeps crawlers out of what only its buyer has a use for, in every locale', () => {
    expect(robots('production')).toBe(`User-agent: *
Disallow: /api/
Disallow: /en-IE/cart
Disallow: /en-IE/checkout
Disallow: /en-IE/orders/
Disallow: /de-DE/cart
Disallow: /de-DE/checkout
Disallow: /de-DE/orders/

Sitemap: https://shop.example/sitemap.xml
`);
  });

  it.each(['staging', 'local'] as const)('keeps them out of all of %s', (environment) => {
    expect(robots(environment)).toBe('User-agent: *\nDisallow: /\n');
  });
});

describe('the sitemap', () => {
  const PATHS = ['/', '/products/a', '/products/b', '/products/c'];
  const make = (part?: number, limits?: { addresses: number; bytes: number }, paths = PATHS) =>
    sitemap({ origin: ORIGIN, locales: LOCALES, paths }, part, limits);
  const locations = (xml = '') => [...xml.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, loc]) => loc);
  const MANY = 1_000_000;

  it('has each page in each locale, with all its alternates', () => {
    const xml = make() ?? '';
    expect(locations(xml)).toEqual(
      PATHS.flatMap((path) => LOCALES.all.map((tag) => `${ORIGIN}/${tag}${path}`)),
    );
    expect(xml).toContain(`<url>
<loc>https://shop.example/de-DE/products/a</loc>
<xhtml:link rel="alternate" hreflang="en-IE" href="https://shop.example/en-IE/products/a"/>
<xhtml:link rel="alternate" hreflang="de-DE" href="https://shop.example/de-DE/products/a"/>
<xhtml:link rel="alternate" hreflang="x-default" href="https://shop.example/en-IE/products/a"/>
</url>`);
    expect(xml).not.toContain('lastmod');
  });

  it('lets no path write XML', () => {
    const xml = make(undefined, undefined, [`/products/a&b'<c>"`]) ?? '';
    expect(xml).toContain('/products/a&amp;b&apos;&lt;c&gt;&quot;</loc>');
  });

  it('is one file as long as it fits', () => {
    const bytes = make()?.length ?? 0;
    expect(make(undefined, { addresses: 8, bytes })).toBe(make());
  });

  it.each([
    ['addresses', { addresses: 3, bytes: MANY }, 3],
    ['bytes', { addresses: MANY, bytes: (make()?.length ?? 0) - 1 }, 2],
  ])(
    'with too many %s for one file is an index, and its parts hold it all',
    (_what, limits, parts) => {
      const index = make(undefined, limits);
      const files = locations(index);
      expect(index).toContain('<sitemapindex');
      expect(files).toEqual(
        Array.from({ length: parts }, (_, count) => `${ORIGIN}/sitemap.xml?part=${count + 1}`),
      );
      const documents = files.map((_, count) => make(count + 1, limits) ?? '');
      expect(documents.flatMap((xml) => locations(xml))).toEqual(locations(make()));
      for (const xml of documents) {
        expect(locations(xml).length).toBeLessThanOrEqual(limits.addresses);
        expect(Buffer.byteLength(xml)).toBeLessThanOrEqual(limits.bytes);
        expect(locations(xml).length).toBeGreaterThan(0);
      }
    },
  );

  it('has no part that its index does not name', () => {
    for (const part of [0, 4, -1, 1.5, Number.NaN]) {
      expect(make(part, { addresses: 3, bytes: MANY })).toBeUndefined();
    }
    expect(make(1)).toBe(make());
    expect(make(2)).toBeUndefined();
  });

  it('holds fifty thousand addresses in one file, and one more in two', () => {
    const paths = (count: number) =>
      Array.from({ length: count }, (_, index) => `/products/${index}`);
    expect(locations(make(undefined, undefined, paths(25_000)))).toHaveLength(50_000);
    expect(locations(make(undefined, undefined, paths(25_001)))).toHaveLength(2);
  });
});
