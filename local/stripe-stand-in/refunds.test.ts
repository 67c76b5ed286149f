import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import {
  control,
  type Receiver,
  sdk,
  startForTest,
  startReceiver,
  stripeError,
  teeSession,
  until,
  WEBHOOK_SECRET,
} from './test-rig.ts';

let receiver: Receiver;
let standIn: StripeStandIn;
let stripe: Stripe;
let nowMs = Date.parse('2026-11-01T12:00:00Z');
beforeAll(async () => {
  receiver = await startReceiver();
  const endpoints = [{ url: receiver.url, secret: WEBHOOK_SECRET, events: ['checkout' as const] }];
  standIn = await startForTest({ endpoints, clock: () => nowMs });
  stripe = sdk(standIn);
});
afterEach(() => control(standIn, 'DELETE', 'faults'));
afterAll(async () => {
  await standIn.stop();
  await receiver.stop();
});

/** A payment of 39.98 EUR, by card or by a bank. */
async function paid(how: 'card' | 'bank' = 'card'): Promise<Stripe.PaymentIntent> {
  const { id } = await stripe.checkout.sessions.create(teeSession());
  const outcome = how === 'card' ? 'succeeded' : 'processing';
  await control(standIn, 'POST', `sessions/${id}/pay`, { outcome });
  if (how === 'bank')
    await control(standIn, 'POST', `sessions/${id}/settle`, { outcome: 'succeeded' });
  const session = await stripe.checkout.sessions.retrieve(id);
  return stripe.paymentIntents.retrieve(String(session.payment_intent));
}
const chargeOf = (intent: Stripe.PaymentIntent) =>
  stripe.charges.retrieve(String(intent.latest_charge));
const settle = (id: string, outcome: string) =>
  control(standIn, 'POST', `refunds/${id}/settle`, { outcome });
const refundsOf = async (payment_intent: string) =>
  (await stripe.refunds.list({ payment_intent })).data;

describe('a refund', () => {
  test('of a whole payment gives all of it back, and names what it was asked with', async () => {
    const intent = await paid();
    const refund = await stripe.refunds.create({
      payment_intent: intent.id,
      reason: 'requested_by_customer',
      metadata: { operation_id: 'refund:1' },
    });
    expect(refund).toMatchObject({
      id: expect.stringMatching(/^re_3\w{23}$/),
      object: 'refund',
      amount: 3_998,
      currency: 'eur',
      payment_intent: intent.id,
      charge: intent.latest_charge,
      status: 'succeeded',
      reason: 'requested_by_customer',
      metadata: { operation_id: 'refund:1' },
    });
    expect(await chargeOf(intent)).toMatchObject({ amount_refunded: 3_998, refunded: true });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ id: refund.id });
    expect((await stripeError(stripe.refunds.retrieve('re_none'))).statusCode).toBe(404);
  });

  test('of a part may be repeated until all that was captured is back, and not a unit further', async () => {
    const intent = await paid();
    const charge = String(intent.latest_charge);
    await stripe.refunds.create({ charge, amount: 1_000 });
    expect(await chargeOf(intent)).toMatchObject({ amount_refunded: 1_000, refunded: false });
    const tooMuch = await stripeError(stripe.refunds.create({ charge, amount: 2_999 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' });
    expect(tooMuch.message).toMatch(/greater than unrefunded amount on charge/);
    expect((await stripe.refunds.create({ charge })).amount).toBe(2_998);
    expect(await chargeOf(intent)).toMatchObject({ amount_refunded: 3_998, refunded: true });
    const again = await stripeError(stripe.refunds.create({ charge }));
    expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
  });

  test.each<[string, Stripe.RefundCreateParams, string | undefined]>([
    ['neither payment nor charge', {}, 'parameter_missing'],
    ['both of them', { payment_intent: 'pi_1', charge: 'ch_1' }, 'parameters_exclusive'],
    ['a payment that is not there', { payment_intent: 'pi_1' }, 'resource_missing'],
    ['a charge that is not there', { charge: 'ch_1' }, 'resource_missing'],
    ['nothing of it', { charge: 'ch_1', amount: 0 }, 'parameter_invalid_integer'],
    ['a reason of its own', { charge: 'ch_1', reason: 'regret' }, undefined],
    ['an application fee', { charge: 'ch_1', refund_application_fee: true }, undefined],
  ])('of %s is refused', async (_, params, code) => {
    expect(await stripeError(stripe.refunds.create(params))).toMatchObject({
      statusCode: 400,
      code,
    });
  });

  test('of a payment that was declined is refused', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'declined' });
    const { payment_intent } = await stripe.checkout.sessions.retrieve(id);
    const error = await stripeError(
      stripe.refunds.create({ payment_intent: String(payment_intent) }),
    );
    expect(error.message).toMatch(/does not have a successful charge/);
  });

  test('is listed by its payment and by its charge, newest first, and can be expanded', async () => {
    const intent = await paid();
    const charge = String(intent.latest_charge);
    const first = await stripe.refunds.create({ charge, amount: 1 });
    const second = await stripe.refunds.create({ charge, amount: 2 });
    const ids = [second.id, first.id];
    expect((await refundsOf(intent.id)).map(({ id }) => id)).toEqual(ids);
    const byCharge = await stripe.refunds.list({ charge, expand: ['data.balance_transaction'] });
    expect(byCharge.data.map(({ id }) => id)).toEqual(ids);
    expect(byCharge.data[0]?.balance_transaction).toMatchObject({
      amount: -2,
      net: -2,
      fee: 0,
      type: 'refund',
      source: second.id,
    });
    const whole = await stripe.refunds.retrieve(second.id, {
      expand: ['payment_intent', 'charge'],
    });
    expect(whole.payment_intent).toMatchObject({ id: intent.id });
    expect(whole.charge).toMatchObject({ amount_refunded: 3 });
  });

  test('under the same key is one refund, whatever is left of the payment by then', async () => {
    const intent = await paid();
    const make = () =>
      stripe.refunds.create({ payment_intent: intent.id }, { idempotencyKey: `key-${intent.id}` });
    const first = await make();
    const second = await make();
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await refundsOf(intent.id)).toHaveLength(1);
  });

  test('under a key that Stripe has forgotten is refused, since nothing is left', async () => {
    const intent = await paid();
    const make = () =>
      stripe.refunds.create({ payment_intent: intent.id }, { idempotencyKey: `key-${intent.id}` });
    await make();
    nowMs += 25 * 3_600_000;
    expect((await stripeError(make())).code).toBe('charge_already_refunded');
    expect(await refundsOf(intent.id)).toHaveLength(1);
  });
});

