/** A process dies between any two steps that an event takes, of whatever kind it is. Nothing is lost, nothing happens twice. */
import { createServer } from 'node:http';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KillStep } from '../platform/kill-point.ts';
import { eventually } from '../testing/eventually.ts';
import { listen } from '../testing/gateway.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import { insist, newCheckout } from '../testing/patient-buyer.ts';
import { type Ledger, openLedger, stripesBooks } from '../testing/pipeline.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

type Heard = { readonly key: string; readonly body: string };

const heard: Heard[] = [];
const sink = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const key = String(request.headers['idempotency-key']);
    heard.push({ key, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(204).end();
  });
});

let service: ProcessService;
let invariants: Invariants;
let ledger: Ledger;
let stripe: Stripe;
let priceId: string;
beforeAll(async () => {
  const ALERT_WEBHOOK_URL = `http://127.0.0.1:${await listen(sink)}/`;
  service = await startProcessService({ ALERT_WEBHOOK_URL, ALERT_QUIET_SECONDS: '1' });
  invariants = await watchInvariants(service);
  ledger = openLedger(service.database.adminUrl);
  stripe = new Stripe(service.env.STRIPE_SECRET_KEY ?? '', {
    host: '127.0.0.1',
    port: service.standIn.port,
    protocol: 'http',
    telemetry: false,
  });
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount: 1_000,
    recurring: { interval: 'month' },
    product_data: { name: 'Coffee' },
  });
  priceId = price.id;
  await Promise.all([service.start('service'), service.start('jobs')]);
});
afterAll(async () => {
  await ledger?.close();
  await service?.stop();
  sink.closeAllConnections();
  sink.close();
});

const metadata = { shop_id: 'aurora' };

async function subscribe(
  customer?: Stripe.CustomerCreateParams,
): Promise<{ id: string; invoice: string; customer: string }> {
  const { id: customerId } = await stripe.customers.create(customer ?? { metadata });
  const { id, latest_invoice } = await stripe.subscriptions.create({
    customer: customerId,
    items: [{ price: priceId }],
    payment_behavior: 'default_incomplete',
    metadata,
  });
  return { id, invoice: String(latest_invoice), customer: customerId };
}

const payInvoice = (id: string) =>
  service.standInControl('POST', `/invoices/${id}/pay`, { outcome: 'paid' });

/** Waits until orders, stock, money and billing are what Stripe says they are. */
async function atRest(): Promise<void> {
  expect(await invariants.atRest(60_000)).toEqual([]);
  expect(await ledger.faults()).toEqual([]);
  expect(await ledger.books()).toEqual(await stripesBooks(stripe));
}

async function restartJobs(): Promise<void> {
  await service.died('jobs');
  await service.showWorkers('dead');
  await service.start('jobs');
}

test.each<KillStep>(['webhook.before_received', 'webhook.after_received'])(
  'the service dies at %s with many events at once: each is received once, by either door',
  async (step) => {
    const opened = await Promise.all(
      Array.from({ length: 8 }, async () => (await insist(service, newCheckout())).body),
    );
    await service.standInControl('POST', '/webhooks/pause');
    await service.standInControl('POST', '/delivery-faults', { fault: 'duplicate' });
    await Promise.all(
      opened.map(({ checkoutSessionId }) => service.pay(checkoutSessionId, 'succeeded')),
    );
    const begun = await Promise.all(Array.from({ length: 4 }, () => subscribe()));
    await Promise.all(begun.map(({ invoice }) => payInvoice(invoice)));
    await service.standInControl('DELETE', '/delivery-faults');
    await service.restart('service', { KILL_AT: step });
    await service.standInControl('POST', '/webhooks/resume');
    await service.died('service');
    await service.start('service');
    await atRest();
  },
);

test.each<KillStep>(['webhook.after_facts', 'webhook.before_finished'])(
  'the worker dies at %s with an event of billing: what it says is written down once',
  async (step) => {
    await service.restart('jobs', { KILL_AT: step });
    const { invoice } = await subscribe();
    await payInvoice(invoice);
    await restartJobs();
    await atRest();
  },
);

test('the worker dies when Stripe has told which of two changes of one second holds: it is asked again', async () => {
  const { id, invoice } = await subscribe();
  await payInvoice(invoice);
  await atRest();
  await service.restart('jobs', { KILL_AT: 'billing.after_stripe' });
  // So many, so fast, that two of them are of one second.
  for (const cancel_at_period_end of [true, false, true, false, true, false, true])
    await stripe.subscriptions.update(id, { cancel_at_period_end });
  await restartJobs();
  await atRest();
  const [row] = await service.rows<{ cancel_at_period_end: boolean }>(
    'select cancel_at_period_end from subscription where stripe_subscription_id = $1',
    [id],
  );
  expect(row?.cancel_at_period_end).toBe(true);
});

test('the worker dies as a waiting event gets its shop: the event is applied, once', async () => {
  await service.restart('jobs', { KILL_AT: 'webhook.before_resolved' });
  const { customer } = await subscribe({});
  await restartJobs();
  await atRest();
  const rows = await service.rows(
    'select shop_id, is_deleted from customer where stripe_customer_id = $1',
    [customer],
  );
  expect(rows).toEqual([{ shop_id: 'aurora', is_deleted: false }]);
});

/** A customer of nobody, whose event has waited for more than a minute. */
async function nobodysCustomer(): Promise<string> {
  // An alert that is being told is nobody else's for a while.
  await eventually(async () => {
    const telling = await service.rows('select 1 from alert where sending is not null');
    return telling.length === 0 || undefined;
  }, 60_000);
  await service.kill('jobs');
  const { id } = await stripe.customers.create({});
  return eventually(async () => {
    const [row] = await service.rows<{ stripe_event_id: string }>(
      `update webhook_inbox set received_at = now() - interval '2 minutes', looks = 100
        where event_type = 'customer.created' and payload->'data'->'object'->>'id' = $1
        returning stripe_event_id`,
      [id],
    );
    return row?.stripe_event_id;
  });
}

const lettersOf = (event: string) =>
  service.rows<{ state: string; reason: string; occurrences: number; has_payload: boolean }>(
    `select state, reason, occurrences, payload->>'id' = reference as has_payload from dead_letter where reference = $1`,
    [event],
  );

test('the worker dies as it gives an event up: there is one dead letter, and one alert of it', async () => {
  const event = await nobodysCustomer();
  await service.start('jobs', { KILL_AT: 'webhook.before_resolved' });
  await service.died('jobs');
  expect(await lettersOf(event)).toEqual([]);
  await service.start('jobs');
  await eventually(async () => (await lettersOf(event)).length > 0 || undefined, 30_000);
  expect(await lettersOf(event)).toEqual([
    { state: 'open', reason: 'unresolved_tenant', occurrences: 1, has_payload: true },
  ]);
  const told = () => heard.filter(({ body }) => body.includes(event));
  await eventually(async () => told().length > 0 || undefined, 30_000);
});

test('the worker dies when the sink has an alert and nothing says so: the sink hears the same again, under its key', async () => {
  const event = await nobodysCustomer();
  await service.start('jobs', { KILL_AT: 'alert.after_post' });
  await service.died('jobs');
  const told = () => heard.filter(({ body }) => body.includes(event));
  expect(told()).toHaveLength(1);
  await service.start('jobs');
  await eventually(async () => told().length > 1 || undefined, 60_000);
  expect(told()[1]).toEqual(told()[0]);
});
