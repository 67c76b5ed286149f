/** What a buyer sees of the one retry policy (contracts/vocabulary/retry.ts). The pages' clock stands still here. */
import { problem } from '@commerce/contracts/vocabulary/problem.ts';
import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../../local/test-browser.ts';
import { openTestShop, type TestShop } from './testing/browse.ts';
import { type FakeApi, ORDER_ID, STARTED } from './testing/fake-api.ts';

const PATIENCE = { timeout: 20_000 };
const MEMBERS = { detail: 'd', requestId: 'test-request-0001', shopId: 'aurora' };
const LIMITED = {
  status: 429,
  headers: { 'retry-after': '10' },
  body: problem('rate_limited', MEMBERS),
};
const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 1, available: 0 }];
const BUSY = {
  status: 409,
  body: problem('inventory_busy', { ...MEMBERS, items, retryAfterMs: 800 }),
};

describe.runIf(HAS_CHROMIUM)('a buyer who has to wait', () => {
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
    await page.goto('/en-IE/products/mug');
    await button('Add to cart').click();
    await page.getByText('Stoneware mug is in your cart.').waitFor();
    await page.clock.install();
  });

  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const heading = (name: string) => page.getByRole('heading', { name, exact: true });
  const starts = () => api.calls.filter(({ what }) => what === 'start');

  /** From here on no time goes by on the page but what `page.clock.runFor` gives it. */
  async function openAndStop(path: string) {
    await page.goto(path);
    await page.clock.pauseAt(Date.now() + 60_000);
  }

  /** Lets time go by, and a call of ours after it: what the page had sent until then has been seen before that one. */
  async function passes(timeMs: number) {
    await page.clock.runFor(timeMs);
    await page.evaluate(async () => (await fetch('/robots.txt')).status);
  }

  /** Lets time go by, a step after the other, until there are so many calls: the page may be slow to see an answer. */
  async function untilAfter(stepMs: number, calls: () => number, count: number) {
    const later = async () => {
      await page.clock.runFor(stepMs);
      return calls();
    };
    await expect.poll(later, PATIENCE).toBe(count);
  }

  /** Answers the first of these calls with a 429, or cuts it off, and lets the rest through. */
  async function atFirst(address: string, method: string, answer: 'limited' | 'lost') {
    let calls = 0;
    await page.route(address, async (route: Route) => {
      if (route.request().method() !== method) return route.fallback();
      calls += 1;
      if (calls > 1) return route.fallback();
      if (answer === 'lost') return route.abort();
      const { status, headers, body } = LIMITED;
      return route.fulfill({ status, headers, json: body });
    });
    return { count: () => calls };
  }

  it('comes back by itself while the stock is busy, five times in all with one key, then may try again', async () => {
    api.starts = [BUSY];
    await openAndStop('/en-IE/checkout');
    await button('Continue to payment').click();
    await page.getByText('Many others are at it too.').waitFor();
    await passes(399);
    expect(starts()).toHaveLength(1);
    await untilAfter(400, () => starts().length, 5);
    await page.getByText('Many people are buying this right now.').waitFor();
    await passes(600_000);
    expect(starts()).toHaveLength(5);
    api.starts = [STARTED];
    await button('Try again').click();
    await heading('Payment').waitFor();
    expect(new Set(starts().map(({ key }) => key)).size).toBe(1);
    // Which try of the same call each was, for the service to count: the first says nothing.
    expect(starts().map(({ attempt }) => attempt)).toEqual([null, '2', '3', '4', '5', '6']);
  });

  it('starts a checkout again after a 429 no earlier than it says, and not exactly then', async () => {
    api.starts = [LIMITED, STARTED];
    await openAndStop('/en-IE/checkout');
    await button('Continue to payment').click();
    await page.getByText('This takes a moment longer.').waitFor();
    await passes(9_999);
    expect(await page.getByText('This takes a moment longer.').count()).toBe(1);
    expect(starts()).toHaveLength(1);
    await page.clock.runFor(5_001);
    await heading('Payment').waitFor();
    expect(new Set(starts().map(({ key }) => key)).size).toBe(1);
  });

  it('is told in German, after the last try, that he may try again', async () => {
    api.starts = [LIMITED];
    await openAndStop('/de-DE/checkout');
    await button('Weiter zur Zahlung').click();
    await page.getByText('Wir versuchen es noch einmal für Sie').waitFor();
    await untilAfter(10_000, () => starts().length, 5);
    await page.getByText('Das ging etwas zu schnell.').waitFor();
    await button('Noch einmal versuchen').waitFor();
    expect(starts()).toHaveLength(5);
  });

  it('sends what he changes meanwhile as another call, with a key of its own', async () => {
    api.starts = [BUSY, STARTED];
    await openAndStop('/en-IE/checkout');
    await button('Continue to payment').click();
    await page.getByText('Many others are at it too.').waitFor();
    await page.getByLabel('E-mail').fill('kim@example.com');
    await page.clock.runFor(1200);
    await heading('Payment').waitFor();
    expect(starts().at(-1)?.body).toMatchObject({ customer: { email: 'kim@example.com' } });
    expect(starts().at(-1)?.attempt).toBeNull();
    expect(new Set(starts().map(({ key }) => key)).size).toBe(2);
    await page.reload();
    await heading('Payment').waitFor();
    expect(starts()).toHaveLength(2);
  });

  it('polls an order again after a 429 no earlier than it says', async () => {
    const polls = await atFirst('**/api/order-status?*', 'GET', 'limited');
    api.status = 'confirmed';
    await page.goto('/en-IE/cart');
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.goto(`/en-IE/orders/${ORDER_ID}`);
    await expect.poll(polls.count, PATIENCE).toBe(1);
    await page.waitForLoadState('networkidle');
    await passes(9_999);
    expect(await heading('Processing…').count()).toBe(1);
    expect(polls.count()).toBe(1);
    await untilAfter(5_001, polls.count, 2);
    await heading('Confirmed').waitFor();
  });

  it('changes the cart after a 429 when it has passed, and so the page of the cart', async () => {
    const changes = await atFirst('**/api/cart', 'PATCH', 'limited');
    await openAndStop('/en-IE/cart');
    const pages = await atFirst('**/en-IE/cart', 'GET', 'limited');
    await button('Quantity of Stoneware mug: one more').click();
    await page.getByText('This takes a moment longer.').waitFor();
    await passes(9_999);
    expect(changes.count()).toBe(1);
    await page.clock.runFor(5_001);
    await untilAfter(15_000, pages.count, 2);
    await page.locator('.sum', { hasText: '€48.00' }).waitFor();
    expect(await page.getByText('This takes a moment longer.').count()).toBe(0);
  });

  it('puts a product in the cart after a 429, and does not put it there twice after a lost answer', async () => {
    const refused = await atFirst('**/api/cart', 'POST', 'limited');
    await openAndStop('/en-IE/products/mug');
    await button('Add to cart').click();
    await page.getByText('This takes a moment longer.').waitFor();
    await page.clock.runFor(15_000);
    await page.getByText('Stoneware mug is in your cart.').waitFor();
    expect(refused.count()).toBe(2);
    const lost = await atFirst('**/api/cart', 'POST', 'lost');
    await button('Add to cart').click();
    await page.getByText('That did not work.').waitFor();
    await passes(600_000);
    expect(lost.count()).toBe(1);
  });
});
