/** What a buyer sees of stock: a hint beside what he wants, never in his way. Checkout alone decides. */
import { problem } from '@commerce/contracts/vocabulary/problem.ts';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../../local/test-browser.ts';
import { openTestShop, type TestShop } from './testing/browse.ts';
import { type FakeApi, STARTED } from './testing/fake-api.ts';

const TEE = 'v1:tee?colour=red&size=s';
const NAVY = 'v1:tee?colour=navy&size=s';
const STOCK = { 'v1:mug': 3, [TEE]: 40, [NAVY]: 0 };
const MEMBERS = { detail: 'd', requestId: 'test-request-0001', shopId: 'aurora' };

describe.runIf(HAS_CHROMIUM)('a buyer who looks at what there is', () => {
  let shop: TestShop;
  let page: Page;
  let api: FakeApi;
  let faults: readonly string[];

  beforeAll(async () => {
    shop = await openTestShop();
  });

  afterAll(() => shop?.close());

  beforeEach(async () => {
    ({ page, api, faults } = await shop.visit());
    api.stock = STOCK;
  });

  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const hint = (text: string, within = 'main') =>
    page.locator(`${within} .stock-hint`, { hasText: new RegExp(`^${text}$`) });

  async function putInCart(path: string, quantity: number) {
    await page.goto(path);
    await page.getByLabel('Quantity', { exact: true }).fill(String(quantity));
    await button('Add to cart').click();
    await page.getByText('is in your cart.').waitFor();
  }

  it('sees it on the product page for the variant and the number he chooses', async () => {
    await page.goto('/en-IE/products/tee');
    await hint('In stock').waitFor();
    await page.getByRole('radio', { name: 'Navy' }).check();
    await hint('Sold out').waitFor();
    await page.getByRole('radio', { name: 'Sage' }).check();
    await expect.poll(() => page.locator('main .stock-hint').textContent()).toBe('');
    await page.goto('/en-IE/products/mug');
    await hint('Only 3 left').waitFor();
    await page.getByLabel('Quantity', { exact: true }).fill('50');
    await page.keyboard.press('Tab');
    await hint('Only 3 left, and you want 50').waitFor();
  });

  it('puts what is sold out, and fifty of three, in the cart: no quantity is gated', async () => {
    await page.goto('/en-IE/products/tee');
    await page.getByRole('radio', { name: 'Navy' }).check();
    await hint('Sold out').waitFor();
    await button('Add to cart').click();
    await page.getByText('Heavy cotton tee is in your cart.').waitFor();
    await putInCart('/en-IE/products/mug', 50);
    await page.goto('/en-IE/cart');
    await hint('Sold out').waitFor();
    await hint('Only 3 left, and you want 50').waitFor();
    const quantity = page.getByLabel('Quantity of Stoneware mug', { exact: true });
    expect(await quantity.inputValue()).toBe('50');
    await button('Quantity of Stoneware mug: one more').click();
    await hint('Only 3 left, and you want 51').waitFor();
    expect(await page.getByRole('link', { name: 'Check out' }).isVisible()).toBe(true);
  });

  it('opens what is in his cart from any page’s header, by keyboard too, with what there is of it', async () => {
    await putInCart('/en-IE/products/mug', 4);
    await page.goto('/de-DE/');
    const summary = page.locator('.mini-cart summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    const line = page.locator('[data-mini-lines] li');
    await line.getByText('Stoneware mug × 4').waitFor();
    expect((await line.textContent())?.replaceAll('\u00a0', ' ')).toContain('96,00 €');
    await hint('Nur noch 3 da, Sie möchten 4', '.mini-cart').waitFor();
    const toCart = page.locator('.mini-cart').getByRole('link', { name: 'Zum Warenkorb' });
    expect(await toCart.getAttribute('href')).toBe('/de-DE/cart');
    await page.keyboard.press('Escape');
    await expect.poll(() => toCart.isVisible()).toBe(false);
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('finds the way to his cart without a script as well', async () => {
    await putInCart('/en-IE/products/mug', 1);
    const cookies = await page.context().cookies();
    const plain = await shop.comeIn({ javaScriptEnabled: false });
    try {
      await plain.addCookies(cookies);
      const still = await plain.newPage();
      await still.goto('/en-IE/');
      await still.locator('.mini-cart summary').click();
      await still.locator('.mini-cart').getByRole('link', { name: 'Go to the cart' }).click();
      await still.waitForURL('**/en-IE/cart');
      expect(await still.locator('.line-item').count()).toBe(1);
    } finally {
      await plain.close();
    }
  });

  it('is told at checkout which line is short, in the order itself, and may go on once it is not', async () => {
    await putInCart('/en-IE/products/mug', 5);
    await putInCart('/en-IE/products/tee', 1);
    const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 5, available: 3 }];
    const short = problem('inventory_insufficient', { ...MEMBERS, items });
    api.starts = [{ status: 409, body: short }, STARTED];
    await page.goto('/en-IE/checkout');
    await button('Continue to payment').click();
    await page.getByRole('alert').getByText('Stoneware mug: 3 left, you asked for 5').waitFor();
    const row = page.locator('.summary-lines li', { hasText: 'Stoneware mug' });
    expect(await row.locator('.stock-hint').textContent()).toBe('Only 3 left, and you want 5');
    const other = page.locator('.summary-lines li', { hasText: 'Heavy cotton tee' });
    expect(await other.locator('.stock-hint').textContent()).toBe('');
    await button('Continue to payment').click();
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
    expect(await row.locator('.stock-hint').textContent()).toBe('');
  });

  it('sees a whole page where nothing is known of the stock', async () => {
    api.stock = 'lost';
    await putInCart('/en-IE/products/mug', 2);
    await page.goto('/en-IE/cart');
    await page.getByRole('link', { name: 'Check out' }).waitFor();
    expect(await page.locator('main .stock-hint').textContent()).toBe('');
  });

  it.each([320, 390, 1280])('reads every hint at %i pixels, in both languages', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await putInCart('/en-IE/products/mug', 50);
    for (const path of [
      '/en-IE/products/mug',
      '/de-DE/products/mug',
      '/en-IE/cart',
      '/de-DE/cart',
    ]) {
      await page.goto(path);
      await page.locator('main .stock-hint[data-tone]').first().waitFor();
      if (!path.endsWith('/cart')) {
        await page.locator('.mini-cart summary').click();
        await page.locator('.mini-cart .stock-hint[data-tone]').waitFor();
      }
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wider, path).toBe(0);
      const cut = await page
        .locator('.stock-hint, .mini-cart-panel')
        .evaluateAll((elements) =>
          elements
            .map((element) => element.getBoundingClientRect())
            .filter(({ left, right }) => left < 0 || right > document.documentElement.clientWidth),
        );
      expect(cut, path).toEqual([]);
    }
  });
});
