import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { control, sdk, startForTest, teeSession, until } from './test-rig.ts';

let standIn: StripeStandIn;
let stripe: Stripe;
beforeAll(async () => {
  standIn = await startForTest();
  stripe = sdk(standIn);
});
afterAll(() => standIn.stop());

const pay = (id: string, outcome: string, buyer: object = {}) =>
  control(standIn, 'POST', `sessions/${id}/pay`, { outcome, ...buyer });
const settle = (id: string, outcome: string) =>
  control(standIn, 'POST', `sessions/${id}/settle`, { outcome });

/** Types of the events about this Session's payment, oldest first. */
async function eventTypes(id: string): Promise<string[]> {
  const { body } = await control(standIn, 'GET', `sessions/${id}`);
  const events = Array.isArray(body.events) ? body.events : [];
  return events.map(({ type }: { type: string }) => type);
}

async function paidIntent(id: string): Promise<Stripe.PaymentIntent> {
  const session = await stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent'] });
  const intent = session.payment_intent;
  if (intent === null || typeof intent === 'string') throw new Error('no intent');
  return intent;
}

describe('a payment that succeeds', () => {
  test('completes the Session with an intent and a charge, and books the charge a little later', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    const answer = await pay(id, 'succeeded', { email: 'buyer@example.com', name: 'Buyer' });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'succeeded' } });
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(session).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      client_secret: null,
      payment_intent: expect.stringMatching(/^pi_3\w{23}$/),
      customer: null,
      customer_details: { email: 'buyer@example.com', name: 'Buyer' },
    });
    const intent = await paidIntent(id);
    expect(intent).toMatchObject({ status: 'succeeded', amount: 3998, amount_received: 3998 });
    const charge = await stripe.charges.retrieve(String(intent.latest_charge));
    expect(charge).toMatchObject({ status: 'succeeded', paid: true, payment_intent: intent.id });
    const booked = await until('the booking', async () => {
      const now = await stripe.charges.retrieve(charge.id, { expand: ['balance_transaction'] });
      return now.balance_transaction;
    });
    expect(booked).toMatchObject({
      object: 'balance_transaction',
      amount: 3998,
      source: charge.id,
    });
    expect(await eventTypes(id)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
      'charge.updated',
    ]);
  });

  test('tells of the charge without its booking first, and then of what changed', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await pay(id, 'succeeded');
    const updated = await until('charge.updated', async () => {
      const events = await stripe.events.list({ type: 'charge.updated', limit: 1 });
      const intent = await paidIntent(id);
      const [event] = events.data;
      if (event?.type !== 'charge.updated') return undefined;
      return event.data.object.payment_intent === intent.id ? event : undefined;
    });
    expect(updated.data.previous_attributes).toEqual({ balance_transaction: null });
    const [succeeded] = (await stripe.events.list({ type: 'charge.succeeded', limit: 1 })).data;
    expect(succeeded?.data.object).toMatchObject({ balance_transaction: null });
  });

  test('carries payment_intent_data on: metadata as it was to the intent and the charge', async () => {
    const { id } = await stripe.checkout.sessions.create(
      teeSession({
        payment_intent_data: {
          metadata: { shop_id: 'aurora', operation_id: 'op_1' },
          description: 'Order 1',
          setup_future_usage: 'off_session',
        },
      }),
    );
    await pay(id, 'succeeded');
    const intent = await paidIntent(id);
    expect(intent).toMatchObject({
      metadata: { shop_id: 'aurora', operation_id: 'op_1' },
      description: 'Order 1',
      setup_future_usage: 'off_session',
      payment_method: expect.stringMatching(/^pm_/),
    });
    const charge = await stripe.charges.retrieve(String(intent.latest_charge));
    expect(charge.metadata).toEqual(intent.metadata);
  });

  test('does not copy the metadata of the Session to the intent', async () => {
    const { payment_intent_data: _unused, ...params } = teeSession();
    const { id } = await stripe.checkout.sessions.create(params);
    await pay(id, 'succeeded');
    expect((await paidIntent(id)).metadata).toEqual({});
  });

  test('creates a customer only where it was told to, always', async () => {
    const { id } = await stripe.checkout.sessions.create(
      teeSession({ customer_creation: 'always' }),
    );
    await pay(id, 'succeeded', { email: 'new@example.com' });
    const session = await stripe.checkout.sessions.retrieve(id, { expand: ['customer'] });
    expect(session.customer).toMatchObject({ object: 'customer', email: 'new@example.com' });
    const { customer } = await paidIntent(id);
    expect(session.customer).toHaveProperty('id', customer);
  });

  test('happens once', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await pay(id, 'succeeded');
    for (const outcome of ['succeeded', 'declined', 'expired']) {
      expect((await pay(id, outcome)).status).toBe(400);
    }
  });

  test('redeems its coupon, and a used-up coupon is refused', async () => {
    const { id: coupon } = await stripe.coupons.create({
      amount_off: 500,
      currency: 'eur',
      max_redemptions: 1,
    });
    const discounts = [{ coupon }];
    const { id } = await stripe.checkout.sessions.create(teeSession({ discounts }));
    await pay(id, 'succeeded');
    expect((await paidIntent(id)).amount).toBe(3498);
    expect((await stripe.coupons.retrieve(coupon)).valid).toBe(false);
    await expect(stripe.checkout.sessions.create(teeSession({ discounts }))).rejects.toMatchObject({
      code: 'coupon_expired',
    });
  });
});

