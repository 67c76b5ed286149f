import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStorefront, type TestStorefront } from './testing/start-storefront.ts';

const ORDER_PATH = '/orders/ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
const KEPT = '__Host-locale=de-DE; Path=/; Secure; SameSite=Lax; Max-Age=31536000';

let storefront: TestStorefront;

beforeAll(async () => {
  storefront = await startStorefront();
});

afterAll(() => storefront.dispose());

async function addMug(): Promise<string> {
  const response = await storefront.fetch('/api/cart', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'mug', quantity: 2 }),
  });
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

describe('a page in a locale', () => {
  it('is in that language, and so are its money and its links', async () => {
    const cookie = await addMug();
    for (const [tag, lang, total] of [
      ['en-IE', 'en-IE', '€48.00'],
      ['de-DE', 'de-DE', '48,00\u00a0€'],
    ] as const) {
      for (const path of ['/cart', '/checkout']) {
        const response = await storefront.fetch(`/${tag}${path}`, { headers: { cookie } });
        const html = await response.text();
        expect(response.headers.get('content-language')).toBe(lang);
        expect(html).toContain(`<html lang="${lang}" data-locale="${tag}">`);
        expect(html).toContain(total);
        const own = [...html.matchAll(/<a (?![^>]*hreflang)[^>]*href="(\/[^"]*)"/g)];
        expect(own.length).toBeGreaterThan(3);
        for (const [, href] of own) expect(href).toMatch(new RegExp(`^/${tag}/`));
      }
    }
  });

  it('leads to itself in the host’s other locales', async () => {
    for (const path of ['/', '/products/tee', '/cart', ORDER_PATH]) {
      const html = await (await storefront.fetch(`/en-IE${path}`)).text();
      expect(html).toContain(`href="/de-DE${path}" hreflang="de-DE" lang="de-DE"`);
      expect((await storefront.fetch(`/de-DE${path}`)).status).toBe(200);
    }
  });

  it('has English words where we have none in its language, and says so', async () => {
    const headers = {
      'x-shop-locale': 'fr-FR',
      'x-shop-locales': 'fr-FR,en-IE',
      'x-shop-default-locale': 'fr-FR',
    };
    const response = await storefront.fetch('/fr-FR/', { headers });
    const html = await response.text();
    expect(response.headers.get('content-language')).toBe('en');
    expect(html).toContain('<html lang="en" data-locale="fr-FR">');
    expect(html).toContain('Everything in the shop');
    expect(html).toContain('32,00\u00a0€');
    expect(html).toContain('>Français</a>');
  });

  it('is at home under the locale with a slash', async () => {
    const response = await storefront.fetch('/de-DE?a=1&a=%2F');
    expect(response.status).toBe(308);
    expect(response.headers.get('location')).toBe('/de-DE/?a=1&a=%2F');
  });
});

describe('the locale that was chosen', () => {
  const cookiesOf = async (path: string, headers: Record<string, string> = {}) =>
    (await storefront.fetch(path, { headers })).headers.getSetCookie();

  it('is kept from the first page that is shown in it, and not set again', async () => {
    expect(await cookiesOf('/de-DE/')).toEqual([KEPT]);
    expect(await cookiesOf('/de-DE/cart', { cookie: '__Host-locale=en-IE' })).toEqual([KEPT]);
    expect(await cookiesOf('/de-DE/cart', { cookie: '__Host-locale=de-DE' })).toEqual([]);
  });

  it('is not kept from what is no page', async () => {
    for (const path of ['/de-DE/nope', '/de-DE/checkout', '/de-DE', '/robots.txt', '/api/cart']) {
      expect(await cookiesOf(path), path).toEqual([]);
    }
  });

  it('is no choice on a host of one locale', async () => {
    const headers = { 'x-shop-locales': 'de-DE', 'x-shop-default-locale': 'de-DE' };
    expect(await cookiesOf('/de-DE/', headers)).toEqual([]);
    const html = await (await storefront.fetch('/de-DE/', { headers })).text();
    expect(html).not.toContain('aria-label="Sprachen"');
  });
});

describe('what has no locale', () => {
  it('is the icon, for whoever asks for it unasked', async () => {
    const icon = await storefront.fetch('/favicon.ico');
    expect(icon.status).toBe(200);
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    expect(icon.headers.get('cache-control')).toBe('public, max-age=3600');
    expect(await icon.text()).toBe(await (await storefront.fetch('/assets/icon.svg')).text());
  });

  it.each(['/cms', '/cms/', '/cms/page', '/.well-known/security.txt', '/api/nope'])(
    '%s is a problem, never a page',
    async (path) => {
      for (const method of ['GET', 'POST']) {
        const response = await storefront.fetch(path, { method });
        expect(response.status).toBe(404);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
      }
    },
  );
});

describe('for search engines', () => {
  it('robots.txt keeps all crawlers out of what is not production', async () => {
    const response = await storefront.fetch('/robots.txt');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
    expect(await response.text()).toBe('User-agent: *\nDisallow: /\n');
  });

  it('the sitemap has no part that there is not', async () => {
    expect((await storefront.fetch('/sitemap.xml?part=1')).status).toBe(200);
    for (const part of ['', '0', '2', 'x', '1e9']) {
      expect((await storefront.fetch(`/sitemap.xml?part=${part}`)).status, part).toBe(404);
    }
  });

  it('a page that is only its buyer’s is not to be found', async () => {
    const cookie = await addMug();
    for (const path of ['/cart', '/checkout', ORDER_PATH, '/nope']) {
      const html = await (await storefront.fetch(`/de-DE${path}`, { headers: { cookie } })).text();
      expect(html, path).toContain('<meta name="robots" content="noindex"/>');
      expect(html, path).not.toMatch(/rel="(canonical|alternate)"/);
    }
  });
});
