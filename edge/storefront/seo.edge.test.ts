import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json } from '../../local/recording-origin.ts';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { SAMPLE_SHOPS } from './testing/sample-shops.ts';

/** Two shops behind the real front door, in production, over https. */
const HOSTS = [
  { shopId: 'aurora', host: 'aurora.example', locales: ['en-IE', 'de-DE'] },
  { shopId: 'borealis', host: 'www.borealis.example', locales: ['de-DE', 'en-US', 'fr'] },
] as const;

const PRIVATE_PATHS = ['/cart', '/orders/ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e', '/nope'];

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge({
    environment: 'production',
    publicScheme: 'https',
    publicPort: '',
    paymentUi: 'stripe',
    stripePublishableKey: 'pk_test_sample',
  });
  for (const { shopId, host, locales } of HOSTS) {
    const settings = { shopId, locales, defaultLocale: locales[0], reason: 'A host of the test' };
    expect((await edge.putHost(host, settings)).status).toBe(200);
  }
  edge.origin.answerWith(({ target, headers }) => {
    const found = SAMPLE_SHOPS[headers.get('x-shop-id') ?? ''];
    if (found === undefined || target.startsWith('/ops/')) return undefined;
    const { pathname } = new URL(target, 'http://origin');
    if (pathname.endsWith('/shop')) return json(found.shop);
    if (pathname.endsWith('/products')) return json({ items: found.products });
    const sku = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
    const product = found.products.find((candidate) => candidate.sku === sku);
    return product === undefined ? undefined : json(product);
  });
});

afterAll(() => edge.dispose());

/** Reads an absolute address as a crawler does, who has no cookie and names no language. */
async function read(address: string) {
  const { host, pathname, search, protocol } = new URL(address);
  expect(protocol).toBe('https:');
  return edge.call(host, `${pathname}${search}`, { headers: { accept: 'text/html' } });
}

const all = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found]) => found ?? '');

const canonicalOf = (html: string) => all(html, /<link rel="canonical" href="([^"]*)"/g);

/** `hreflang` to address. */
const alternatesOf = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<(?:xhtml:)?link rel="alternate" hreflang="([^"]*)" href="([^"]*)"/g)].map(
      ([, hreflang = '', href = '']) => [hreflang, href],
    ),
  );

describe.each(HOSTS)('for search engines, $host', ({ shopId, host, locales }) => {
  const origin = `https://${host}`;
  const products = SAMPLE_SHOPS[shopId]?.products ?? [];

  it('names a sitemap in robots.txt that is there', async () => {
    const robots = await read(`${origin}/robots.txt`);
    expect(robots.status).toBe(200);
    expect(robots.headers['content-type']).toBe('text/plain; charset=utf-8');
    const [sitemap = '', ...others] = all(robots.text, /^Sitemap: (.*)$/gm);
    expect(others).toEqual([]);
    expect(sitemap).toBe(`${origin}/sitemap.xml`);
    expect((await read(sitemap)).status).toBe(200);
  });

  it('lists every page in every locale, and each of these addresses is a page', async () => {
    const { text, headers } = await read(`${origin}/sitemap.xml`);
    expect(headers['content-type']).toBe('application/xml; charset=utf-8');
    const addresses = all(text, /<loc>([^<]*)<\/loc>/g);
    expect(addresses).toHaveLength((products.length + 1) * locales.length);
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const address of addresses) {
      const page = await read(address);
      expect(page.status, address).toBe(200);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.text).not.toContain('noindex');
    }
  });

  it('has pages that are their own canonical ones, and name each other in the same words', async () => {
    const sitemap = (await read(`${origin}/sitemap.xml`)).text;
    for (const entry of all(sitemap, /<url>(.*?)<\/url>/gs)) {
      const [address = ''] = all(entry, /<loc>([^<]*)<\/loc>/g);
      const page = (await read(`${address}?utm_source=x&a=%2F`)).text;
      const alternates = alternatesOf(page);
      expect(canonicalOf(page)).toEqual([address]);
      expect(Object.keys(alternates)).toEqual([...locales, 'x-default']);
      expect(alternates['x-default']).toBe(alternates[locales[0]]);
      expect(alternatesOf(entry)).toEqual(alternates);
      expect(Object.values(alternates)).toContain(address);
      for (const [hreflang, alternate = ''] of Object.entries(alternates)) {
        const other = (await read(alternate)).text;
        expect(alternatesOf(other)).toEqual(alternates);
        expect(canonicalOf(other)).toEqual([alternate]);
        if (hreflang !== 'x-default') expect(other).toContain(`data-locale="${hreflang}"`);
      }
    }
  });

  it('keeps to itself what only a buyer has a use for, and says so in robots.txt', async () => {
    const robots = (await read(`${origin}/robots.txt`)).text;
    const disallowed = all(robots, /^Disallow: (.*)$/gm);
    const isDisallowed = (path: string) => disallowed.some((prefix) => path.startsWith(prefix));
    for (const locale of locales) {
      for (const path of PRIVATE_PATHS) {
        const page = await read(`${origin}/${locale}${path}`);
        expect(page.text).toContain('<meta name="robots" content="noindex"/>');
        expect(alternatesOf(page.text)).toEqual({});
        expect(canonicalOf(page.text)).toEqual([]);
        if (path !== '/nope') expect(isDisallowed(`/${locale}${path}`)).toBe(true);
      }
      expect(isDisallowed(`/${locale}/checkout`)).toBe(true);
      for (const path of ['/', '/products/tee'])
        expect(isDisallowed(`/${locale}${path}`)).toBe(false);
    }
    expect(isDisallowed('/api/cart')).toBe(true);
  });

  it('leads to no other shop', async () => {
    const others = HOSTS.filter((other) => other.host !== host).map((other) => other.host);
    for (const path of ['/robots.txt', '/sitemap.xml', `/${locales[0]}/`]) {
      const { text } = await read(`${origin}${path}`);
      for (const other of others) expect(text).not.toContain(other);
    }
  });
});

describe('the front door and the pages', () => {
  it('agree on the locale that a buyer has chosen', async () => {
    const host = 'aurora.example';
    const first = await edge.call(host, '/', { headers: { 'accept-language': 'de' } });
    expect([first.status, first.headers.location]).toEqual([307, '/de-DE/']);
    const page = await edge.call(host, '/en-IE/', { headers: { accept: 'text/html' } });
    const [kept = ''] = page.headers['set-cookie'] ?? [];
    expect(kept).toMatch(/^__Host-locale=en-IE; Path=\/; Secure; SameSite=Lax; Max-Age=31536000$/);
    const again = await edge.call(host, '/cart?a=1', {
      headers: { 'accept-language': 'de', cookie: kept.split(';')[0] },
    });
    expect([again.status, again.headers.location]).toEqual([307, '/en-IE/cart?a=1']);
  });

  it('believe no locale that a client claims', async () => {
    const claimed = await edge.call('aurora.example', '/de-DE/', {
      headers: { 'x-shop-locale': 'en-IE', 'x-shop-locales': 'xx', accept: 'text/html' },
    });
    expect(claimed.text).toContain('<html lang="de-DE" data-locale="de-DE">');
  });

  it.each(['/cms/x', '/favicon.ico', '/.well-known/security.txt', '/assets/icon.svg'])(
    'send %s on to no locale',
    async (path) => {
      const answer = await edge.call('aurora.example', path);
      expect([200, 404]).toContain(answer.status);
    },
  );
});
