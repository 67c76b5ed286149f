/** Webhooks: nothing forged is believed, nothing genuine is lost, and none touches a shop that it does not belong to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';
import {
  createStripeEvents,
  type Fields,
  newEvent,
  type StripeEvent,
  type StripeEvents,
} from '../testing/stripe-events.ts';

const NEXT_SECRET = 'whsec_that_comes_next';
const LIMIT_BYTES = 524_288;

let service: TestService;
let buyer: Buyer;
let stripe: StripeEvents;
beforeAll(async () => {
  const env = {
    STRIPE_WEBHOOK_SECRETS: `whsec_of_the_tests,${NEXT_SECRET}`,
    STRIPE_BILLING_WEBHOOK_SECRETS: `whsec_billing,${NEXT_SECRET}`,
  };
  service = await startService({ env });
  buyer = createBuyer(service);
  stripe = createStripeEvents(service);
  // The events of these tests are their own: the stand-in's would say the same a moment later.
  await service.standInControl('POST', '/webhooks/pause');
});
afterAll(() => service.stop());

describe('a delivery', () => {
  const genuine = (): StripeEvent =>
    newEvent('customer.created', { object: 'customer', id: 'cus_1' });
  test.each<[string, () => Promise<Reply>, number, string]>([
    [
      'forged',
      () => stripe.deliver(genuine(), { secret: 'whsec_guessed' }),
      400,
      'webhook_signature_invalid',
    ],
    [
      'without a signature',
      () => stripe.deliver(genuine(), {}, { headers: { 'content-type': 'application/json' } }),
      400,
      'webhook_signature_invalid',
    ],
    [
      'signed six minutes ago',
      () => stripe.deliver(genuine(), { ageSeconds: 360 }),
      400,
      'webhook_signature_invalid',
    ],
    [
      'signed in six minutes',
      () => stripe.deliver(genuine(), { ageSeconds: -360 }),
      400,
      'webhook_signature_invalid',
    ],
    [
      'that the gateway did not pass on',
      () => stripe.deliver(genuine(), {}, { signature: null }),
      401,
      'gateway_signature_invalid',
    ],
    [
      'with a garbled signature',
      () =>
        stripe.deliver(
          genuine(),
          {},
          {
            headers: { 'stripe-signature': 't=now;v1=,,=', 'content-type': 'application/json' },
          },
        ),
      400,
      'webhook_signature_invalid',
    ],
    [
      'of the second API, which says only that something happened',
      () =>
        stripe.deliver({
          id: 'evt_thin',
          object: 'v2.core.event',
          type: 'v1.billing.meter.error_report_triggered',
          livemode: false,
        }),
      400,
      'malformed_request',
    ],
    [
      'signed for the other endpoint',
      () => stripe.deliver(genuine(), { secret: service.billingWebhookSecret }),
      400,
      'webhook_signature_invalid',
    ],
    ['that is no event', () => stripe.deliver('{"hello":1}'), 400, 'malformed_request'],
    ['of broken JSON', () => stripe.deliver('{"id":'), 400, 'malformed_request'],
    [
      'of over half a mebibyte',
      () => stripe.deliver(' '.repeat(LIMIT_BYTES + 1)),
      413,
      'payload_too_large',
    ],
    [
      'of over half a mebibyte, of billing',
      () => stripe.deliver(' '.repeat(LIMIT_BYTES + 1), { door: 'billing' }),
      413,
      'payload_too_large',
    ],
    [
      'of live mode',
      () =>
        stripe.deliver(newEvent('customer.created', { object: 'customer' }, { livemode: true })),
      422,
      'livemode_mismatch',
    ],
  ])('%s is refused, and leaves nothing', async (_, send, status, code) => {
    const reply = await send();
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(await service.rows('select 1 from webhook_inbox')).toEqual([]);
  });

  test('is accepted under each live secret while one is rotated', async () => {
    for (const secret of [service.webhookSecret, NEXT_SECRET])
      expect((await stripe.deliver(genuine(), { secret })).body).toEqual({ received: true });
    for (const secret of [service.billingWebhookSecret, NEXT_SECRET]) {
      const reply = await stripe.deliver(genuine(), { secret, door: 'billing' });
      expect(reply.body).toEqual({ received: true });
    }
  });

  test('of half a mebibyte to the byte is stored', async () => {
    const text = (padding: string): string =>
      JSON.stringify(newEvent('product.created', { object: 'product', padding }));
    const large = text('x'.repeat(LIMIT_BYTES - text('').length));
    expect([large.length, (await stripe.deliver(large)).status]).toEqual([LIMIT_BYTES, 200]);
  });

  test('with text that no database can hold is stored all the same', async () => {
    const odd = newEvent('customer.created', { object: 'customer', name: 'a\u0000b\ud83d' });
    expect((await stripe.deliver(odd)).status).toBe(200);
    const [row] = await service.rows<{ name: string }>(
      `select payload #>> '{data,object,name}' as name from webhook_inbox where stripe_event_id = $1`,
      [odd.id],
    );
    expect(row?.name).toBe('a\ufffdb\ufffd');
  });
});

describe('an event', () => {
  test('that comes five times at once is one row, one job and one sale', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    const paid = newEvent('checkout.session.completed', await stripe.paidSession(created));
    const replies = await Promise.all([1, 2, 3, 4, 5].map(() => stripe.deliver(paid)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await stripe.untilFinished(paid.id)).toEqual({
      status: 'applied',
      shop_id: 'aurora',
      resolved_by: 'metadata',
      attempts: 1,
    });
    expect((await stripe.deliver(paid)).status).toBe(200);
    await buyer.untilStatus(created, 'confirmed');
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await buyer.transfers(created)).toHaveLength(3);
  });

  test('under two ids, and the intent before its session, is still one payment', async () => {
    const created = await buyer.checkout();
    const session = await stripe.paidSession(created);
    const intent = {
      object: 'payment_intent',
      id: session.payment_intent,
      currency: 'eur',
      amount_received: 7_134,
      metadata: session.metadata,
    };
    const events = [
      newEvent('payment_intent.succeeded', intent),
      newEvent('checkout.session.completed', session),
      newEvent('checkout.session.completed', session),
    ];
    for (const one of events) await stripe.deliver(one);
    for (const { id } of events) expect((await stripe.untilFinished(id)).status).toBe('applied');
    expect((await buyer.status(created)).body.status).toBe('confirmed');
    expect(await buyer.transfers(created)).toHaveLength(3);
  });

  test('of a type that nobody handles is kept and finished at once, whether or not it says whose it is', async () => {
    const odd = newEvent('product.created', { object: 'product', id: 'prod_1', metadata: {} });
    expect((await stripe.deliver(odd)).status).toBe(200);
    expect(await stripe.inbox(odd.id)).toMatchObject({ status: 'ignored', shop_id: null });
  });

  test('of an API version that is not read here is kept for a person, and touches nothing', async () => {
    for (const api_version of ['2019-05-16', null]) {
      const created = await buyer.checkout();
      const session = await stripe.paidSession(created);
      const old = newEvent('checkout.session.completed', session, { api_version });
      expect((await stripe.deliver(old)).status).toBe(200);
      expect(await stripe.untilFinished(old.id)).toMatchObject({ status: 'dead_letter' });
      expect(await stripe.deadLetter(old.id)).toMatchObject({
        shop_id: 'aurora',
        reason: 'unsupported_api_version',
        payload: old,
      });
      expect((await buyer.status(created)).body.status).toBe('processing');
    }
  });

  test("is one event at whichever endpoint it comes: an order's is applied at that of billing too", async () => {
    const created = await buyer.checkout();
    const paid = newEvent('checkout.session.completed', await stripe.paidSession(created));
    expect((await stripe.deliver(paid, { door: 'billing' })).status).toBe(200);
    expect((await stripe.deliver(paid)).status).toBe(200);
    expect((await stripe.untilFinished(paid.id)).status).toBe('applied');
    await buyer.untilStatus(created, 'confirmed');
    expect(
      await service.rows('select endpoint from webhook_inbox where stripe_event_id = $1', [
        paid.id,
      ]),
    ).toEqual([{ endpoint: 'billing' }]);
  });

  test('of a type that is not known is kept and ignored', async () => {
    const created = await buyer.checkout();
    const unknown = newEvent('checkout.session.reincarnated', await stripe.paidSession(created));
    await stripe.deliver(unknown);
    expect(await stripe.untilFinished(unknown.id)).toMatchObject({
      status: 'ignored',
      shop_id: 'aurora',
    });
    expect((await buyer.status(created)).body.status).toBe('processing');
  });
});

describe('an event that does not say whose it is', () => {
  const refund = (id: string): StripeEvent =>
    newEvent('refund.created', { object: 'refund', id: `re_${id}`, payment_intent: `pi_${id}` });

  test("waits, and is its shop's as soon as an object of it is known", async () => {
    const charge = { object: 'charge', id: 'ch_late', payment_intent: 'pi_late' };
    const waiting = newEvent('charge.updated', charge);
    await stripe.deliver(waiting);
    expect(await stripe.inbox(waiting.id)).toMatchObject({ status: 'received', shop_id: null });
    await service.rows(
      `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id) values ('local', 'payment_intent', 'pi_late', 'borealis')`,
    );
    expect(await stripe.untilFinished(waiting.id)).toMatchObject({
      status: 'ignored',
      shop_id: 'borealis',
      resolved_by: 'map',
    });
  });

  test('is a dead letter after a minute of looking, with the whole payload', async () => {
    const lost = refund('lost');
    await stripe.deliver(lost);
    await service.rows(
      `update webhook_inbox set received_at = now() - interval '61 seconds', looks = 100 where stripe_event_id = $1`,
      [lost.id],
    );
    expect(await stripe.untilFinished(lost.id)).toMatchObject({
      status: 'dead_letter',
      shop_id: null,
    });
    expect(await stripe.deadLetter(lost.id)).toEqual({
      shop_id: null,
      reason: 'unresolved_tenant',
      payload: lost,
    });
  });
});

describe('an event that says something else than is known', () => {
  test.each<[string, (session: Fields) => Fields, string]>([
    [
      'another shop than the map',
      (session) => ({ ...session, metadata: { shop_id: 'borealis' } }),
      'contradicting_tenant',
    ],
    [
      'a shop that is not there',
      (session) => ({ ...session, metadata: { shop_id: 'atlantis' } }),
      'contradicting_tenant',
    ],
    [
      'an order that is not there',
      (session) => ({
        ...session,
        id: 'cs_new',
        metadata: { shop_id: 'aurora', order_id: 'ord_none' },
      }),
      'unknown_order',
    ],
    [
      "a session that is not the order's",
      (session) => ({ ...session, id: 'cs_other' }),
      'unknown_order',
    ],
    [
      'an order of another shop',
      (session) => ({
        ...session,
        id: 'cs_theirs',
        metadata: { shop_id: 'borealis', order_id: (session.metadata as Fields).order_id },
      }),
      'unknown_order',
    ],
  ])('(%s) is a dead letter, and touches nothing', async (_, change, reason) => {
    const created = await buyer.checkout();
    const before = await buyer.footprint();
    const odd = newEvent('checkout.session.completed', change(await stripe.paidSession(created)));
    await stripe.deliver(odd);
    expect((await stripe.untilFinished(odd.id)).status).toBe('dead_letter');
    expect(await stripe.deadLetter(odd.id)).toMatchObject({ reason, payload: odd });
    expect((await buyer.status(created)).body.status).toBe('processing');
    const { 'graphile_worker.jobs': _jobs, ...after } = await buyer.footprint();
    expect(before).toMatchObject(after);
  });

  test.each<[string, Fields, number]>([
    ['less', { amount_total: 7_133 }, 7_133],
    ['another currency', { currency: 'usd' }, 7_134],
    ['nothing yet', { amount_total: 7_133, payment_status: 'unpaid' }, 0],
  ])(
    'of money (%s) is for a person: what was truly paid is booked, nothing is sold, earned or given back',
    async (_, change, paid) => {
      const created = await buyer.checkout();
      const before = await buyer.stock();
      const odd = newEvent('checkout.session.completed', await stripe.paidSession(created, change));
      await stripe.deliver(odd);
      await buyer.untilStatus(created, 'needs_attention');
      expect((await buyer.status(created)).body.finalized).toBe(false);
      expect(await buyer.stock()).toEqual(before);
      const booked = paid === 0 ? [] : [['customer_payments', paid]];
      expect(await buyer.transfers(created)).toEqual(booked);
    },
  );

  test('of money, that comes twice, is one sale, an amount to give back, and for a person', async () => {
    const created = await buyer.checkout();
    const before = await buyer.stock();
    const session = await stripe.paidSession(created);
    const { metadata } = session;
    for (const id of ['pi_first', 'pi_second']) {
      const intent = {
        object: 'payment_intent',
        id,
        currency: 'eur',
        amount_received: 7_134,
        metadata,
      };
      await stripe.deliver(
        newEvent('payment_intent.succeeded', { ...intent, client_secret: 'pi_secret' }),
      );
    }
    await buyer.untilStatus(created, 'needs_attention');
    const sold = { onHand: before.onHand - 2, held: before.held - 2 };
    await expect.poll(() => buyer.stock()).toEqual(sold);
    const booked = (await buyer.transfers(created)).map(([account]) => account);
    expect(booked).toEqual([...Array(2).fill('customer_payments'), 'sales_revenue', 'tax_payable']);
    expect(
      await service.rows(`select 1 from webhook_inbox where payload::text like '%pi_secret%'`),
    ).toEqual([]);
  });

  test('of money, told by the intent, is for a person too; and each is counted once', async () => {
    const counted = async (): Promise<number> => {
      const { values } = await service.deps.metrics.needsAttention.get();
      return values.find(({ labels }) => labels.reason === 'amount_mismatch')?.value ?? 0;
    };
    const created = await buyer.checkout();
    const before = await counted();
    const metadata = { shop_id: 'aurora', order_id: created.body.orderId };
    const intent = {
      object: 'payment_intent',
      id: 'pi_odd',
      currency: 'eur',
      amount_received: 1,
      metadata,
    };
    for (const type of Array(2).fill('payment_intent.succeeded')) {
      const odd = newEvent(type, intent);
      await stripe.deliver(odd);
      await stripe.untilFinished(odd.id);
    }
    expect((await buyer.status(created)).body.status).toBe('needs_attention');
    expect(await counted()).toBe(before + 1);
  });
});
