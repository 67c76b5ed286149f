/**
 * A buyer in a real browser, on the whole platform: fills a cart on the shop's own host, pays, sees "Processing…",
 * then "Confirmed". Screenshots of every page are in `.local/screenshots/`.
 * Addresses without a locale are used on purpose: the front door adds the buyer's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from './entry-point.ts';
import { type Platform, startPlatform } from './platform.ts';
import { HAS_CHROMIUM, launchChromium, onComplaint } from './test-browser.ts';

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const PATIENCE_MS = 20_000;

let dir: string;
let platform: Platform;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the pages complained of: a script error, or something that the content security policy stopped. */
let complaints: string[];

beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  dir = await mkdtemp(join(tmpdir(), 'journey-'));
  platform = await startPlatform({ dir, fsync: false });
  browser = await launchChromium();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await platform?.stop();
  if (dir !== undefined) await rm(dir, { recursive: true, force: true });
}, 60_000);

async function open(viewport: { width: number; height: number }, locale = 'en-GB'): Promise<void> {
  await context?.close();
  context = await browser.newContext({ viewport, locale });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  onComplaint(page, (text) => complaints.push(text));
}

beforeEach(async () => {
  if (!HAS_CHROMIUM) return;
  complaints = [];
  await open(DESKTOP);
});

afterEach(async () => {
  await context?.close();
  expect(complaints ?? []).toEqual([]);
});

const origin = (shop: string): string => `http://${shop}.localhost:${platform.ports.frontDoor}`;

async function look(name: string): Promise<void> {
  await page.screenshot({ path: join(ROOT, '.local/screenshots', `${name}.png`), fullPage: true });
}

async function fillCart(shop: string, sku = 'tee'): Promise<void> {
  await page.goto(`${origin(shop)}/products/${sku}`);
  const added = page.waitForResponse(
    (response) => response.url().endsWith('/api/cart') && response.request().method() === 'POST',
  );
  await page.getByRole('button', { name: 'Add to cart' }).click();
  expect((await added).status()).toBe(200);
}

async function toPayment(shop: string): Promise<void> {
  await page.goto(`${origin(shop)}/checkout`);
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByRole('button', { name: /^Pay / }).waitFor();
}

