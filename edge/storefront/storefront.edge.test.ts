import { CART_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type { Cart } from '@commerce/generated/public-v1/client/types.gen.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStorefront, type TestStorefront } from './testing/start-storefront.ts';

const RED_TEE = { sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } };
const ORDER_PATH = '/en-IE/orders/ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';

let storefront: TestStorefront;

beforeAll(async () => {
  storefront = await startStorefront();
});

afterAll(() => storefront.dispose());

type Call = { method?: string; body?: unknown; cookie?: string; shopId?: string; type?: string };

function callCart({
  method = 'GET',
  body,
  cookie,
  shopId = 'aurora',
  type = 'application/json',
}: Call) {
  return storefront.fetch('/api/cart', {
    shopId,
    method,
    headers: {
      accept: 'application/json',
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** Calls the cart, expects 200, and gives the cart and the cookie to send from now on. */
async function changeCart(call: Call): Promise<{ cart: Cart; cookie: string }> {
  const response = await callCart(call);
  expect(response.status).toBe(200);
  const [setCookie = ''] = response.headers.getSetCookie();
  return { cart: (await response.json()) as Cart, cookie: setCookie.split(';')[0] ?? '' };
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const { code, status, requestId, detail } = (await response.json()) as Record<string, unknown>;
  expect(status).toBe(response.status);
  expect(requestId).toBe('test-request-0001');
  return { code, detail };
}

describe('a request without a whole shop context', () => {
  it.each(['x-shop-id', 'x-request-id', 'x-shop-environment'])(
    'lacks %s and gets no shop',
    async (name) => {
      for (const path of [
        '/en-IE/',
        '/en-IE/cart',
        '/en-IE/checkout',
        '/en-IE/products/tee',
        ORDER_PATH,
        '/robots.txt',
        '/sitemap.xml',
        '/api/cart',
        '/assets/icon.svg',
      ]) {
        const response = await storefront.fetch(path, { headers: { [name]: '' } });
        expect(response.status).toBe(404);
        expect(await response.text()).not.toMatch(/aurora|borealis/i);
      }
    },
  );

  it.each([
    ['x-shop-locale', ''],
    ['x-shop-locale', 'fr-FR'],
    ['x-shop-locales', ''],
    ['x-shop-locales', 'en-IE;de-DE'],
    ['x-shop-default-locale', ''],
    ['x-shop-default-locale', 'fr-FR'],
    ['x-shop-canonical-host', ''],
  ])('has %s %j, and gets no page in any locale', async (name, value) => {
    for (const path of [
      '/en-IE/',
      '/de-DE/cart',
      '/nope',
      ORDER_PATH,
      '/robots.txt',
      '/sitemap.xml',
    ]) {
      const response = await storefront.fetch(path, { headers: { [name]: value } });
      expect(response.status).toBe(404);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.text()).not.toMatch(/aurora|borealis/i);
    }
    // The cart and the files have no language.
    for (const path of ['/api/cart', '/assets/icon.svg', '/favicon.ico']) {
      expect((await storefront.fetch(path, { headers: { [name]: value } })).status).toBe(200);
    }
  });

  it('gets a problem where no page is asked for', async () => {
    const response = await storefront.fetch('/api/cart', {
      headers: { 'x-shop-id': 'Not A Shop', accept: '*/*' },
    });
    expect(await problemOf(response)).toMatchObject({ code: 'shop_unknown' });
  });
});

describe('each shop', () => {
  it('shows itself, in its own name, colours and money', async () => {
    const aurora = await (await storefront.fetch('/en-IE/')).text();
    const borealis = await (await storefront.fetch('/en-US/', { shopId: 'borealis' })).text();
    expect(aurora).toContain('Aurora Goods');
    expect(aurora).toContain('€32.00');
    expect(aurora).not.toMatch(/borealis/i);
    expect(borealis).toContain('Borealis Outdoor');
    expect(borealis).toContain('$78.00');
    expect(borealis).not.toMatch(/aurora/i);
    const themes = [aurora, borealis].map(
      (page) => /\/assets\/theme\.\w+\.css/.exec(page)?.[0] ?? '',
    );
    expect(themes[0]).not.toBe(themes[1]);
    const theme = await storefront.fetch(themes[1] ?? '', { shopId: 'borealis' });
    expect(await theme.text()).toContain('--primary:#3b2f8f');
  });

  it('does not show another shop’s product', async () => {
    const response = await storefront.fetch('/en-US/products/tee', { shopId: 'borealis' });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('Not in this shop');
  });

  it('that is not known gets a bare page, and one that cannot be read says so', async () => {
    const unknown = await storefront.fetch('/en-IE/', { shopId: 'nobody' });
    expect(unknown.status).toBe(404);
    const faulty = await storefront.fetch('/en-IE/', { shopId: 'faulty' });
    expect(faulty.status).toBe(503);
    expect(await faulty.text()).toContain('could not be shown');
    const german = await (await storefront.fetch('/de-DE/', { shopId: 'faulty' })).text();
    expect(german).toMatch(/<html lang="de-DE">.*lässt sich nicht zeigen/s);
    const api = await callCart({ method: 'POST', body: RED_TEE, shopId: 'faulty' });
    expect(await problemOf(api)).toMatchObject({ code: 'service_unavailable' });
  });
});

describe('every page', () => {
  it.each([
    ['/en-IE/', 200],
    ['/de-DE/', 200],
    ['/en-IE/products/tee', 200],
    ['/de-DE/products/tee', 200],
    ['/en-IE/cart', 200],
    [ORDER_PATH, 200],
    ['/en-IE/nope', 404],
    ['/en-IE/orders/7', 404],
    ['/de-DE/products/nope', 404],
    ['/en-IE/products/no%00sku', 404],
    // The front door sends a browser on to a locale; what comes here without one is no page.
    ['/', 404],
    ['/cart', 404],
    ['/fr-FR/', 404],
    ['/EN-ie/', 404],
    ['/en-IEx/cart', 404],
    ['/en-IE/robots.txt', 404],
  ])('%s is %i, private, and under a policy with a fresh nonce', async (path, status) => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await storefront.fetch(path);
        expect(response.status).toBe(status);
        expect(response.headers.get('cache-control')).toBe('private, no-store');
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        expect(response.headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
        expect(response.headers.get('x-request-id')).toBe('test-request-0001');
        const policy = response.headers.get('content-security-policy') ?? '';
        expect(policy).toContain("frame-ancestors 'none'");
        const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
        for (const [, used] of (await response.text()).matchAll(/ nonce="([^"]*)"/g)) {
          expect(used).toBe(nonce);
        }
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(2);
  });

  it('is read with GET, and answers HEAD without a body', async () => {
    const post = await storefront.fetch('/en-IE/cart', { method: 'POST' });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET, HEAD');
    const head = await storefront.fetch('/en-IE/', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  it('loads only files that are there, and may be kept for ever', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: RED_TEE });
    for (const path of ['', 'products/tee', 'cart', 'checkout', ORDER_PATH.slice(7)]) {
      const page = await (await storefront.fetch(`/en-IE/${path}`, { headers: { cookie } })).text();
      for (const [address] of page.matchAll(/\/assets\/[\w.-]+\.(?:js|css)/g)) {
        const file = await storefront.fetch(address);
        expect(file.status, address).toBe(200);
        expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(file.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/);
      }
    }
    expect((await storefront.fetch('/assets/shop.000000000000.css')).status).toBe(404);
    const icon = await storefront.fetch('/assets/icon.svg');
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
  });
});

describe('the cart', () => {
  it('is empty at first, and sets no cookie by being read', async () => {
    const response = await callCart({});
    expect(await response.json()).toEqual({ lines: [] });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('lives in a host-only cookie that no script can read', async () => {
    const response = await callCart({ method: 'POST', body: RED_TEE });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(
      /^__Host-cart=c1\.test\.[\w-]+\.[\w-]+; Max-Age=2592000; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    const cart = (await response.json()) as Cart;
    expect(cart.cartId).toMatch(CART_ID_PATTERN);
    expect(cart.lines).toEqual([{ variantKey: 'v1:tee?colour=red&size=m', ...RED_TEE }]);
  });

  it('merges one variant’s lines, keeps its id, and changes, removes and replaces lines', async () => {
    const first = await changeCart({ method: 'POST', body: RED_TEE });
    const spelled = { sku: 'TEE', quantity: 1, variantAttributes: { Size: 'M', COLOUR: 'red' } };
    const merged = await changeCart({ method: 'POST', body: spelled, cookie: first.cookie });
    expect(merged.cart).toEqual({
      cartId: first.cart.cartId,
      lines: [{ variantKey: 'v1:tee?colour=red&size=m', ...RED_TEE, quantity: 3 }],
    });
    const two = await changeCart({
      method: 'POST',
      body: { sku: 'mug', quantity: 1 },
      cookie: merged.cookie,
    });
    const changed = await changeCart({
      method: 'PATCH',
      body: { ...RED_TEE, quantity: 7 },
      cookie: two.cookie,
    });
    expect(changed.cart.lines.map(({ quantity }) => quantity)).toEqual([7, 1]);
    const removed = await changeCart({
      method: 'PATCH',
      body: { ...RED_TEE, quantity: 0 },
      cookie: changed.cookie,
    });
    expect(removed.cart.lines.map(({ sku }) => sku)).toEqual(['mug']);
    const replaced = await changeCart({
      method: 'PUT',
      body: { lines: [RED_TEE, RED_TEE] },
      cookie: removed.cookie,
    });
    expect(replaced.cart).toMatchObject({
      cartId: first.cart.cartId,
      lines: [{ sku: 'tee', quantity: 4 }],
    });
    const read = await callCart({ cookie: replaced.cookie });
    expect(await read.json()).toEqual(replaced.cart);
  });

  it('is another cart, with another id, after it was emptied', async () => {
    const first = await changeCart({ method: 'POST', body: RED_TEE });
    const response = await callCart({ method: 'DELETE', cookie: first.cookie });
    expect(await response.json()).toEqual({ lines: [] });
    expect(response.headers.getSetCookie()).toEqual([
      '__Host-cart=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax',
    ]);
    const second = await changeCart({ method: 'POST', body: RED_TEE });
    expect(second.cart.cartId).not.toBe(first.cart.cartId);
  });

  it('is worth nothing at another shop', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: { sku: 'mug', quantity: 1 } });
    const response = await callCart({ cookie, shopId: 'borealis' });
    expect(await response.json()).toEqual({ lines: [] });
  });

  it('is empty where the cookie is forged', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: RED_TEE });
    const forged = `${cookie.slice(0, -3)}AAA`;
    expect(await (await callCart({ cookie: forged })).json()).toEqual({ lines: [] });
    expect(await (await callCart({ cookie: '__Host-cart=c1.test.x.y' })).json()).toEqual({
      lines: [],
    });
  });

  it.each<[string, Call, number, string]>([
    ['unknown SKU', { body: { sku: 'nope', quantity: 1 } }, 404, 'product_not_found'],
    ['unknown variant', { body: { sku: 'tee', quantity: 1 } }, 404, 'product_not_found'],
    ['quantity 0', { body: { ...RED_TEE, quantity: 0 } }, 400, 'malformed_request'],
    ['a price', { body: { ...RED_TEE, unitPrice: 1 } }, 400, 'malformed_request'],
    ['half a unit', { body: { ...RED_TEE, quantity: 0.5 } }, 400, 'malformed_request'],
    [
      'options that collide',
      { body: { ...RED_TEE, variantAttributes: { size: 'm', Size: 'm' } } },
      400,
      'malformed_request',
    ],
    ['broken JSON', { body: '{"sku":' }, 400, 'malformed_request'],
    [
      'a form',
      { body: 'sku=tee', type: 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'too large a body',
      { body: JSON.stringify({ sku: 'x'.repeat(1_100_000) }) },
      413,
      'payload_too_large',
    ],
    [
      'days for what is sold',
      { body: { ...RED_TEE, rental: { from: '2026-12-01', to: '2026-12-02' } } },
      422,
      'rental_invalid',
    ],
  ])('refuses %s', async (_name, call, status, code) => {
    const response = await callCart({ method: 'POST', ...call });
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ code });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('refuses more units than a line may have, and a line that is not there', async () => {
    const { cookie } = await changeCart({
      method: 'POST',
      body: { ...RED_TEE, quantity: 1_000_000 },
    });
    const over = await callCart({ method: 'POST', body: RED_TEE, cookie });
    expect(over.status).toBe(422);
    expect(await problemOf(over)).toMatchObject({ code: 'quantity_over_limit' });
    const missing = await callCart({ method: 'PATCH', body: { sku: 'mug', quantity: 2 }, cookie });
    expect(missing.status).toBe(404);
    expect(await problemOf(missing)).toMatchObject({ code: 'not_found' });
  });

  it('names its methods to one it does not have', async () => {
    const response = await callCart({ method: 'OPTIONS' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, PATCH, PUT, DELETE');
  });

  it('shows today’s catalogue price on its page, whatever is in the cookie', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: RED_TEE });
    const page = await (await storefront.fetch('/en-IE/cart', { headers: { cookie } })).text();
    expect(page).toContain('€64.00');
    expect(page).toContain('Red, M');
  });
});

