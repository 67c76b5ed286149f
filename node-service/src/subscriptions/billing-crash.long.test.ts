/** A worker dies while it applies an event of billing, at every step: the object is as Stripe has it, its money booked once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KillStep } from '../platform/kill-point.ts';
import { createStripe } from '../platform/stripe/index.ts';
import { stripeSubscription } from '../testing/billing-events.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';
import { createStripeEvents, type Fields, newEvent } from '../testing/stripe-events.ts';

let service: ProcessService;
beforeAll(async () => {
  service = await startProcessService();
  await Promise.all([service.start('service'), service.start('jobs')]);
});
afterAll(() => service.stop());

const metadata = { shop_id: 'aurora' };

async function subscribe(): Promise<string> {
  const stripe = createStripe({
    secretKey: 'sk_test_1',
    apiBase: service.standIn.url,
    timeoutMs: 5_000,
    webhookSecrets: [],
    billingWebhookSecrets: [],
  });
  const customer = await stripe.customers.create({ metadata });
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount: 1_200,
    recurring: { interval: 'month' },
    product_data: { name: 'Tea' },
  });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: 'pm_card_visa',
    metadata,
  });
  return subscription.id;
}

/** How the subscription stands, and what is booked of its invoice. */
async function stateOf(id: string): Promise<unknown> {
  const [row] = await service.rows(
    `select s.status, i.status as invoice,
            (select sum(t.amount_minor)::int from ledger_transfer t join invoice_payment p using (shop_id)
              where p.stripe_invoice_id = i.stripe_invoice_id
                and t.business_fact = 'invoice_payment:' || p.stripe_invoice_payment_id || ':received') as booked
       from subscription s join invoice i on i.shop_id = s.shop_id and i.stripe_subscription_id = s.stripe_subscription_id
      where s.stripe_subscription_id = $1`,
    [id],
  );
  return row;
}

const DONE = { status: 'active', invoice: 'paid', booked: 1_200 };
const PATIENT = { timeout: 30_000 };

test.each<KillStep>(['webhook.after_facts', 'webhook.before_finished'])(
  'the worker dies at %s: the next one ends with the same, booked once',
  async (step) => {
    await service.restart('jobs', { KILL_AT: step });
    const id = await subscribe();
    await service.died('jobs');
    await service.showWorkers('dead');
    await service.start('jobs');
    await expect.poll(() => stateOf(id), PATIENT).toEqual(DONE);
  },
);

test('the worker dies with the answer of Stripe that decides between two events: it is asked again', async () => {
  const events = createStripeEvents(service);
  const id = await subscribe();
  await expect.poll(() => stateOf(id), PATIENT).toEqual(DONE);
  await service.restart('jobs', { KILL_AT: 'billing.after_stripe' });
  const created = Math.floor(Date.now() / 1_000) + 60;
  const told = (['past_due', 'unpaid'] as const).map((status) => {
    const object: unknown = stripeSubscription(id, { metadata, status });
    return newEvent('customer.subscription.updated', object as Fields, { created });
  });
  for (const event of told) await events.deliver(event, { door: 'billing' });
  await service.died('jobs');
  await service.showWorkers('dead');
  await service.start('jobs');
  for (const { id: eventId } of told) {
    const status = async () => (await events.inbox(eventId))?.status;
    await expect.poll(status, PATIENT).toBe('applied');
  }
  expect(await stateOf(id)).toEqual(DONE);
});