describe('what becomes of a refund', () => {
  test('by a bank: it is pending until it has arrived', async () => {
    const intent = await paid('bank');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
    expect((await settle(refund.id, 'succeeded')).status).toBe(200);
    const now = await stripe.refunds.retrieve(refund.id);
    expect([now.status, now.pending_reason]).toEqual(['succeeded', undefined]);
    expect((await settle(refund.id, 'succeeded')).status).toBe(400);
  });

  test('one that succeeded may fail later: its money is back, and may be refunded again', async () => {
    const intent = await paid();
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect((await settle(refund.id, 'failed')).status).toBe(200);
    const failed = await stripe.refunds.retrieve(refund.id, {
      expand: ['failure_balance_transaction'],
    });
    expect(failed).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
      failure_balance_transaction: { amount: 3_998, type: 'refund_failure' },
    });
    expect(await chargeOf(intent)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await settle(refund.id, 'failed')).status).toBe(400);
    expect((await stripe.refunds.create({ payment_intent: intent.id })).amount).toBe(3_998);
  });

  test('is told by webhooks: created and charge.refunded each time, updated and failed later', async () => {
    const intent = await paid('bank');
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 998 });
    await settle(refund.id, 'succeeded');
    await settle(refund.id, 'failed');
    const types = await until('refund.failed', () => {
      const told = receiver.received
        .map(({ event }) => event)
        .filter(({ type }) => type.startsWith('refund.') || type === 'charge.refunded')
        .filter(({ data }) => 'payment_intent' in data.object)
        .filter(({ data }) => Object(data.object).payment_intent === intent.id)
        .map(({ type }) => type);
      return told.includes('refund.failed') ? told : undefined;
    });
    expect(types).toEqual([
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'refund.updated',
      'refund.failed',
    ]);
    const told = receiver.received.map(({ event }) => event);
    const refunded = told.findLast(({ type }) => type === 'charge.refunded');
    expect(refunded?.data.object).toMatchObject({ amount_refunded: 998, refunded: false });
    expect(refunded?.data.previous_attributes).toEqual({ amount_refunded: 0, refunded: false });
  });
});

describe('a refund that goes wrong on its way', () => {
  const attempt = (intent: Stripe.PaymentIntent, timeout?: number) =>
    stripe.refunds.create(
      { payment_intent: intent.id },
      { idempotencyKey: `key-${intent.id}`, ...(timeout === undefined ? {} : { timeout }) },
    );
  const fault = (kind: string, times = 1) =>
    control(standIn, 'POST', 'faults', { operation: 'refunds.create', fault: kind, times });

  test('429: nothing is done, and the same key may be used again', async () => {
    const intent = await paid();
    await fault('rate_limit');
    const error = await stripeError(attempt(intent));
    expect(error).toMatchObject({ type: 'StripeRateLimitError', code: 'rate_limit' });
    expect(await refundsOf(intent.id)).toEqual([]);
    expect((await attempt(intent)).status).toBe('succeeded');
  });

  test('500 after it was done: the key gives the 500 again, and the list tells the truth', async () => {
    const intent = await paid();
    await fault('error_500_after_commit');
    for (const _ of [1, 2]) {
      expect(await stripeError(attempt(intent))).toMatchObject({ statusCode: 500 });
    }
    expect(await refundsOf(intent.id)).toHaveLength(1);
  });

  test.each([
    ['hang', 0],
    ['hang_after_commit', 1],
  ])(
    '%s: the caller gives up with %i refunds made, and the same key ends at one',
    async (kind, made) => {
      const intent = await paid();
      await fault(kind);
      expect((await stripeError(attempt(intent, 150))).type).toBe('StripeConnectionError');
      expect(await refundsOf(intent.id)).toHaveLength(made);
      expect(
        (await until('the key to be free', () => attempt(intent).catch(() => undefined))).amount,
      ).toBe(3_998);
      expect(await refundsOf(intent.id)).toHaveLength(1);
    },
  );
});

describe('a second payment beside a Session that has ended', () => {
  test('is an intent of its own with the metadata of the first, and can be refunded alone', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    expect((await control(standIn, 'POST', `sessions/${id}/pay-again`)).status).toBe(400);
    await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
    const session = await stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent'] });
    const first = session.payment_intent as Stripe.PaymentIntent;
    const answer = await control(standIn, 'POST', `sessions/${id}/pay-again`);
    const second = answer.body.paymentIntent as Stripe.PaymentIntent;
    expect(second).toMatchObject({ status: 'succeeded', metadata: first.metadata });
    expect(second.id).not.toBe(first.id);
    await stripe.refunds.create({ payment_intent: second.id });
    expect(await refundsOf(first.id)).toEqual([]);
    expect(await chargeOf(first)).toMatchObject({ amount_refunded: 0 });
  });
});
