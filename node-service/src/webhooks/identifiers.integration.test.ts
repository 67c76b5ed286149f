/** The table of identifiers, held against the events that the Stripe stand-in sends of a shop's whole life. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StripeStandIn } from '../../../local/stripe-stand-in/server.ts';
import { control, sdk, startForTest, teeSession } from '../../../local/stripe-stand-in/test-rig.ts';
import { eventually } from '../testing/eventually.ts';
import { type EventTypeOfShops, identifiersOf, mustHaveShop } from './identifiers.rules.ts';

let standIn: StripeStandIn;
let stripe: Stripe;
beforeAll(async () => {
  standIn = await startForTest();
  stripe = sdk(standIn);
});
afterAll(() => standIn.stop());

const metadata = { shop_id: 'aurora' };
const act = async (path: string, body: object = {}): Promise<void> => {
  const { status, body: answer } = await control(standIn, 'POST', path, body);
  expect([path, status, answer]).toEqual([
    path,
    expect.toSatisfy((code) => code < 300 || code === 402),
    answer,
  ]);
};

/** What a shop makes, and so knows from the first: `objectType id` of each. */
async function live(): Promise<string[]> {
  const paid = await stripe.checkout.sessions.create(teeSession());
  await act(`sessions/${paid.id}/pay`, { outcome: 'declined' });
  await act(`sessions/${paid.id}/pay`, { outcome: 'succeeded' });
  const late = await stripe.checkout.sessions.create(teeSession());
  await act(`sessions/${late.id}/pay`, { outcome: 'processing' });
  await act(`sessions/${late.id}/settle`, { outcome: 'failed' });
  const slow = await stripe.checkout.sessions.create(teeSession());
  await act(`sessions/${slow.id}/pay`, { outcome: 'processing' });
  await act(`sessions/${slow.id}/settle`, { outcome: 'succeeded' });
  const left = await stripe.checkout.sessions.create(teeSession());
  await stripe.checkout.sessions.expire(left.id);
  const { data: charges } = await stripe.charges.list({ limit: 100 });
  const [contested, given] = charges.filter((charge) => charge.paid);
  // Made by a person in the dashboard: neither has metadata of ours.
  const refund = await stripe.refunds.create({ charge: given?.id ?? '' });
  await act(`refunds/${refund.id}/settle`, { outcome: 'failed' });
  await act(`charges/${contested?.id}/dispute`, {});
  const { data: disputes } = await stripe.disputes.list();
  await act(`disputes/${disputes[0]?.id}/close`, { outcome: 'won' });
  return [paid, late, slow, left].map(({ id }) => `checkout.session ${id}`);
}

async function subscribe(): Promise<string[]> {
  const customer = await stripe.customers.create({ metadata });
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount: 1_000,
    recurring: { interval: 'month' },
    product_data: { name: 'Coffee' },
  });
  const begun = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    payment_behavior: 'default_incomplete',
    metadata,
  });
  await act(`invoices/${begun.latest_invoice}/pay`, { outcome: 'paid' });
  await act(`subscriptions/${begun.id}/cycle`, { outcome: 'paid' });
  await act(`subscriptions/${begun.id}/cycle`, { outcome: 'failed' });
  const failing = await stripe.subscriptions.retrieve(begun.id);
  await stripe.invoices.voidInvoice(String(failing.latest_invoice));
  await stripe.subscriptions.cancel(begun.id);
  await stripe.customers.update(customer.id, { email: 'buyer@example.com' });
  return [`customer ${customer.id}`, `subscription ${begun.id}`];
}

async function told(): Promise<Stripe.Event[]> {
  const events: Stripe.Event[] = [];
  for await (const event of stripe.events.list({ limit: 100 })) events.push(event);
  return events.reverse();
}

test('every event is the shop’s by its metadata, or by an object that the shop made or an earlier event named, or its customer', async () => {
  const known = new Set([...(await live()), ...(await subscribe())]);
  // A charge is booked, and updated, a moment after it succeeded.
  await eventually(async () =>
    (await told()).filter(({ type }) => type === 'charge.updated').length >= 2 ? true : undefined,
  );
  const events = (await told()).filter(({ type }) => mustHaveShop(type));
  const lost: string[] = [];
  for (const event of events) {
    const { objects, metadataShopIds, customerId } = identifiersOf(event);
    const names = objects.map(({ objectType, stripeId }) => `${objectType} ${stripeId}`);
    // The payment of an invoice is made before anything names both, and has no metadata.
    const isCustomers = customerId !== null && known.has(`customer ${customerId}`);
    const isNamed = metadataShopIds.includes('aurora') || names.some((name) => known.has(name));
    if (!isNamed && !isCustomers) lost.push(event.type);
    for (const name of names) known.add(name);
  }
  expect(lost).toEqual([]);
  const types = new Set(events.map(({ type }) => type));
  const expected: readonly EventTypeOfShops[] = [
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'checkout.session.expired',
    'payment_intent.succeeded',
    'payment_intent.payment_failed',
    'charge.succeeded',
    'charge.failed',
    'charge.refunded',
    'charge.updated',
    'charge.dispute.created',
    'charge.dispute.closed',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.funds_reinstated',
    'refund.created',
    'refund.failed',
    'customer.created',
    'customer.updated',
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
    'invoice.created',
    'invoice.finalized',
    'invoice.paid',
    'invoice.payment_failed',
    'invoice.voided',
    'invoice_payment.paid',
  ];
  expect(expected.filter((type) => !types.has(type))).toEqual([]);
});
