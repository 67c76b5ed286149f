import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { control, sdk, startForTest, stripeError, teeSession } from './test-rig.ts';

let standIn: StripeStandIn;
let stripe: Stripe;
beforeAll(async () => {
  standIn = await startForTest();
  stripe = sdk(standIn);
});
afterAll(() => standIn.stop());

type Params = Stripe.Checkout.SessionCreateParams;

const line = (unit_amount: number, quantity = 1, currency = 'eur') => ({
  price_data: { currency, unit_amount, product_data: { name: `Thing at ${unit_amount}` } },
  quantity,
});

const refusal = (params: Params) => stripeError(stripe.checkout.sessions.create(params));

describe('a new Checkout Session', () => {
  test('is open, unpaid, without a PaymentIntent, and never live', async () => {
    const session = await stripe.checkout.sessions.create(teeSession());
    expect(session).toMatchObject({
      object: 'checkout.session',
      status: 'open',
      payment_status: 'unpaid',
      payment_intent: null,
      livemode: false,
      currency: 'eur',
      amount_subtotal: 3998,
      amount_total: 3998,
      metadata: { shop_id: 'aurora', order_id: 'ord_1', hold_id: 'hold_1' },
      expires_at: session.created + 86_400,
    });
    expect(session.id).toMatch(/^cs_test_\w{58}$/);
    expect(session).not.toHaveProperty('line_items');
  });

  test('adds up lines, the first shipping rate and a coupon', async () => {
    const { id: coupon } = await stripe.coupons.create({ percent_off: 15 });
    const session = await stripe.checkout.sessions.create(
      teeSession({
        line_items: [line(1999, 3), line(333)],
        discounts: [{ coupon }],
        shipping_options: [
          {
            shipping_rate_data: {
              display_name: 'Post',
              fixed_amount: { amount: 490, currency: 'eur' },
            },
          },
          {
            shipping_rate_data: {
              display_name: 'Courier',
              fixed_amount: { amount: 990, currency: 'eur' },
            },
          },
        ],
        expand: ['line_items', 'shipping_cost.shipping_rate'],
      }),
    );
    expect(session.amount_subtotal).toBe(6330);
    expect(session.total_details).toEqual({
      amount_discount: 950,
      amount_shipping: 490,
      amount_tax: 0,
    });
    expect(session.amount_total).toBe(6330 - 950 + 490);
    expect(session.line_items?.data.map((item) => item.amount_discount)).toEqual([900, 50]);
    expect(session.shipping_cost?.shipping_rate).toMatchObject({ display_name: 'Post' });
    expect(session.shipping_options).toHaveLength(2);
  });

  test('lists its lines in the order they were given', async () => {
    const line_items = [line(100), line(200), line(300)];
    const { id } = await stripe.checkout.sessions.create(teeSession({ line_items }));
    const first = await stripe.checkout.sessions.listLineItems(id, { limit: 2 });
    expect(first.data.map((item) => item.price?.unit_amount)).toEqual([100, 200]);
    expect(first.has_more).toBe(true);
    const second = await stripe.checkout.sessions.listLineItems(id, {
      starting_after: first.data[1]?.id ?? '',
    });
    expect(second.data.map((item) => item.price?.unit_amount)).toEqual([300]);
    expect(second.data[0]?.price?.unit_amount_decimal?.toString()).toBe('300');
  });

  test('needs no payment when its total is zero', async () => {
    const session = await stripe.checkout.sessions.create(teeSession({ line_items: [line(0)] }));
    expect(session).toMatchObject({ amount_total: 0, payment_status: 'no_payment_required' });
  });

  test('names an existing customer, and no other', async () => {
    const customer = await stripe.customers.create({ email: 'buyer@example.com', name: 'B' });
    const session = await stripe.checkout.sessions.create(teeSession({ customer: customer.id }));
    expect(session.customer).toBe(customer.id);
    expect(session.customer_details?.email).toBe('buyer@example.com');
    const error = await refusal(teeSession({ customer: 'cus_missing' }));
    expect(error).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
      message: "No such customer: 'cus_missing'",
    });
    expect((await stripe.customers.retrieve(customer.id)).id).toBe(customer.id);
    const missing = await stripeError(stripe.customers.retrieve('cus_missing'));
    expect(missing.statusCode).toBe(404);
  });

  test('is 404 by another id', async () => {
    const error = await stripeError(stripe.checkout.sessions.retrieve('cs_test_missing'));
    expect(error).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'session',
      message: 'No such checkout.session: cs_test_missing',
    });
  });
});