describe('checkout', () => {
  it('is not there for an empty cart', async () => {
    const response = await storefront.fetch('/de-DE/checkout?x=1');
    expect(response.status).toBe(303);
    // It follows from the buyer's own cart.
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.get('location')).toBe('/de-DE/cart');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('shows the order, and lets its scripts reach the payment provider alone', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: RED_TEE });
    const response = await storefront.fetch('/en-IE/checkout', { headers: { cookie } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain(
      "connect-src 'self' http://127.0.0.1:12111;",
    );
    expect(await response.text()).toContain('€64.00');
  });

  it('shows no test payment outside local mode', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: RED_TEE });
    const response = await storefront.fetch('/en-IE/checkout', {
      headers: { cookie, 'x-shop-environment': 'production' },
    });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('test payment');
  });
});

describe('the log', () => {
  it('has one line for each request, and nothing of the buyer in it', async () => {
    const { cookie } = await changeCart({ method: 'POST', body: RED_TEE });
    const before = storefront.logLines.length;
    await storefront.fetch('/en-IE/products/mug', { headers: { cookie } });
    await expect.poll(() => storefront.logLines.length, { timeout: 20_000 }).toBe(before + 1);
    const line = storefront.logLines.at(-1) ?? '';
    expect(JSON.parse(line)).toEqual({
      event: 'request',
      worker: 'storefront',
      shopId: 'aurora',
      requestId: 'test-request-0001',
      endpoint: 'product',
      status: 200,
      outcome: 'ok',
      latencyMs: expect.any(Number),
    });
    expect(storefront.logLines.join('')).not.toContain(cookie.slice('__Host-cart='.length));
  });
});

describe('a storefront with a wrong setting', () => {
  it('answers 500 and shows nothing', async () => {
    const broken = await startStorefront({ CART_KEYS: '' });
    try {
      const response = await broken.fetch('/en-IE/');
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('CART_KEYS');
    } finally {
      await broken.dispose();
    }
  });
});
