import type { ShopLocales } from '../shop-locales.ts';
import { pageAddresses } from './page-address.ts';

/** What one file may hold (sitemaps.org): addresses, and bytes before compression. */
export type SitemapLimits = { addresses: number; bytes: number };
export const SITEMAP_LIMITS: SitemapLimits = { addresses: 50_000, bytes: 50 * 1024 * 1024 };

export type SitemapInput = {
  /** `https://shop.example` */
  origin: string;
  locales: ShopLocales;
  /** Pages to be found, without their locale, percent-encoded. */
  paths: readonly string[];
};

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const HEAD = `${XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n`;
const FOOT = '</urlset>\n';
const INDEX_HEAD = `${XML}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n`;

/**
 * The shop's pages in all their locales, each with its alternates, as one file; or, where that would be too large,
 * one part of them, or the index of all parts. No `lastmod`: the catalogue does not say when a product changed.
 *
 * @param part undefined for what `/sitemap.xml` itself answers; 1 and up for a part that the index names
 * @returns undefined for a part that there is not
 */
export function sitemap(
  input: SitemapInput,
  part: number | undefined,
  limits: SitemapLimits = SITEMAP_LIMITS,
): string | undefined {
  // Entries are made one at a time and kept for the wanted part alone: a file has tens of megabytes.
  let [parts, addresses, bytes] = [1, 0, HEAD.length + FOOT.length];
  let kept: string[] = [];
  for (const entry of entriesOf(input)) {
    if (addresses + 1 > limits.addresses || bytes + entry.length > limits.bytes) {
      if (part === parts) return document(kept);
      kept = [];
      parts += 1;
      addresses = 0;
      bytes = HEAD.length + FOOT.length;
    }
    addresses += 1;
    bytes += entry.length;
    if (part === undefined ? parts === 1 : part === parts) kept.push(entry);
  }
  if (part === undefined) return parts === 1 ? document(kept) : indexOf(input.origin, parts);
  return part === parts ? document(kept) : undefined;
}

/** An entry is ASCII, since addresses are percent-encoded and locales are letters: its length is its bytes. */
function* entriesOf({ origin, locales, paths }: SitemapInput): Generator<string> {
  for (const path of paths) {
    const { alternates } = pageAddresses(origin, path, locales);
    const links = alternates.map(
      ({ hreflang, href }) =>
        `<xhtml:link rel="alternate" hreflang="${hreflang}" href="${escapeXml(href)}"/>\n`,
    );
    for (const { hreflang, href } of alternates) {
      if (hreflang === 'x-default') continue;
      yield `<url>\n<loc>${escapeXml(href)}</loc>\n${links.join('')}</url>\n`;
    }
  }
}

function document(entries: readonly string[]): string {
  return `${HEAD}${entries.join('')}${FOOT}`;
}

function indexOf(origin: string, parts: number): string {
  const files = Array.from(
    { length: parts },
    (_, index) =>
      `<sitemap><loc>${escapeXml(`${origin}/sitemap.xml?part=${index + 1}`)}</loc></sitemap>\n`,
  );
  return `${INDEX_HEAD}${files.join('')}</sitemapindex>\n`;
}

function escapeXml(text: string): string {
  const ENTITIES: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
