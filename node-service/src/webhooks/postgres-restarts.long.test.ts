/** Postgres is stopped, killed and started again under a stream of events: none is lost, none counts twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import { type OwnPostgres, startOwnPostgres } from '../testing/own-postgres.ts';
import { insist, newCheckout } from '../testing/patient-buyer.ts';
import { type Ledger, openLedger, stripesBooks } from '../testing/pipeline.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

const ORDERS = 40;
const SUBSCRIPTIONS = 20;

let postgres: OwnPostgres;
let service: ProcessService;
let invariants: Invariants;
let ledger: Ledger;
let stripe: Stripe;
beforeAll(async () => {
  postgres = await startOwnPostgres({ durable: true });
  service = await startProcessService({}, { database: postgres.database });
  invariants = await watchInvariants(service);
  ledger = openLedger(postgres.database.adminUrl);
  stripe = new Stripe(service.env.STRIPE_SECRET_KEY ?? '', {
    host: '127.0.0.1',
    port: service.standIn.port,
    protocol: 'http',
    telemetry: false,
  });
  await Promise.all([service.start('service'), service.start('jobs')]);
});
afterAll(async () => {
  await ledger?.close();
  await service?.stop();
  await postgres?.end();
});

/** Stripe goes on, whatever becomes of us: a payment, a subscription, one after the other. */
async function stream(sessions: readonly string[], isOver: () => boolean): Promise<void> {
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount: 1_000,
    recurring: { interval: 'month' },
    product_data: { name: 'Coffee' },
  });
  const metadata = { shop_id: 'aurora' };
  for (let index = 0; index < Math.max(ORDERS, SUBSCRIPTIONS) || !isOver(); index += 1) {
    const session = sessions[index];
    if (session !== undefined) await service.pay(session, 'succeeded');
    if (index < SUBSCRIPTIONS) {
      const customer = await stripe.customers.create({ metadata });
      const { id, latest_invoice } = await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: price.id }],
        payment_behavior: 'default_incomplete',
        metadata,
      });
      await service.standInControl('POST', `/invoices/${latest_invoice}/pay`, { outcome: 'paid' });
      const outcome = index % 3 === 0 ? 'failed' : 'paid';
      await service.standInControl('POST', `/subscriptions/${id}/cycle`, { outcome });
    }
    await sleep(50);
  }
}

test('every event that was acknowledged is finished, and money, stock and billing are what Stripe says', async () => {
  const opened = await Promise.all(
    Array.from({ length: ORDERS }, async () => (await insist(service, newCheckout())).body),
  );
  const faults = [
    { fault: 'duplicate', probability: 0.3, seed: 1 },
    { fault: 'reorder', probability: 0.5, delayMs: 1_000, seed: 2 },
    { fault: 'twin', probability: 0.1, seed: 3 },
  ];
  for (const fault of faults) await service.standInControl('POST', '/delivery-faults', fault);
  let isOver = false;
  const streaming = stream(
    opened.map(({ checkoutSessionId }) => checkoutSessionId),
    () => isOver,
  );
  for (const end of [postgres.stop, postgres.kill, postgres.stop]) {
    await sleep(1_500);
    await end();
    await sleep(1_500);
    await postgres.start();
  }
  isOver = true;
  await streaming;
  expect(await invariants.atRest(120_000)).toEqual([]);
  const acknowledged = await stripe.events
    .list({ delivery_success: true, limit: 100 })
    .autoPagingToArray({ limit: 10_000 });
  const inbox = await service.rows<{ stripe_event_id: string }>(
    'select stripe_event_id from webhook_inbox where finished_at is not null',
  );
  const finished = new Set(inbox.map(({ stripe_event_id: id }) => id));
  const sent = acknowledged.filter(({ type }) => isSent(type));
  expect(sent.length).toBeGreaterThan(ORDERS + SUBSCRIPTIONS);
  expect(sent.filter(({ id }) => !finished.has(id)).map(({ type }) => type)).toEqual([]);
  expect(await ledger.faults()).toEqual([]);
  expect(await ledger.books()).toEqual(await stripesBooks(stripe));
});

/** Events that no endpoint is told of count as delivered, too. */
function isSent(type: string): boolean {
  return type !== 'charge.failed' && type !== 'charge.pending';
}
