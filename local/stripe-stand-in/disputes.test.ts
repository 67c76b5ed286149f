import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
beforeAll(async () => {
  receiver = await startReceiver();
  const endpoints = [{ url: receiver.url, secret: WEBHOOK_SECRET, events: ['checkout' as const] }];
  standIn = await startForTest({ endpoints });
  stripe = sdk(standIn);
});
afterAll(async () => {
  await standIn.stop();
  await receiver.stop();
});

/** The charge of a payment of 39.98 EUR. */
async function paidCharge(): Promise<string> {
  const { id } = await stripe.checkout.sessions.create(teeSession());
  await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
  const { payment_intent } = await stripe.checkout.sessions.retrieve(id);
  const { data } = await stripe.charges.list({ payment_intent: String(payment_intent) });
  return data[0]?.id ?? expect.fail();
}

async function disputed(charge: string, body: object = {}): Promise<Stripe.Dispute> {
  const answer = await control(standIn, 'POST', `charges/${charge}/dispute`, body);
  expect(answer.status).toBe(200);
  const { data } = await stripe.disputes.list({ charge });
  return data[0] ?? expect.fail();
}

const close = (id: string, outcome: string) =>
  control(standIn, 'POST', `disputes/${id}/close`, { outcome });

async function toldOf(id: string, count: number): Promise<string[]> {
  const mine = () =>
    receiver.received.filter(
      ({ event }) => event.type.startsWith('charge.dispute.') && 'id' in event.data.object,
    );
  const types = () =>
    mine()
      .filter(({ body }) => body.includes(id))
      .map(({ event }) => event.type);
  await until(`${count} events of ${id}`, () => types().length >= count);
  return types();
}

describe('a dispute', () => {
  test('takes the money off the balance, and names the charge but no shop', async () => {
    const charge = await paidCharge();
    const dispute = await disputed(charge);
    expect(dispute).toMatchObject({
      id: expect.stringMatching(/^dp_1/),
      amount: 3_998,
      charge,
      payment_intent: expect.stringMatching(/^pi_/),
      metadata: {},
      reason: 'fraudulent',
      status: 'needs_response',
      is_charge_refundable: false,
      balance_transactions: [{ amount: -3_998, fee: 1_500, net: -5_498, type: 'adjustment' }],
    });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ disputed: true });
    expect(await toldOf(dispute.id, 2)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
    ]);
    const refund = await stripeError(stripe.refunds.create({ charge }));
    expect(refund).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
  });

  test('that is won brings the money back and the charge may be refunded again', async () => {
    const charge = await paidCharge();
    const { id } = await disputed(charge, { amount: 1_000, reason: 'product_not_received' });
    await close(id, 'won');
    const won = await stripe.disputes.retrieve(id);
    expect(won.status).toBe('won');
    expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-1_000, 1_000]);
    expect((await toldOf(id, 4)).slice(2)).toEqual([
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
    expect((await stripe.refunds.create({ charge })).amount).toBe(3_998);
  });

  test('that is lost keeps the money, and the charge cannot be refunded', async () => {
    const charge = await paidCharge();
    const { id } = await disputed(charge);
    expect((await stripe.disputes.close(id)).status).toBe('lost');
    expect(await toldOf(id, 3)).not.toContain('charge.dispute.funds_reinstated');
    const refund = await stripeError(stripe.refunds.create({ charge }));
    expect(refund.code).toBe('charge_disputed');
    expect((await close(id, 'won')).status).toBe(400);
  });

  test('that is an inquiry takes nothing, refuses nothing, and closes as a warning', async () => {
    const charge = await paidCharge();
    const { id, status, balance_transactions } = await disputed(charge, { inquiry: true });
    expect([status, balance_transactions]).toEqual(['warning_needs_response', []]);
    expect((await close(id, 'won')).status).toBe(400);
    expect((await stripe.refunds.create({ charge, amount: 1 })).status).toBe('succeeded');
    await close(id, 'warning_closed');
    expect((await stripe.disputes.retrieve(id)).status).toBe('warning_closed');
  });

  test('of a charge that has one, or of more than is left, is refused', async () => {
    const charge = await paidCharge();
    await stripe.refunds.create({ charge, amount: 1_000 });
    const open = (body: object) => control(standIn, 'POST', `charges/${charge}/dispute`, body);
    expect((await open({ amount: 2_999 })).status).toBe(400);
    expect((await open({ amount: 2_998 })).status).toBe(200);
    expect((await open({ amount: 1 })).status).toBe(400);
    expect((await control(standIn, 'POST', 'charges/ch_none/dispute', {})).status).toBe(404);
  });
});

describe('an intent', () => {
  test('is canceled where nothing else owns it, and otherwise ends with its owner', async () => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'declined' });
    const intent = String((await stripe.checkout.sessions.retrieve(id)).payment_intent);
    const owned = await stripeError(stripe.paymentIntents.cancel(intent));
    expect(owned.message).toMatch(/expire the Session/);

    const bank = await stripe.checkout.sessions.create(teeSession());
    await control(standIn, 'POST', `sessions/${bank.id}/pay`, { outcome: 'processing' });
    await control(standIn, 'POST', `sessions/${bank.id}/settle`, { outcome: 'failed' });
    const failed = String((await stripe.checkout.sessions.retrieve(bank.id)).payment_intent);
    const canceled = await stripe.paymentIntents.cancel(failed, {
      cancellation_reason: 'abandoned',
    });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    const again = await stripeError(stripe.paymentIntents.cancel(failed));
    expect(again.code).toBe('payment_intent_unexpected_state');
  });
});