async function pay(outcome: string): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${outcome}\\b`) }).check();
  await page.getByRole('button', { name: /^(Pay|Decline|Leave|Let)/ }).click();
}

/** The cart of the host that the page is at, by the cookie that the browser sends. */
const cartInPage = (): Promise<unknown> =>
  page.evaluate(async () => (await fetch('/api/cart')).json());

const title = (): Promise<string | null> => page.locator('[data-title]').textContent();

describe.runIf(HAS_CHROMIUM)('a buyer', () => {
  test.each(['aurora', 'borealis'])(
    'at %s pays, sees "Processing…", then "Confirmed", and the cart is empty',
    async (shop) => {
      await page.goto(`${origin(shop)}/`);
      expect(await page.title()).toMatch(new RegExp(shop, 'i'));
      await look(`${shop}-home`);
      await fillCart(shop);
      await look(`${shop}-product`);
      await page.goto(`${origin(shop)}/cart`);
      await look(`${shop}-cart`);
      await toPayment(shop);
      await look(`${shop}-payment`);
      const seen: (string | null)[] = [];
      await page.exposeFunction('titleShown', (text: string) => seen.push(text));
      await page.addInitScript(() => {
        const tell = (): void => {
          const shown = document.querySelector('[data-title]')?.textContent;
          if (shown) (window as unknown as { titleShown(text: string): void }).titleShown(shown);
        };
        document.addEventListener('DOMContentLoaded', () => {
          tell();
          const target = document.querySelector('[data-title]');
          if (target)
            new MutationObserver(tell).observe(target, {
              childList: true,
              characterData: true,
              subtree: true,
            });
        });
      });
      await page.getByRole('button', { name: /^Pay / }).click();
      await page.waitForURL(/\/orders\/ord_/);
      await expect.poll(title, { timeout: PATIENCE_MS }).toBe('Confirmed');
      await look(`${shop}-confirmed`);
      expect([...new Set(seen)]).toEqual(['Processing…', 'Confirmed']);
      await expect.poll(cartInPage, { timeout: PATIENCE_MS }).toMatchObject({ lines: [] });
    },
  );

  test('reads the shop in German where the browser does, and English from then on once it is chosen', async () => {
    await open(DESKTOP, 'de-AT');
    await page.goto(`${origin('aurora')}/products/mug?from=mail`);
    expect(page.url()).toBe(`${origin('aurora')}/de-DE/products/mug?from=mail`);
    await page.getByRole('button', { name: 'In den Warenkorb' }).click();
    await page.getByRole('link', { name: 'Zum Warenkorb' }).click();
    await page.getByRole('link', { name: 'Zur Kasse' }).click();
    await page.getByRole('button', { name: 'Weiter zur Zahlung' }).click();
    await page.getByRole('button', { name: /€ bezahlen$/ }).waitFor();
    await look('aurora-payment-german');
    await page.getByRole('button', { name: /€ bezahlen$/ }).click();
    await page.waitForURL(/\/de-DE\/orders\/ord_/);
    await expect.poll(title, { timeout: PATIENCE_MS }).toBe('Bestätigt');
    await look('aurora-confirmed-german');
    await page.getByRole('link', { name: 'English' }).click();
    await page.waitForURL(/\/en-IE\/orders\/ord_/);
    await expect.poll(title, { timeout: PATIENCE_MS }).toBe('Confirmed');
    await page.goto(`${origin('aurora')}/cart`);
    expect(page.url()).toBe(`${origin('aurora')}/en-IE/cart`);
    // What is chosen in one shop is chosen in no other.
    await page.goto(`${origin('borealis')}/`);
    expect(page.url()).toBe(`${origin('borealis')}/de-DE/`);
  });

  test('never sees "Confirmed" before the server has finalised: the webhooks are held back', async () => {
    await fillCart('aurora', 'mug');
    await toPayment('aurora');
    const standIn = platform.urls.stripeStandIn;
    await fetch(`${standIn}/_stand-in/webhooks/pause`, { method: 'POST' });
    try {
      await page.getByRole('button', { name: /^Pay / }).click();
      await page.waitForURL(/\/orders\/ord_/);
      await page.waitForTimeout(3_000);
      expect(await title()).toBe('Processing…');
      await look('aurora-processing');
    } finally {
      await fetch(`${standIn}/_stand-in/webhooks/resume`, { method: 'POST' });
    }
    await expect.poll(title, { timeout: PATIENCE_MS }).toBe('Confirmed');
  });

  test('whose card is declined reads why, and pays with the next try', async () => {
    await fillCart('borealis', 'mug');
    await toPayment('borealis');
    await pay('Decline');
    await expect
      .poll(() => page.getByRole('alert').allTextContents(), { timeout: PATIENCE_MS })
      .toContainEqual(expect.stringMatching(/declined/i));
    await look('borealis-declined');
    await pay('Pay');
    await page.waitForURL(/\/orders\/ord_/);
    await expect.poll(title, { timeout: PATIENCE_MS }).toBe('Confirmed');
  });

  test('who wants more than there is reads which item, and how many there are', async () => {
    await fillCart('aurora', 'bag');
    const changed = await page.evaluate(async () => {
      const answer = await fetch('/api/cart', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sku: 'bag', quantity: 40 }),
      });
      return answer.status;
    });
    expect(changed).toBe(200);
    await page.goto(`${origin('aurora')}/checkout`);
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await expect
      .poll(() => page.getByRole('alert').allTextContents(), { timeout: PATIENCE_MS })
      .toContainEqual(expect.stringMatching(/Market bag.*25/s));
    await look('aurora-not-enough');
  });

  test('buys with the keyboard alone', async () => {
    await page.goto(`${origin('borealis')}/products/poster`);
    await page.getByRole('button', { name: 'Add to cart' }).focus();
    const added = page.waitForResponse(
      (response) => response.url().endsWith('/api/cart') && response.request().method() === 'POST',
    );
    await page.keyboard.press('Enter');
    await added;
    await page.goto(`${origin('borealis')}/checkout`);
    await page.locator('[data-start] button:enabled').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Pay / }).waitFor();
    for (let presses = 0; presses < 30; presses += 1) {
      const focused = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
      if (/^Pay \S*\d/.test(focused)) break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/orders\/ord_/);
    await expect.poll(title, { timeout: PATIENCE_MS }).toBe('Confirmed');
  });

  test('on a phone meets no page that is wider than the screen', async () => {
    await open(PHONE);
    for (const shop of ['aurora', 'borealis']) {
      await fillCart(shop);
      const pages = ['/', '/products/tee', '/cart', '/checkout', '/no-such-page'];
      for (const path of pages.flatMap((path) => [path, `/de-DE${path}`])) {
        await page.goto(`${origin(shop)}${path}`);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect({ shop, path, overflow }).toEqual({ shop, path, overflow: 0 });
        await look(`phone-${shop}${path.replaceAll('/', '-')}`);
      }
    }
  });

  test("carries one shop's cart to no other, and another shop's page cannot change it", async () => {
    await fillCart('aurora');
    const cookies = await context.cookies();
    const cart = cookies.find(({ name }) => name === '__Host-cart');
    expect(cart).toMatchObject({
      domain: 'aurora.localhost',
      httpOnly: true,
      secure: true,
      path: '/',
    });
    await context.addCookies([
      {
        name: '__Host-cart',
        value: cart?.value ?? '',
        url: origin('borealis').replace('http:', 'https:'),
        secure: true,
        httpOnly: true,
      },
    ]);
    await page.goto(`${origin('borealis')}/`);
    // It is sent, and counts for nothing.
    const sent = page.waitForRequest((request) => request.url().endsWith('/api/cart'));
    expect(await cartInPage()).toMatchObject({ lines: [] });
    expect((await (await sent).allHeaders()).cookie).toContain('__Host-cart=');
    const forged = await page.evaluate(
      async (url) => {
        try {
          await fetch(url, {
            method: 'DELETE',
            credentials: 'include',
            headers: { 'content-type': 'application/json' },
          });
          return 'sent';
        } catch {
          return 'stopped';
        }
      },
      `${origin('aurora')}/api/cart`,
    );
    expect(forged).toBe('stopped');
    complaints = [];
    await page.goto(`${origin('aurora')}/cart`);
    expect(await page.getByText('Daybreak T-shirt').count()).toBeGreaterThan(0);
  });
});
