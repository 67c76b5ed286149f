import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { API_KEY, sdk, startForTest, stripeError, teeSession } from './test-rig.ts';

describe('who may call, and how', () => {
  let standIn: StripeStandIn;
  beforeAll(async () => {
    standIn = await startForTest({ apiKey: API_KEY });
  });
  afterAll(() => standIn.stop());

  const post = (path: string, headers: Record<string, string>, body = ''): Promise<Response> =>
    fetch(`${standIn.url}${path}`, { method: 'POST', headers, body });

  test('answers 401 in the error envelope without a key', async () => {
    const response = await post('/v1/checkout/sessions', {});
    expect(response.status).toBe(401);
    expect(response.headers.get('request-id')).toMatch(/^req_\w{14}$/);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining('API key') },
    });
  });

  test.each(['sk_test_other', 'sk_live_for_the_stand_in_tests', 'pk_test_x'])(
    'answers 401 to %s',
    async (key) => {
      const stripe = sdk(standIn);
      const error = await stripeError(stripe.customers.create({}, { apiKey: key }));
      expect(error).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 });
      expect(error.message).not.toContain(key);
    },
  );

  test('takes the key as the user name of Basic too, as curl -u sends it', async () => {
    const credentials = Buffer.from(`${API_KEY}:`).toString('base64');
    const response = await post('/v1/customers', { authorization: `Basic ${credentials}` });
    expect(response.status).toBe(200);
  });

  test('answers with Request-Id and Stripe-Version on every call', async () => {
    const customer = await sdk(standIn).customers.create({});
    expect(customer.lastResponse.requestId).toMatch(/^req_/);
    expect(customer.lastResponse.apiVersion).toBe('2026-10-28.endive');
  });

  test('refuses another API version, whose objects it does not have', async () => {
    const headers = { authorization: `Bearer ${API_KEY}`, 'stripe-version': '2020-08-27' };
    const response = await post('/v1/customers', headers);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Invalid Stripe API version: 2020-08-27');
  });

  test('refuses a connected account, which it does not have', async () => {
    const call = sdk(standIn).customers.create({}, { stripeAccount: 'acct_1' });
    expect((await stripeError(call)).message).toContain('connected accounts');
  });

  test('refuses a JSON body', async () => {
    const authorization = `Bearer ${API_KEY}`;
    const headers = { authorization, 'content-type': 'application/json' };
    expect((await post('/v1/customers', headers, '{}')).status).toBe(400);
  });

  test('reads the parameters of a GET from its query alone', async () => {
    const stripe = sdk(standIn);
    await stripe.checkout.sessions.create(teeSession());
    const page = await stripe.checkout.sessions.list({ limit: 1, status: 'open' });
    expect(page.data).toHaveLength(1);
  });

  test.each([
    ['GET', '/v1/nothing'],
    ['DELETE', '/v1/customers'],
    ['GET', '/v1/customers/'],
  ])('answers 404 to %s %s, naming it', async (method, path) => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const response = await fetch(`${standIn.url}${path}`, { method, headers });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(`Unrecognized request URL (${method}: ${path})`);
  });

  test('refuses a body of more than a mebibyte', async () => {
    const type = 'application/x-www-form-urlencoded';
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': type };
    const response = await post('/v1/customers', headers, `name=${'a'.repeat(1_100_000)}`);
    expect(response.status).toBe(400);
  });

  test('has a page for people, and a 404 they can read', async () => {
    const index = await fetch(standIn.url);
    expect(index.headers.get('content-type')).toContain('text/html');
    expect(await index.text()).toContain('checkout.sessions.create');
    const missing = await fetch(`${standIn.url}/favicon.ico`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('There is no page /favicon.ico');
  });
});