describe('a zero total', () => {
  test('completes without a PaymentIntent', async () => {
    const line_items = [
      { price_data: { currency: 'eur', unit_amount: 0, product_data: { name: 'x' } }, quantity: 1 },
    ];
    const { id } = await stripe.checkout.sessions.create(teeSession({ line_items }));
    expect((await pay(id, 'declined')).status).toBe(400);
    await pay(id, 'succeeded');
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      payment_intent: null,
    });
    expect(await eventTypes(id)).toEqual(['checkout.session.completed']);
  });
});

describe('a declined card', () => {
  test('leaves the Session open with the error on its intent, and the buyer may try again', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    const answer = await pay(id, 'declined');
    expect(answer).toMatchObject({
      status: 402,
      body: {
        error: {
          type: 'card_error',
          code: 'card_declined',
          decline_code: 'generic_decline',
          message: 'Your card was declined.',
        },
      },
    });
    const open = await stripe.checkout.sessions.retrieve(id);
    expect(open).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    const failed = await paidIntent(id);
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', type: 'card_error' },
    });
    await pay(id, 'succeeded');
    const paid = await paidIntent(id);
    expect(paid).toMatchObject({ id: failed.id, status: 'succeeded', last_payment_error: null });
    expect(paid.latest_charge).not.toBe(failed.latest_charge);
    expect((await eventTypes(id)).slice(0, 4)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
      'charge.succeeded',
    ]);
  });

  test('is canceled with the Session', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await pay(id, 'declined');
    await stripe.checkout.sessions.expire(id);
    expect((await paidIntent(id)).status).toBe('canceled');
    expect((await eventTypes(id)).slice(-2)).toEqual([
      'payment_intent.canceled',
      'checkout.session.expired',
    ]);
  });
});

describe('a payment that is processing', () => {
  test.each([
    ['succeeded', 'paid', 'succeeded', 'checkout.session.async_payment_succeeded'],
    ['failed', 'unpaid', 'requires_payment_method', 'checkout.session.async_payment_failed'],
  ])('is settled: %s', async (outcome, paymentStatus, intentStatus, type) => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await pay(id, 'processing');
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    });
    expect((await paidIntent(id)).status).toBe('processing');
    expect((await settle(id, outcome)).status).toBe(200);
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(session).toMatchObject({ status: 'complete', payment_status: paymentStatus });
    expect((await paidIntent(id)).status).toBe(intentStatus);
    const types = await eventTypes(id);
    expect(types).toContain('payment_intent.processing');
    expect(types).toContain(type);
    expect((await settle(id, outcome)).status).toBe(400);
  });
});

describe('the outcome expired', () => {
  test('is what the clock would do', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    expect(await pay(id, 'expired')).toMatchObject({ body: { session: { status: 'expired' } } });
    expect(await eventTypes(id)).toEqual(['checkout.session.expired']);
  });
});
