import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  until,
  WEBHOOK_SECRET,
} from './test-rig.ts';

let receiver: Receiver;
let standIn: StripeStandIn;
let stripe: Stripe;
const bornMs = Date.parse('2026-11-01T12:00:00Z');
let nowMs = bornMs;
beforeAll(async () => {
  receiver = await startReceiver();
  const endpoints = [{ url: receiver.url, secret: WEBHOOK_SECRET, events: ['billing' as const] }];
  standIn = await startForTest({ endpoints, clock: () => nowMs });
  stripe = sdk(standIn);
});
afterAll(async () => {
  await standIn.stop();
  await receiver.stop();
});

const metadata = { shop_id: 'aurora' };
const EXPAND = ['latest_invoice.confirmation_secret', 'latest_invoice.payments'];

async function priceOf(unit_amount: number): Promise<string> {
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount,
    recurring: { interval: 'month' },
    product_data: { name: 'Coffee' },
  });
  return price.id;
}

/** A monthly subscription of 10.00 EUR, its first payment for the buyer to confirm. */
async function begun(params: Stripe.SubscriptionCreateParams = {}): Promise<Stripe.Subscription> {
  const customer = await stripe.customers.create({ metadata });
  return stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: await priceOf(1_000) }],
    payment_behavior: 'default_incomplete',
    metadata,
    expand: EXPAND,
    ...params,
  });
}

async function active(params: Stripe.SubscriptionCreateParams = {}): Promise<Stripe.Subscription> {
  const subscription = await begun({ ...params, expand: [] });
  await pay(String(subscription.latest_invoice), 'paid');
  return stripe.subscriptions.retrieve(subscription.id);
}

const pay = (id: string, outcome: string) =>
  control(standIn, 'POST', `invoices/${id}/pay`, { outcome });
const cycle = (id: string, outcome: string) =>
  control(standIn, 'POST', `subscriptions/${id}/cycle`, { outcome });
const periodOf = ({ items }: Stripe.Subscription): [string, string] => {
  const { current_period_start: start, current_period_end: end } = items.data[0] ?? expect.fail();
  return [start, end].map((at) => new Date(at * 1_000).toISOString().slice(0, 10)) as [
    string,
    string,
  ];
};

/** The types of what was delivered about a subscription and its invoices, in their order. */
async function toldOf(id: string, count: number): Promise<string[]> {
  const mine = () =>
    receiver.received
      .map(({ event }) => event)
      .filter(({ data: { object } }) => JSON.stringify(object).includes(id));
  await until(`${count} events of ${id}`, () => mine().length >= count);
  return mine().map(({ type }) => type);
}

