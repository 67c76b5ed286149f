import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { contextHeaders, type TestStorefront } from './start-storefront.ts';

/**
 * A browser that comes to a sample shop through what the front door would say of each request: its shop, and the
 * locale in its path.
 */
export async function browseShop(
  browser: Browser,
  storefront: TestStorefront,
  shopId: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const host = `${shopId}.localhost:${storefront.url.port}`;
  const context = await browser.newContext({ ...options, baseURL: `http://${host}` });
  await context.route(
    (url) => url.host === host,
    (route) => {
      const { pathname } = new URL(route.request().url());
      const { accept: _browsersOwn, ...said } = contextHeaders(shopId, pathname);
      return route.continue({ headers: { ...route.request().headers(), ...said } });
    },
  );
  return context;
}
