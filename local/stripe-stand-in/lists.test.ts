import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { control, sdk, startForTest, stripeError, teeSession } from './test-rig.ts';

describe('lists', () => {
  let standIn: StripeStandIn;
  let stripe: Stripe;
  let nowMs = Date.parse('2026-11-01T12:00:00Z');
  const ids: string[] = [];
  beforeAll(async () => {
    standIn = await startForTest({ clock: () => nowMs });
    stripe = sdk(standIn);
    for (let index = 0; index < 7; index += 1) {
      ids.push((await stripe.checkout.sessions.create(teeSession())).id);
      nowMs += 60_000;
    }
    await control(standIn, 'POST', `sessions/${ids[2]}/pay`, { outcome: 'succeeded' });
    await stripe.checkout.sessions.expire(ids[4] ?? '');
  });
  afterAll(() => standIn.stop());

  const idsOf = (page: { data: { id: string }[] }): number[] =>
    page.data.map(({ id }) => ids.indexOf(id));

  test('come newest first, in pages', async () => {
    const first = await stripe.checkout.sessions.list({ limit: 3 });
    expect(idsOf(first)).toEqual([6, 5, 4]);
    expect(first).toMatchObject({ object: 'list', url: '/v1/checkout/sessions', has_more: true });
    const next = await stripe.checkout.sessions.list({ limit: 4, starting_after: ids[4] ?? '' });
    expect(idsOf(next)).toEqual([3, 2, 1, 0]);
    expect(next.has_more).toBe(false);
    const before = await stripe.checkout.sessions.list({ limit: 2, ending_before: ids[3] ?? '' });
    expect(idsOf(before)).toEqual([5, 4]);
    expect(before.has_more).toBe(true);
  });

  test('are walked whole by the SDK', async () => {
    const seen: string[] = [];
    for await (const session of stripe.checkout.sessions.list({ limit: 2 })) seen.push(session.id);
    expect(seen).toEqual(ids.toReversed());
  });

  test('filter Sessions by status, creation and PaymentIntent', async () => {
    expect(idsOf(await stripe.checkout.sessions.list({ status: 'complete' }))).toEqual([2]);
    expect(idsOf(await stripe.checkout.sessions.list({ status: 'expired' }))).toEqual([4]);
    const { created } = await stripe.checkout.sessions.retrieve(ids[5] ?? '');
    expect(idsOf(await stripe.checkout.sessions.list({ created: { gte: created } }))).toEqual([
      6, 5,
    ]);
    expect(idsOf(await stripe.checkout.sessions.list({ created: { gt: created } }))).toEqual([6]);
    expect(idsOf(await stripe.checkout.sessions.list({ created }))).toEqual([5]);
    const paid = await stripe.checkout.sessions.retrieve(ids[2] ?? '');
    const payment_intent = String(paid.payment_intent);
    expect(idsOf(await stripe.checkout.sessions.list({ payment_intent }))).toEqual([2]);
  });

  test('hold the PaymentIntents and events that there are', async () => {
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
    const types = (await stripe.events.list({ types: ['checkout.session.*'] })).data.map(
      ({ type }) => type,
    );
    expect(types).toEqual(['checkout.session.expired', 'checkout.session.completed']);
    const [event] = (await stripe.events.list({ limit: 1 })).data;
    expect((await stripe.events.retrieve(event?.id ?? '')).type).toBe(event?.type);
    expect((await stripeError(stripe.events.retrieve('evt_missing'))).statusCode).toBe(404);
  });

  test('refuse a page size outside 1 to 100, two cursors and a cursor nobody has', async () => {
    const { sessions } = stripe.checkout;
    for (const limit of [0, 101]) {
      const error = await stripeError(sessions.list({ limit }));
      expect(error).toMatchObject({ code: 'parameter_invalid_integer', param: 'limit' });
    }
    const two = { starting_after: ids[0] ?? '', ending_before: ids[1] ?? '' };
    expect((await stripeError(sessions.list(two))).code).toBe('parameters_exclusive');
    const missing = await stripeError(sessions.list({ starting_after: 'cs_test_missing' }));
    expect(missing).toMatchObject({ code: 'resource_missing', param: 'starting_after' });
  });

  test('expand what they hold, and refuse what cannot be expanded', async () => {
    const page = await stripe.checkout.sessions.list({
      status: 'complete',
      expand: ['data.payment_intent.latest_charge', 'data.line_items'],
    });
    expect(page.data[0]?.payment_intent).toMatchObject({ latest_charge: { object: 'charge' } });
    expect(page.data[0]?.line_items?.data).toHaveLength(1);
    for (const expand of ['payment_intent', 'data.metadata', 'data.nothing']) {
      const error = await stripeError(stripe.checkout.sessions.list({ expand: [expand] }));
      expect(error.message).toBe(`This property cannot be expanded (${expand}).`);
    }
  });
});
