import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, onComplaint } from '../../../local/test-browser.ts';
import { type FakeApi, fakeApi } from './fake-api.ts';
import { contextHeaders, startStorefront, type TestStorefront } from './start-storefront.ts';

/** A page of a buyer who has just come, the API that it calls, and what it complains of. */
export type Visit = {
  readonly page: Page;
  readonly api: FakeApi;
  readonly faults: readonly string[];
};

export type TestShop = {
  /** A buyer's browser at Aurora, with nothing in its cart. */
  comeIn(options?: BrowserContextOptions): Promise<BrowserContext>;
  visit(): Promise<Visit>;
  close(): Promise<void>;
};

/**
 * The storefront, and a browser to visit it with.
 * @param vars replace the Worker's variables
 */
export async function openTestShop(vars?: Record<string, string>): Promise<TestShop> {
  const storefront = await startStorefront(vars);
  try {
    const browser = await launchChromium();
    const comeIn = (options?: BrowserContextOptions) =>
      browseShop(browser, storefront, 'aurora', options);
    return {
      comeIn,
      visit: async () => {
        const page = await (await comeIn()).newPage();
        const faults: string[] = [];
        onComplaint(page, (text) => faults.push(text));
        return { page, api: await fakeApi(page), faults };
      },
      close: async () => {
        await browser.close();
        await storefront.dispose();
      },
    };
  } catch (error) {
    await storefront.dispose();
    throw error;
  }
}

/**
 * A browser that comes to a sample shop through what the front door would say of each request: its shop, and the
 * locale in its path.
 */
async function browseShop(
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