describe('a subscription', () => {
  test('waits for its first payment, which the buyer confirms by the latest invoice', async () => {
    const subscription = await begun();
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(subscription).toMatchObject({ status: 'incomplete', currency: 'eur', metadata });
    expect(periodOf(subscription)).toEqual(['2026-11-01', '2026-12-01']);
    expect(invoice).toMatchObject({
      status: 'open',
      amount_due: 1_000,
      billing_reason: 'subscription_create',
      confirmation_secret: { client_secret: expect.stringMatching(/^pi_\w+_secret_/) },
      parent: { subscription_details: { subscription: subscription.id, metadata } },
    });
    const [payment] = invoice.payments?.data ?? [];
    expect(payment).toMatchObject({ status: 'open', payment: { type: 'payment_intent' } });
    await pay(invoice.id, 'paid');
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'active',
    });
    const intent = await stripe.paymentIntents.retrieve(String(payment?.payment.payment_intent));
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1_000, metadata: {} });
    expect(await toldOf(subscription.id, 6)).toEqual([
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
    ]);
    const { data } = await stripe.invoicePayments.list({ invoice: invoice.id });
    expect(data).toMatchObject([{ status: 'paid', amount_paid: 1_000 }]);
  });

  test('has neither payments nor a secret in its invoice unless they are asked for', async () => {
    const { latest_invoice } = await begun({ expand: ['latest_invoice'] });
    expect(latest_invoice).not.toHaveProperty('payments');
    expect(latest_invoice).not.toHaveProperty('confirmation_secret');
  });

  test('that nobody pays in 23 hours has expired, and its invoice is void', async () => {
    const subscription = await begun({ expand: [] });
    nowMs += 23 * 3_600_000 + 1;
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'incomplete_expired',
    });
    const invoice = await stripe.invoices.retrieve(String(subscription.latest_invoice));
    expect(invoice.status).toBe('void');
    nowMs = bornMs;
  });

  test('moves on by the control API: paid it stays active, unpaid it is past due until it pays', async () => {
    const { id } = await active();
    await cycle(id, 'paid');
    const second = await stripe.subscriptions.retrieve(id);
    expect(second.status).toBe('active');
    expect(periodOf(second)).toEqual(['2026-12-01', '2027-01-01']);
    await cycle(id, 'failed');
    const third = await stripe.subscriptions.retrieve(id);
    expect(third.status).toBe('past_due');
    const unpaid = String(third.latest_invoice);
    expect(await stripe.invoices.retrieve(unpaid)).toMatchObject({
      status: 'open',
      attempt_count: 1,
      billing_reason: 'subscription_cycle',
    });
    expect((await toldOf(id, 16)).slice(6)).toEqual([
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
      'invoice.payment_failed',
      'customer.subscription.updated',
    ]);
    await stripe.invoices.pay(unpaid);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  });

  test('keeps the metadata its invoice was made with, whatever its own becomes', async () => {
    const { id, latest_invoice } = await active();
    await stripe.subscriptions.update(id, { metadata: { shop_id: 'borealis' } });
    const old = await stripe.invoices.retrieve(String(latest_invoice));
    expect(old.parent?.subscription_details?.metadata).toEqual(metadata);
    await cycle(id, 'paid');
    const { latest_invoice: next } = await stripe.subscriptions.retrieve(id, {
      expand: ['latest_invoice'],
    });
    expect(next).toMatchObject({
      parent: { subscription_details: { metadata: { shop_id: 'borealis' } } },
    });
  });

  test('with a trial costs nothing, says that the trial ends, and is billed after it', async () => {
    const subscription = await begun({ trial_period_days: 14 });
    expect(subscription).toMatchObject({ status: 'trialing', latest_invoice: { status: 'paid' } });
    await cycle(subscription.id, 'paid');
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect((await toldOf(subscription.id, 9)).slice(4, 9)).toEqual([
      'invoice.payment_succeeded',
      'customer.subscription.trial_will_end',
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
    ]);
  });

  test('whose trial ends without a payment method pauses where it was told to, and resumes', async () => {
    const { id } = await begun({
      trial_period_days: 1,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    });
    await cycle(id, 'paid');
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('paused');
    expect((await stripe.subscriptions.resume(id)).status).toBe('active');
    const told = await toldOf(id, 13);
    expect(told).toContain('customer.subscription.paused');
    expect(told).toContain('customer.subscription.resumed');
  });
});

describe('a change', () => {
  test('of price brings what is left of the period to the next invoice', async () => {
    const subscription = await active();
    const price = await priceOf(3_000);
    nowMs += 15 * 86_400_000;
    const changed = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? '', price }],
    });
    expect(changed.items.data).toMatchObject([{ price: { id: price } }]);
    await cycle(subscription.id, 'paid');
    const { latest_invoice } = await stripe.subscriptions.retrieve(subscription.id, {
      expand: ['latest_invoice'],
    });
    const invoice = latest_invoice as Stripe.Invoice;
    expect(invoice.lines.data.map(({ amount }) => amount)).toEqual([1_500, -500, 3_000]);
    expect(invoice).toMatchObject({ total: 4_000, status: 'paid' });
    nowMs = bornMs;
  });

  test('may be invoiced at once, or cost nothing; a credit is kept on the customer', async () => {
    const free = await active();
    const item = { id: free.items.data[0]?.id ?? '', quantity: 2 };
    await stripe.subscriptions.update(free.id, { items: [item], proration_behavior: 'none' });
    const { data } = await stripe.invoices.list({ subscription: free.id });
    expect(data).toHaveLength(1);
    const down = await stripe.subscriptions.update(free.id, {
      items: [{ ...item, quantity: 1 }],
      proration_behavior: 'always_invoice',
      expand: ['latest_invoice', 'customer'],
    });
    expect(down.latest_invoice).toMatchObject({
      billing_reason: 'subscription_update',
      total: -1_000,
      amount_due: 0,
      status: 'paid',
    });
    expect(down.customer).toMatchObject({ balance: -1_000 });
  });

  test('to end with the period is taken back, or ends it', async () => {
    const { id } = await active();
    const ending = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({ status: 'active', cancel_at_period_end: true });
    const kept = await stripe.subscriptions.update(id, { cancel_at_period_end: false });
    expect(kept).toMatchObject({ cancel_at: null, canceled_at: null });
    await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await cycle(id, 'paid');
    const ended = await stripe.subscriptions.retrieve(id);
    expect(ended).toMatchObject({ status: 'canceled', ended_at: expect.any(Number) });
    expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
  });

  test.each([
    ['void', 'void'],
    ['keep_as_draft', 'draft'],
    ['mark_uncollectible', 'uncollectible'],
  ] as const)(
    'that pauses collection as %s leaves the next invoice %s',
    async (behavior, status) => {
      const { id } = await active();
      await stripe.subscriptions.update(id, { pause_collection: { behavior } });
      await cycle(id, 'paid');
      const paused = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
      expect(paused).toMatchObject({ status: 'active', latest_invoice: { status } });
      const resumed = await stripe.subscriptions.update(id, { pause_collection: '' });
      expect(resumed.pause_collection).toBeNull();
    },
  );

  test('of what has ended is refused, and a second cancellation finds nothing', async () => {
    const { id } = await active();
    expect(await stripe.subscriptions.cancel(id)).toMatchObject({ status: 'canceled' });
    const change = await stripeError(stripe.subscriptions.update(id, { description: 'x' }));
    expect(change).toMatchObject({
      statusCode: 400,
      code: 'invalid_canceled_subscription_fields',
    });
    expect((await stripeError(stripe.subscriptions.cancel(id))).statusCode).toBe(404);
    expect((await stripe.subscriptions.list({ status: 'canceled' })).data[0]?.id).toBe(id);
  });
});

