import { problem } from '@commerce/contracts/vocabulary/problem.ts';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../../local/test-browser.ts';
import { openTestShop, type TestShop } from './testing/browse.ts';
import { type FakeApi, ORDER_ID, STARTED } from './testing/fake-api.ts';

/** The machine may be busy with more than this. */
const PATIENCE = { timeout: 20_000 };
const INVENTORY = { detail: 'd', requestId: 'test-request-0001', shopId: 'aurora' };

describe.runIf(HAS_CHROMIUM)('a buyer’s browser', () => {
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
  });

  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });

  const heading = (name: string) => page.getByRole('heading', { name, exact: true });
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const callsOf = (what: string) => api.calls.filter((call) => call.what === what);

  async function addMug() {
    await page.goto('/en-IE/products/mug');
    await button('Add to cart').click();
    await page.getByText('Stoneware mug is in your cart.').waitFor();
  }

  async function toPayment() {
    await addMug();
    await page.goto('/en-IE/checkout');
    await button('Continue to payment').click();
    await heading('Payment').waitFor();
  }

  it('buys with the keyboard alone: “Processing…” at once, “Confirmed” only when the server says so', async () => {
    await page.goto('/en-IE/products/tee');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => location.hash)).toBe('#main');
    await page.getByRole('radio', { name: 'Red' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'Navy' }).isChecked()).toBe(true);
    await button('Add to cart').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Go to the cart' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Check out' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('E-mail').fill('kim@example.com');
    // Until the script is there the button is disabled, and Enter does nothing, as the buyer can see.
    await page.locator('[data-start] button:enabled').waitFor();
    await page.keyboard.press('Enter');
    await button('Pay €34.42').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/en-IE/orders/${ORDER_ID}`);
    await heading('Processing…').waitFor();
    await expect.poll(() => callsOf('status').length, PATIENCE).toBeGreaterThan(2);
    expect(await page.content()).not.toMatch(/confirmed/i);
    api.status = 'confirmed';
    await heading('Confirmed').waitFor();
    expect(await page.title()).toBe('Confirmed · Aurora Goods');
    expect(callsOf('start')[0]?.body).toEqual({
      customer: { email: 'kim@example.com' },
      shipping: { rateId: 'standard', country: 'IE' },
    });
    expect(callsOf('pay')[0]?.body).toEqual({ outcome: 'succeeded' });
  });

  it('empties the cart that was bought once the order is confirmed, and no other', async () => {
    await toPayment();
    await button('Pay €34.42').click();
    await heading('Processing…').waitFor();
    expect(await page.locator('[data-cart-units]').textContent()).toBe('1');
    api.status = 'confirmed';
    await heading('Confirmed').waitFor();
    await expect.poll(() => page.locator('[data-cart-count]').isHidden(), PATIENCE).toBe(true);
    await page.goto('/en-IE/cart');
    await page.getByText('There is nothing in it yet.').waitFor();
    await addMug();
    await page.goto(`/en-IE/orders/${ORDER_ID}`);
    await heading('Confirmed').waitFor();
    await page.goto('/en-IE/cart');
    expect(await page.locator('.line-item').count()).toBe(1);
  });

  it('has the goods delivered where and how the buyer says, and sees what that costs', async () => {
    await addMug();
    await page.goto('/en-IE/checkout');
    const country = page.getByLabel('Deliver to');
    const rate = page.getByLabel('Delivery', { exact: true });
    const summary = page.locator('[data-totals]');
    expect(await country.locator('option:checked').textContent()).toBe('Ireland');
    expect(await rate.isVisible()).toBe(false);
    expect(await summary.textContent()).toMatch(/Delivery€4.90.*€28.90/);
    await country.selectOption({ label: 'Germany' });
    expect(await rate.locator('option').allTextContents()).toEqual([
      'Standard, €4.90',
      'Express, €12.90',
    ]);
    await rate.selectOption({ label: 'Express, €12.90' });
    expect(await summary.textContent()).toMatch(/Delivery€12.90.*€36.90/);
    await button('Continue to payment').click();
    await heading('Payment').waitFor();
    expect(callsOf('start')[0]?.body).toEqual({ shipping: { rateId: 'express', country: 'DE' } });
    await page.reload();
    await heading('Payment').waitFor();
    expect(callsOf('start')).toHaveLength(1);
  });

  it('repeats a start whose answer was lost with the same key, and uses another for the next', async () => {
    api.starts = ['lost', { status: 503, body: {} }, STARTED];
    await toPayment();
    const keys = callsOf('start').map(({ key }) => key);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    await button('Cancel and go back to the cart').click();
    await page.waitForURL('**/en-IE/cart');
    await page.goto('/en-IE/checkout');
    await button('Continue to payment').click();
    await heading('Payment').waitFor();
    expect(callsOf('start').at(-1)?.key).not.toBe(keys[0]);
  });

  it('keeps the key over a reload while the answer is not known', async () => {
    api.starts = ['lost'];
    await addMug();
    await page.goto('/en-IE/checkout');
    await button('Continue to payment').click();
    await expect.poll(() => callsOf('start').length, PATIENCE).toBeGreaterThan(0);
    await page.reload();
    api.starts = [STARTED];
    await button('Continue to payment').click();
    await heading('Payment').waitFor();
    expect(new Set(callsOf('start').map(({ key }) => key)).size).toBe(1);
  });

  it('is told by name what there is not enough of, and starts anew after that', async () => {
    const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 1, available: 0 }];
    api.starts = [
      { status: 409, body: problem('inventory_insufficient', { ...INVENTORY, items }) },
      STARTED,
    ];
    await addMug();
    await page.goto('/en-IE/checkout');
    await button('Continue to payment').click();
    await page.getByText('Stoneware mug: sold out').waitFor();
    await button('Continue to payment').click();
    await heading('Payment').waitFor();
    const keys = callsOf('start').map(({ key }) => key);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('may try another payment after a declined one, and comes back to it after a reload', async () => {
    await toPayment();
    await page.getByRole('radio', { name: /^Decline/ }).check();
    await button('Pay €34.42').click();
    await page.getByText('Your card was declined.').waitFor();
    await page.reload();
    await heading('Payment').waitFor();
    expect(callsOf('start')).toHaveLength(1);
  });

  it('may cancel while the order is unpaid, and not after a payment was handed in', async () => {
    await toPayment();
    await page.goto(`/en-IE/orders/${ORDER_ID}`);
    await button('Cancel this order').click();
    await heading('Cancelled').waitFor();
    expect(callsOf('cancel')[0]?.key).toMatch(/^[\w-]{22,}$/);
    api.status = 'processing';
    await page.goto('/en-IE/checkout');
    await button('Continue to payment').click();
    await button('Pay €34.42').click();
    await heading('Processing…').waitFor();
    await expect.poll(() => callsOf('status').length, PATIENCE).toBeGreaterThan(3);
    expect(await button('Cancel this order').isVisible()).toBe(false);
  });

  it('is told of each end that an order can come to', async () => {
    const titles = {
      failed: 'Payment failed',
      expired: 'Expired',
      refunded: 'Refunded',
      partially_refunded: 'Partly refunded',
      needs_attention: 'Being looked into',
    } as const;
    for (const [status, title] of Object.entries(titles)) {
      api.status = status as keyof typeof titles;
      await page.goto(`/en-IE/orders/${ORDER_ID}`);
      await heading(title).waitFor();
    }
  });

  it('changes the cart without losing the focus, and sees the server’s sums', async () => {
    await addMug();
    await page.goto('/en-IE/cart');
    const more = button('Quantity of Stoneware mug: one more');
    await more.click();
    await page.locator('.sum', { hasText: '€48.00' }).waitFor();
    expect(await more.evaluate((element) => element === document.activeElement)).toBe(true);
    await button('Remove Stoneware mug').click();
    await page.getByText('There is nothing in it yet.').waitFor();
  });

  it('buys in German: the choice is kept, and every step after it is in German', async () => {
    await addMug();
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await page.waitForURL('**/de-DE/products/mug');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de-DE');
    const kept = (await page.context().cookies()).find(({ name }) => name === '__Host-locale');
    expect(kept).toMatchObject({ value: 'de-DE', domain: 'aurora.localhost', path: '/' });
    await button('In den Warenkorb').click();
    await page.getByText('Stoneware mug ist im Warenkorb.').waitFor();
    await page.getByRole('link', { name: 'Zum Warenkorb' }).click();
    await page.waitForURL('**/de-DE/cart');
    await button('Menge von Stoneware mug: eins weniger').click();
    await page.locator('.sum', { hasText: '24,00 €' }).waitFor();
    await page.getByRole('link', { name: 'Zur Kasse' }).click();
    await page.waitForURL('**/de-DE/checkout');
    expect(await page.getByLabel('Lieferland').locator('option:checked').textContent()).toBe(
      'Deutschland',
    );
    const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 1, available: 0 }];
    const short = problem('inventory_insufficient', { ...INVENTORY, items });
    api.starts = [{ status: 409, body: short }, STARTED];
    await button('Weiter zur Zahlung').click();
    await page.getByText('Stoneware mug: ausverkauft').waitFor();
    expect(
      await page
        .getByRole('alert')
        .getByRole('link', { name: 'Warenkorb ändern' })
        .getAttribute('href'),
    ).toBe('/de-DE/cart');
    await button('Weiter zur Zahlung').click();
    await heading('Zahlung').waitFor();
    expect(await page.locator('[data-totals]').textContent()).toMatch(/Steuern5,52\s€.*34,42\s€/);
    await button(/^34,42\s€ bezahlen$/).click();
    await page.waitForURL(`**/de-DE/orders/${ORDER_ID}`);
    await heading('In Bearbeitung …').waitFor();
    api.status = 'confirmed';
    await heading('Bestätigt').waitFor();
    expect(await page.title()).toBe('Bestätigt · Aurora Goods');
  });

  it('keeps what was begun when the language is changed on the way to the payment', async () => {
    await toPayment();
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await page.waitForURL('**/de-DE/checkout');
    await heading('Zahlung').waitFor();
    expect(callsOf('start')).toHaveLength(1);
  });

  it.each([320, 390])(
    'reads every word of a status, in both languages, at %i pixels',
    async (width) => {
      await page.setViewportSize({ width, height: 800 });
      const statuses = [
        'processing',
        'confirmed',
        'failed',
        'partially_refunded',
        'needs_attention',
      ];
      for (const status of statuses) {
        api.status = status as FakeApi['status'];
        for (const tag of ['en-IE', 'de-DE']) {
          await page.goto(`/${tag}/orders/${ORDER_ID}`);
          await page.locator(`[data-shown-status=${status}]`).waitFor();
          const cut = await page
            .locator('.statement h1, .statement p, .statement .button')
            .evaluateAll((elements) => {
              const end = document.querySelector('.stage')?.getBoundingClientRect().right ?? 0;
              const range = document.createRange();
              return elements
                .filter((element) => {
                  range.selectNodeContents(element);
                  return range.getBoundingClientRect().right > end - 16;
                })
                .map(({ textContent }) => textContent);
            });
          expect(cut, `${status} ${tag}`).toEqual([]);
        }
      }
    },
  );

  it.each([320, 390, 768, 1280])('sees no page that is wider than %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await addMug();
    const paths = ['/', '/products/tee', '/products/mug', '/cart', '/checkout', '/nope'];
    const everyPage = [...paths, `/orders/${ORDER_ID}`];
    for (const path of everyPage.flatMap((path) => [`/en-IE${path}`, `/de-DE${path}`])) {
      await page.goto(path);
      const overflowPx = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflowPx, path).toBe(0);
    }
  });
});
