/** Jobs: none without a shop, none lost, whatever becomes of their worker or of the database under all of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enqueue } from '../platform/enqueue.ts';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { type OwnPostgres, startOwnPostgres } from '../testing/own-postgres.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent } from '../testing/stripe-events.ts';

let postgres: OwnPostgres;
let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  postgres = await startOwnPostgres();
  const env = { CLAIM_LEASE_SECONDS: '2', STRIPE_TIMEOUT_MS: '3000' };
  service = await startService({ database: postgres.database, env });
  buyer = createBuyer(service);
});
afterAll(async () => {
  await service.stop();
  await postgres.end();
});

const addJob = (task: string, payload: object): Promise<unknown> =>
  service.rows(`select graphile_worker.add_job($1, $2::json, max_attempts => 1)`, [
    task,
    JSON.stringify(payload),
  ]);
const jobLetter = (task: string): Promise<Record<string, unknown>> =>
  eventually(async () => {
    const [row] = await service.rows(
      `select shop_id, reason, payload from dead_letter where source = 'job' and payload ->> 'task' = $1`,
      [task],
    );
    return row;
  });
const fault = (operation: string, kind: string, options: object = {}): Promise<Reply> =>
  service.standInControl('POST', '/faults', {
    operation: `checkout.sessions.${operation}`,
    fault: kind,
    ...options,
  });
const requested = (operation: string): Promise<true> =>
  eventually(async () => {
    const { requests } = (
      await service.standInControl('GET', `/requests?operation=checkout.sessions.${operation}`)
    ).body;
    return requests.length > 0 ? true : undefined;
  });

/** A running job whose worker waits for a slow Stripe. */
async function slowJob(): Promise<Reply> {
  const created = await buyer.checkout();
  const { orderId } = created.body;
  await fault('expire', 'slow', { delayMs: 1_500, times: 1 });
  const payload = { requestId: 'req_of_test', orderId };
  await service.deps.db.inShop('aurora', (tx) =>
    enqueue(tx, { task: 'expire_checkout', payload, runAt: new Date(), key: null }),
  );
  await eventually(async () => {
    const rows = await service.rows(
      `select 1 from graphile_worker.jobs where locked_by is not null`,
    );
    return rows.length > 0 ? true : undefined;
  });
  return created;
}

describe('a job', () => {
  test('that does not say whose it is does not run: it is a dead letter', async () => {
    await addJob('settle_order', { orderId: 'ord_1' });
    expect(await jobLetter('settle_order')).toMatchObject({
      shop_id: null,
      payload: { task: 'settle_order', payload: { orderId: 'ord_1' } },
    });
  });

  test('that has failed for the last time is a dead letter of its shop', async () => {
    await addJob('process_stripe_event', {
      shopId: 'aurora',
      requestId: 'req_1',
      stripeEventId: 'evt_none',
    });
    expect(await jobLetter('process_stripe_event')).toMatchObject({
      shop_id: 'aurora',
      reason: 'attempts_exhausted',
    });
  });

  test('is locked in a name that its process keeps alive', async () => {
    await slowJob();
    const locked = await service.rows<{ locked_by: string; alive: boolean }>(
      `select locked_by, exists (select from job_worker where worker_id = locked_by) as alive
         from graphile_worker.jobs where locked_by is not null`,
    );
    expect(locked).toMatchObject([{ alive: true }]);
    await eventually(async () => {
      const rows = await service.rows(
        `select 1 from graphile_worker.jobs where locked_by is not null`,
      );
      return rows.length === 0 ? true : undefined;
    });
  });

  test('of a worker that died is done by another', async () => {
    const created = await buyer.checkout();
    const payload = { shopId: 'aurora', requestId: 'req_of_test', orderId: created.body.orderId };
    await service.rows(
      `select graphile_worker.add_job('expire_checkout', $1::json, run_at => now() + interval '1 hour', job_key => 'of_the_dead')`,
      [JSON.stringify(payload)],
    );
    await service.rows(
      `with dead as (insert into job_worker values ('pool-dead', now() - interval '1 minute'))
       update graphile_worker._private_jobs set locked_by = 'pool-dead', locked_at = now(), run_at = now() where key = 'of_the_dead'`,
    );
    await buyer.untilStatus(created, 'expired');
  });
});

describe('while Postgres is away', () => {
  test('every call is 503 and can be repeated; when it is back the same process goes on, jobs too', async () => {
    const before = await buyer.stock();
    const paid = await buyer.checkout();
    const expiring = await slowJob();
    await fault('create', 'slow', { delayMs: 1_000, times: 1 });
    const key = newKey();
    const halfway = buyer.checkout({ key });
    await requested('create');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await postgres.stop();

    const calls: Promise<Reply>[] = [
      halfway,
      buyer.checkout(),
      buyer.status(paid),
      buyer.finalize(paid),
      service.call('GET', '/shop', { shop: 'borealis' }),
      createStripeEvents(service).deliver(newEvent('customer.created', { object: 'customer' })),
    ];
    for (const { status, body, headers } of await Promise.all(calls)) {
      expect([status, body.code]).toEqual([503, 'service_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await service.pay(paid.body.checkoutSessionId, 'succeeded');
    // Long enough for the job to end while its result cannot be written.
    await new Promise((resolve) => setTimeout(resolve, 1_500));

    await postgres.start();
    await buyer.untilStatus(paid, 'confirmed');
    const again = await eventually(async () => {
      const reply = await buyer.checkout({ key });
      return reply.status === 201 ? reply : undefined;
    });
    const { sessions } = (await service.standInControl('GET', '/sessions')).body;
    expect(
      sessions.filter((one: Reply['body']) => one.metadata.order_id === again.body.orderId),
    ).toHaveLength(1);
    // The pool that held it has ended: as though a quarter of a minute had gone by.
    await service.rows(`update job_worker set heartbeat_at = now() - interval '1 minute'`);
    await buyer.untilStatus(expiring, 'expired');
    expect(await buyer.stock()).toEqual({ onHand: before.onHand - 2, held: before.held + 2 });
    const created = await buyer.checkout();
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    await buyer.untilStatus(created, 'confirmed');
  });
});