describe('an invoice', () => {
  test('that is given up may still be paid; a void one may not', async () => {
    const { id } = await active();
    await cycle(id, 'failed');
    const { latest_invoice } = await stripe.subscriptions.retrieve(id);
    const open = String(latest_invoice);
    expect((await stripe.invoices.markUncollectible(open)).status).toBe('uncollectible');
    expect((await stripe.invoices.pay(open)).status).toBe('paid');
    expect((await stripeError(stripe.invoices.voidInvoice(open))).statusCode).toBe(400);
    await cycle(id, 'failed');
    const next = String((await stripe.subscriptions.retrieve(id)).latest_invoice);
    expect((await stripe.invoices.voidInvoice(next)).status).toBe('void');
    expect((await stripeError(stripe.invoices.pay(next))).statusCode).toBe(400);
    const [payment] = (await stripe.invoicePayments.list({ invoice: next })).data;
    expect(payment?.status).toBe('canceled');
  });

  test('of a method that is always declined is answered 402, and nothing is begun where that was asked', async () => {
    const customer = await stripe.customers.create({});
    const declined = await stripeError(
      stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: await priceOf(500) }],
        default_payment_method: 'pm_card_chargeCustomerFail',
        payment_behavior: 'error_if_incomplete',
      }),
    );
    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([]);
  });
});

describe('what is asked for', () => {
  test.each<[string, Stripe.SubscriptionCreateParams, string | undefined]>([
    ['no such customer', { customer: 'cus_none' }, 'resource_missing'],
    ['no such price', { items: [{ price: 'price_none' }] }, 'resource_missing'],
    ['no payment method to charge', { payment_behavior: 'allow_incomplete' }, 'resource_missing'],
    ['what is not there', { application_fee_percent: 1 }, undefined],
  ])('with %s is refused', async (_, params, code) => {
    expect(await stripeError(begun(params))).toMatchObject({ statusCode: 400, code });
  });

  test('with one key is one subscription, however often it is asked', async () => {
    const customer = await stripe.customers.create({});
    const params: Stripe.SubscriptionCreateParams = {
      customer: customer.id,
      items: [{ price: await priceOf(900) }],
      payment_behavior: 'default_incomplete',
    };
    const options = { idempotencyKey: 'subscribe-1' };
    const first = await stripe.subscriptions.create(params, options);
    expect((await stripe.subscriptions.create(params, options)).id).toBe(first.id);
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toHaveLength(1);
  });

  test('is there after a restart, with what it had', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'stripe-stand-in-'));
    const before = await startForTest({ dataDir });
    const { id: customer } = await sdk(before).customers.create({});
    const price = await sdk(before).prices.create({
      currency: 'eur',
      unit_amount: 700,
      recurring: { interval: 'week' },
      product_data: { name: 'Tea' },
    });
    const { id } = await sdk(before).subscriptions.create({
      customer,
      items: [{ price: price.id }],
      payment_behavior: 'default_incomplete',
    });
    const asBefore = await sdk(before).subscriptions.retrieve(id, { expand: EXPAND });
    await before.stop();
    const after = await startForTest({ dataDir });
    expect(await sdk(after).subscriptions.retrieve(id, { expand: EXPAND })).toEqual(asBefore);
    await after.stop();
    rmSync(dataDir, { recursive: true });
  });
});

test('a customer that is deleted takes its subscriptions along, and is told of with what it was', async () => {
  const { id, customer } = await active();
  expect(await stripe.customers.del(String(customer))).toMatchObject({ deleted: true });
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled');
  expect(await stripe.customers.retrieve(String(customer))).toMatchObject({ deleted: true });
  await until('the news', () =>
    receiver.received.some(
      ({ event }) =>
        event.type === 'customer.deleted' &&
        event.data.object.id === customer &&
        event.data.object.metadata.shop_id === 'aurora',
    ),
  );
});
