import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { sdk, startForTest, stripeError, teeSession } from './test-rig.ts';

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

const inMinutes = (minutes: number): number => Math.floor(Date.now() / 1_000) + minutes * 60;

describe('a parameter that is wrong', () => {
  const withLine = (item: object): Params => teeSession({ line_items: [item] });

  test.each<[string, Params, object]>([
    [
      'unknown',
      Object.assign(teeSession(), { colour: 'red' }),
      { code: 'parameter_unknown', param: 'colour', message: 'Received unknown parameter: colour' },
    ],
    [
      'unknown inside',
      teeSession({ payment_intent_data: Object.assign({ description: 'd' }, { shop: 'x' }) }),
      { code: 'parameter_unknown', param: 'payment_intent_data[shop]' },
    ],
    [
      'payment_method_types, gone since endive',
      Object.assign(teeSession(), { payment_method_types: ['card'] }),
      { code: 'parameter_unknown', param: 'payment_method_types' },
    ],
    [
      'missing inside',
      withLine({ price_data: { currency: 'eur', product_data: { name: 'x' } }, quantity: 1 }),
      {
        code: 'parameter_missing',
        param: 'line_items[0][price_data][unit_amount]',
        message: 'Missing required param: line_items[0][price_data][unit_amount].',
      },
    ],
    [
      'not an integer',
      withLine(line(19.99)),
      { code: 'parameter_invalid_integer', message: 'Invalid integer: 19.99' },
    ],
    [
      'below its least value',
      withLine(line(100, 0)),
      { code: 'parameter_invalid_integer', param: 'line_items[0][quantity]' },
    ],
    [
      'empty',
      teeSession({ client_reference_id: '' }),
      { code: 'parameter_invalid_empty', param: 'client_reference_id' },
    ],
    [
      'not a URL',
      teeSession({ return_url: '/orders/1' }),
      { code: 'url_invalid', param: 'return_url' },
    ],
    [
      'not an email address',
      teeSession({ customer_email: 'nobody' }),
      { code: 'email_invalid', param: 'customer_email' },
    ],
    [
      'not a currency',
      withLine(line(100, 1, 'EUR')),
      { param: 'line_items[0][price_data][currency]' },
    ],
    [
      'one of two that exclude each other',
      teeSession({ customer: 'cus_1', customer_email: 'a@b.de' }),
      { code: 'parameters_exclusive', param: 'customer' },
    ],
    [
      'a mode the stand-in does not have',
      teeSession({ mode: 'subscription' }),
      { param: 'mode', message: expect.stringContaining('stand-in does not support') },
    ],
    [
      'one the stand-in does not have',
      teeSession({ allow_promotion_codes: true }),
      {
        param: 'allow_promotion_codes',
        message: expect.stringContaining('stand-in does not support'),
      },
    ],
    [
      'a metadata value of 501 characters',
      teeSession({ metadata: { a: 'x'.repeat(501) } }),
      { param: 'metadata[a]' },
    ],
    [
      'a metadata key of 41 characters',
      teeSession({ metadata: { ['k'.repeat(41)]: 'x' } }),
      { param: 'metadata' },
    ],
    [
      'metadata of 51 keys',
      teeSession({
        metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'x'])),
      }),
      { param: 'metadata' },
    ],
  ])('is refused: %s', async (_what, params, expected) => {
    const error = await refusal(params);
    expect(error).toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      ...expected,
    });
  });

  test('without lines', async () => {
    const { line_items: _unused, ...params } = teeSession();
    expect(await refusal(params)).toMatchObject({ code: 'parameter_missing', param: 'line_items' });
  });

  test('a price nobody has made', async () => {
    const params = withLine({ price: 'price_missing', quantity: 1 });
    expect(await refusal(params)).toMatchObject({
      code: 'resource_missing',
      param: 'line_items[0][price]',
      message: "No such price: 'price_missing'",
    });
  });
});

describe('amounts', () => {
  test.each<[string, Params, string]>([
    ['nine digits', teeSession({ line_items: [line(60_000_000, 2)] }), 'amount_too_large'],
    ['below the least charge', teeSession({ line_items: [line(49)] }), 'amount_too_small'],
    [
      'below the least charge in yen',
      teeSession({ line_items: [line(49, 1, 'jpy')] }),
      'amount_too_small',
    ],
  ])('refuses a total %s', async (_what, params, code) => {
    expect(await refusal(params)).toMatchObject({ statusCode: 400, code });
  });

  test('takes eight digits', async () => {
    const session = await stripe.checkout.sessions.create(
      teeSession({ line_items: [line(99_999_999)] }),
    );
    expect(session.amount_total).toBe(99_999_999);
  });

  test('refuses parts of a unit that the currency does not have', async () => {
    for (const [amount, currency] of [
      [12_345, 'isk'],
      [12_345, 'kwd'],
    ] as const) {
      const error = await refusal(teeSession({ line_items: [line(amount, 1, currency)] }));
      expect(error.param).toBe('line_items[0][price_data][unit_amount]');
    }
  });

  test('refuses two currencies', async () => {
    const error = await refusal(teeSession({ line_items: [line(100), line(100, 1, 'usd')] }));
    expect(error.param).toBe('line_items[1][price_data][currency]');
  });
});

describe('expires_at', () => {
  test('is taken between 30 minutes and 24 hours from now', async () => {
    const expires_at = inMinutes(31);
    const session = await stripe.checkout.sessions.create(teeSession({ expires_at }));
    expect(session.expires_at).toBe(expires_at);
  });

  test.each([
    [29, 'at least 30 minutes'],
    [-1, 'at least 30 minutes'],
    [24 * 60 + 1, 'less than 24 hours'],
  ])('is refused %i minutes from now', async (minutes, message) => {
    const error = await refusal(teeSession({ expires_at: inMinutes(minutes) }));
    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(message) });
  });
});