describe('ui_mode', () => {
  test.each(['elements', 'embedded_page'] as const)(
    '%s has a client secret and no url',
    async (ui_mode) => {
      const session = await stripe.checkout.sessions.create(teeSession({ ui_mode }));
      expect(session.client_secret).toMatch(new RegExp(`^${session.id}_secret_\\w+$`));
      expect(session.url).toBeNull();
    },
  );

  test('hosted_page has a url that leads to a page, and no client secret', async () => {
    const { return_url: _unused, ...params } = teeSession();
    const success_url = 'http://aurora.localhost/ok?session={CHECKOUT_SESSION_ID}';
    const session = await stripe.checkout.sessions.create({
      ...params,
      ui_mode: 'hosted_page',
      success_url,
    });
    expect(session.client_secret).toBeNull();
    const page = await fetch(session.url ?? '');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('39.98 EUR');
  });

  test('form has neither', async () => {
    const session = await stripe.checkout.sessions.create(teeSession({ ui_mode: 'form' }));
    expect(session).toMatchObject({ client_secret: null, url: null });
  });

  test.each(['custom', 'embedded', 'hosted'])('no longer knows %s', async (ui_mode) => {
    expect(await refusal(teeSession({ ui_mode }))).toMatchObject({
      statusCode: 400,
      param: 'ui_mode',
      message: 'Invalid ui_mode: must be one of elements, embedded_page, form, or hosted_page',
    });
  });

  test.each<[string, Params]>([
    ['success_url', { success_url: 'http://a.localhost/' }],
    ['cancel_url', { cancel_url: 'http://a.localhost/' }],
    ['after_expiration', { after_expiration: { recovery: { enabled: true } } }],
    [
      'custom_fields',
      { custom_fields: [{ key: 'k', label: { custom: 'l', type: 'custom' }, type: 'text' }] },
    ],
    ['optional_items', { optional_items: [{ price: 'price_1', quantity: 1 }] }],
  ])('elements forbids %s', async (param, extra) => {
    expect(await refusal(teeSession(extra))).toMatchObject({ statusCode: 400, param });
  });

  test('hosted_page wants a success_url, the others a return_url where a method may redirect', async () => {
    const { return_url: _unused, ...bare } = teeSession();
    expect(await refusal({ ...bare, ui_mode: 'hosted_page' })).toMatchObject({
      code: 'parameter_missing',
      param: 'success_url',
    });
    for (const ui_mode of ['elements', 'embedded_page'] as const) {
      expect(await refusal({ ...bare, ui_mode })).toMatchObject({
        code: 'parameter_missing',
        param: 'return_url',
      });
    }
    const cardOnly = { ...bare, allowed_payment_method_types: ['card' as const] };
    expect((await stripe.checkout.sessions.create(cardOnly)).payment_method_types).toEqual([
      'card',
    ]);
  });
});

describe('expiring a Session', () => {
  test('ends an open one, once', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    const expired = await stripe.checkout.sessions.expire(id);
    expect(expired).toMatchObject({ status: 'expired', url: null, client_secret: null });
    expect(await stripeError(stripe.checkout.sessions.expire(id))).toMatchObject({
      statusCode: 400,
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `expired`.',
    });
  });

  test('is refused for a paid one', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
    expect((await stripeError(stripe.checkout.sessions.expire(id))).message).toContain(
      '`complete`',
    );
  });

  test('happens by itself at expires_at', async () => {
    let nowMs = Date.now();
    const timed = await startForTest({ clock: () => nowMs });
    const client = sdk(timed);
    const { id, expires_at } = await client.checkout.sessions.create(
      teeSession({ expires_at: Math.floor(nowMs / 1_000) + 1_800 }),
    );
    nowMs = expires_at * 1_000 - 1;
    expect((await client.checkout.sessions.retrieve(id)).status).toBe('open');
    nowMs = expires_at * 1_000;
    expect((await client.checkout.sessions.retrieve(id)).status).toBe('expired');
    const events = await client.events.list({ type: 'checkout.session.expired' });
    expect(events.data).toMatchObject([{ request: { id: null, idempotency_key: null } }]);
    await timed.stop();
  });
});
