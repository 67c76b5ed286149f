/** A process dies between a payment and its confirmation, at every step. The order is confirmed once. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KillStep } from '../platform/kill-point.ts';
import { eventually } from '../testing/eventually.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import { type Checkout, insist, newCheckout, ordersOf } from '../testing/patient-buyer.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

let service: ProcessService;
let invariants: Invariants;
beforeAll(async () => {
  service = await startProcessService();
  invariants = await watchInvariants(service);
  await Promise.all([service.start('service'), service.start('jobs')]);
});
afterAll(() => service.stop());

/** An open checkout; its buyer has the session. */
async function open(): Promise<{ checkout: Checkout; sessionId: string }> {
  const checkout = newCheckout();
  const reply = await insist(service, checkout);
  expect(reply.status).toBe(201);
  return { checkout, sessionId: reply.body.checkoutSessionId };
}

async function untilSold(checkout: Checkout, timeoutMs?: number): Promise<void> {
  await eventually(async () => {
    const [order] = await ordersOf(service, checkout);
    return order?.hold_state === 'committed' || undefined;
  }, timeoutMs);
}

test('the service is away when the buyer pays: the order is confirmed once it is back', async () => {
  const { checkout, sessionId } = await open();
  await service.kill('service');
  await service.pay(sessionId, 'succeeded');
  await service.start('service');
  await untilSold(checkout);
  expect(await invariants.atRest()).toEqual([]);
});

test.each(['webhook.before_received', 'webhook.after_received'] as const)(
  'the service dies at %s: Stripe sends the event again, and the order is confirmed once',
  async (step) => {
    const { checkout, sessionId } = await open();
    await service.restart('service', { KILL_AT: step });
    await service.pay(sessionId, 'succeeded');
    await service.died('service');
    await service.start('service');
    await untilSold(checkout);
    expect(await invariants.atRest()).toEqual([]);
  },
);

test.each<KillStep>([
  'webhook.after_facts',
  'allocator.before_commit',
  'settle.after_allocation',
  'webhook.before_finished',
])('the worker dies at %s: the next one confirms the order, once', async (step) => {
  const { checkout, sessionId } = await open();
  await service.restart('jobs', { KILL_AT: step });
  await service.pay(sessionId, 'succeeded');
  await service.died('jobs');
  await service.showWorkers('dead');
  await service.start('jobs');
  await untilSold(checkout);
  expect(await invariants.atRest()).toEqual([]);
});

test('a worker that died before its first heartbeat is found dead too', async () => {
  const { checkout, sessionId } = await open();
  await service.restart('jobs', { KILL_AT: 'webhook.after_facts' });
  await service.pay(sessionId, 'succeeded');
  await service.died('jobs');
  await service.rows('delete from job_worker');
  await service.rows(
    `update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_at is not null`,
  );
  await service.start('jobs');
  await untilSold(checkout);
  expect(await invariants.atRest()).toEqual([]);
});

test('a worker that is killed in the middle of an event is found dead by the other within 20 s, which confirms the order', async () => {
  const { checkout, sessionId } = await open();
  const admin = new pg.Client({ connectionString: service.database.adminUrl });
  await admin.connect();
  try {
    await admin.query('begin');
    await admin.query('select from sales_order where email = $1 for update', [checkout.email]);
    await service.pay(sessionId, 'succeeded');
    await eventually(async () => {
      const locked = await service.rows(
        `select from graphile_worker.jobs where task_identifier = 'process_stripe_event' and locked_at is not null`,
      );
      return locked.length > 0 || undefined;
    });
    await service.kill('jobs');
  } finally {
    await admin.end();
  }
  await service.start('otherJobs');
  await untilSold(checkout, 22_000);
  expect(await invariants.atRest()).toEqual([]);
  await service.kill('otherJobs');
});
