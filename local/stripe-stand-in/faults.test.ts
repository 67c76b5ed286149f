import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { control, sdk, startForTest, stripeError, teeSession, until } from './test-rig.ts';

describe('faults', () => {
  let standIn: StripeStandIn;
  let stripe: Stripe;
  beforeEach(async () => {
    standIn = await startForTest();
    stripe = sdk(standIn);
  });
  afterEach(() => standIn.stop());

  const create = (idempotencyKey = 'order-1') =>
    stripe.checkout.sessions.create(teeSession(), { idempotencyKey });
  /** A caller that waits 150 ms for its answer. */
  const hasty = () =>
    stripe.checkout.sessions.create(teeSession(), { idempotencyKey: 'order-1', timeout: 150 });
  const fault = (body: object) =>
    control(standIn, 'POST', 'faults', { operation: 'checkout.sessions.create', ...body });
  const sessions = async (): Promise<number> => (await stripe.checkout.sessions.list()).data.length;

  test('refuse: a 400, nothing done, and the key free', async () => {
    await fault({ fault: 'refuse', times: 1 });
    expect(await stripeError(create())).toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
    });
    expect(await sessions()).toBe(0);
    expect((await create()).status).toBe('open');
  });

  test('rate_limit: a 429 that the SDK leaves to its caller', async () => {
    await fault({ fault: 'rate_limit', times: 1 });
    const error = await stripeError(create());
    expect(error).toMatchObject({ type: 'StripeRateLimitError', code: 'rate_limit' });
    expect((await create()).status).toBe('open');
  });

  test('hang: nothing done, and the key free once the caller has gone', async () => {
    await fault({ fault: 'hang', times: 1 });
    expect((await stripeError(hasty())).type).toBe('StripeConnectionError');
    expect(await sessions()).toBe(0);
    expect((await create()).status).toBe('open');
  });

  test('hang_after_commit: done, and the same key gives what was done', async () => {
    await fault({ fault: 'hang_after_commit', times: 1 });
    expect((await stripeError(hasty())).type).toBe('StripeConnectionError');
    expect(await sessions()).toBe(1);
    expect((await create()).lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await sessions()).toBe(1);
  });

  test('close: nothing done', async () => {
    await fault({ fault: 'close' });
    expect((await stripeError(create())).type).toBe('StripeConnectionError');
    expect(await sessions()).toBe(0);
  });

  test('cut_body_after_commit: done, and an unknown outcome to the caller', async () => {
    await fault({ fault: 'cut_body_after_commit', times: 1 });
    expect((await stripeError(create())).type).toBe('StripeConnectionError');
    expect(await sessions()).toBe(1);
  });

  test('slow: done even where the caller has gone by then', async () => {
    await fault({ fault: 'slow', delayMs: 400, times: 1 });
    expect((await stripeError(hasty())).type).toBe('StripeConnectionError');
    expect(await sessions()).toBe(0);
    await until('the slow call', async () => (await sessions()) === 1);
  });

  test('last until they are cleared where no times are given, and for their operation alone', async () => {
    await fault({ fault: 'refuse' });
    for (const key of ['a', 'b', 'c']) await stripeError(create(key));
    expect((await stripe.customers.create({})).object).toBe('customer');
    await control(standIn, 'DELETE', 'faults');
    expect((await create()).status).toBe('open');
  });

  test('stop with the stand-in, however long they would have lasted', async () => {
    await fault({ fault: 'slow', delayMs: 60_000 });
    const call = stripeError(create());
    await standIn.stop();
    expect((await call).type).toBe('StripeConnectionError');
  });

  test('are refused where they name no operation or no fault', async () => {
    expect((await fault({ fault: 'explode' })).status).toBe(400);
    expect((await fault({ operation: 'nothing', fault: 'hang' })).status).toBe(400);
    expect((await fault({ fault: 'hang', times: 0 })).status).toBe(400);
  });
});
