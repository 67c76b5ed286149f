import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../../local/test-browser.ts';
import { openTestShop, type TestShop } from './testing/browse.ts';
import { ORDER_ID } from './testing/fake-api.ts';

/** As much of Stripe.js as the page calls; it notes the calls, and declines the first payment. */
const STRIPE_JS = `
  window.stripeCalls = [];
  window.Stripe = (key, { locale }) => ({
    initCheckoutElementsSdk: ({ clientSecret, elementsOptions }) => {
      stripeCalls.push(['init', key, locale, clientSecret, elementsOptions.appearance.variables.colorPrimary]);
      return {
        createPaymentElement: () => ({ mount: (target) => target.append('Card number') }),
        loadActions: async () => ({ type: 'success', actions: {
          getSession: () => ({ email: null }),
          updateEmail: async (email) => (stripeCalls.push(['email', email]), { type: 'success' }),
          confirm: async (options) => {
            stripeCalls.push(['confirm', options.redirect]);
            const first = stripeCalls.filter(([name]) => name === 'confirm').length === 1;
            return first ? { type: 'error', error: { message: 'Your card has insufficient funds.' } } : { type: 'success' };
          },
        } }),
      };
    },
  });`;

describe.runIf(HAS_CHROMIUM)('checkout with Stripe.js', () => {
  let shop: TestShop;

  beforeAll(async () => {
    shop = await openTestShop({
      PAYMENT_UI: 'stripe',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_sample',
      STAND_IN_URL: '',
    });
  });

  afterAll(() => shop?.close());

  it('hands the session to Stripe’s element, shows its refusal, and leaves the result to the order page', async () => {
    const { page, api, faults } = await shop.visit();
    await page.route('https://js.stripe.com/endive/stripe.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: STRIPE_JS }),
    );
    await page.goto('/en-IE/products/mug');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('Stoneware mug is in your cart.').waitFor();
    await page.goto('/en-IE/checkout');
    await page.getByLabel('E-mail').fill('kim@example.com');
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    const pay = page.getByRole('button', { name: 'Pay €34.42' });
    await page.getByText('Card number').waitFor();
    await pay.click();
    await page.getByText('Your card has insufficient funds.').waitFor();
    expect(await page.evaluate('stripeCalls')).toEqual([
      ['init', 'pk_test_sample', 'en', 'cs_test_1_secret_2', '#1f3d36'],
      ['email', 'kim@example.com'],
      ['confirm', 'if_required'],
    ]);
    await pay.click();
    await page.waitForURL(`**/en-IE/orders/${ORDER_ID}`);
    await page.getByRole('heading', { name: 'Processing…' }).waitFor();
    expect(api.calls.filter(({ what }) => what === 'pay')).toEqual([]);
    await page.context().close();
    expect(faults).toEqual([]);
  });
});
