import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { control, sdk, startForTest, stripeError, teeSession, until } from './test-rig.ts';

describe('an idempotency key', () => {
  let standIn: StripeStandIn;
  let stripe: Stripe;
  let nowMs = Date.now();
  beforeEach(async () => {
    nowMs = Date.now();
    standIn = await startForTest({ clock: () => nowMs });
    stripe = sdk(standIn);
  });
  afterEach(() => standIn.stop());

  const create = (idempotencyKey: string, params = teeSession()) =>
    stripe.checkout.sessions.create(params, { idempotencyKey });
  const fault = (name: string, times = 1, operation = 'checkout.sessions.create') =>
    control(standIn, 'POST', 'faults', { operation, fault: name, times });

  test('replays the first answer and creates nothing more', async () => {
    const first = await create('order-1');
    const second = await create('order-1');
    expect(second).toEqual(first);
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'idempotency-key': 'order-1',
      'original-request': first.lastResponse.requestId,
    });
    expect((await stripe.checkout.sessions.list()).data).toHaveLength(1);
  });

  test('replays an answer that the same parameters would not get today', async () => {
    const params = teeSession({ expires_at: Math.floor(nowMs / 1_000) + 1_860 });
    const first = await create('order-1', params);
    nowMs += 20 * 60_000;
    expect((await create('order-1', params)).id).toBe(first.id);
    expect((await stripeError(create('order-2', params))).message).toContain('30 minutes');
  });

  test('is refused for other parameters', async () => {
    await create('order-1');
    const error = await stripeError(create('order-1', teeSession({ metadata: { other: '1' } })));
    expect(error).toMatchObject({
      type: 'StripeIdempotencyError',
      rawType: 'idempotency_error',
      statusCode: 400,
      message: expect.stringContaining('same parameters they were first used with'),
    });
  });

  test('is refused for another endpoint', async () => {
    await create('order-1');
    const call = stripe.customers.create({}, { idempotencyKey: 'order-1' });
    expect((await stripeError(call)).message).toContain(
      "('/v1/customers' vs '/v1/checkout/sessions')",
    );
  });

  test('is in use while the first request is running', async () => {
    await control(standIn, 'POST', 'faults', {
      operation: 'checkout.sessions.create',
      fault: 'slow',
      delayMs: 600,
      times: 1,
    });
    const first = create('order-1');
    await until('the first request', async () => {
      const { body } = await control(standIn, 'GET', 'requests?idempotencyKey=order-1');
      return Array.isArray(body.requests) && body.requests.length === 1;
    });
    expect(await stripeError(create('order-1'))).toMatchObject({
      type: 'StripeAPIError',
      statusCode: 409,
      code: 'idempotency_key_in_use',
    });
    const { id } = await first;
    expect((await create('order-1')).id).toBe(id);
  });

  test('is not used up by parameters that fail validation', async () => {
    await stripeError(create('order-1', teeSession({ return_url: 'nowhere' })));
    expect((await create('order-1')).status).toBe('open');
  });

  test('keeps a refusal that came after execution began', async () => {
    const params = teeSession({ customer: 'cus_missing' });
    const first = await stripeError(create('order-1', params));
    const second = await stripeError(create('order-1', params));
    expect(second.message).toBe(first.message);
    expect(second.headers).toMatchObject({ 'idempotent-replayed': 'true' });
  });

  test('keeps a 500 too, done or not', async () => {
    await fault('error_500_after_commit');
    const done = await stripeError(create('done'));
    expect(done).toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
    expect((await stripeError(create('done'))).message).toBe(done.message);
    expect((await stripe.checkout.sessions.list()).data).toHaveLength(1);
    await fault('error_500');
    await stripeError(create('undone'));
    expect((await stripeError(create('undone'))).statusCode).toBe(500);
    expect((await stripe.checkout.sessions.list()).data).toHaveLength(1);
  });

  test('is forgotten after a day', async () => {
    const first = await create('order-1');
    nowMs += 24 * 60 * 60_000;
    expect((await create('order-1')).id).not.toBe(first.id);
  });

  test('has at most 255 characters', async () => {
    expect((await create('k'.repeat(255))).status).toBe('open');
    expect((await stripeError(create('k'.repeat(256)))).statusCode).toBe(400);
  });

  test('lets the SDK retry a closed connection without doing it twice', async () => {
    await fault('close_after_commit');
    const session = await create('order-1');
    expect(session.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect((await stripe.checkout.sessions.list()).data).toHaveLength(1);
  });
});
