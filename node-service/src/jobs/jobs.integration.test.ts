/** Jobs: none without a shop, none lost, whatever becomes of their worker or of the database under all of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enqueue } from '../platform/enqueue.ts';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { type OwnPostgres, startOwnPostgres } from '../testing/own-postgres.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import {
  createStripeEvents,
  newEvent,
  type StripeEvent,
  type StripeEvents,
} from '../testing/stripe-events.ts';

let postgres: OwnPostgres;
let service: TestService;
let buyer: Buyer;
let stripe: StripeEvents;
beforeAll(async () => {
  postgres = await startOwnPostgres();
  const env = { CLAIM_LEASE_SECONDS: '2', STRIPE_TIMEOUT_MS: '3000' };
  service = await startService({ database: postgres.database, env });
  buyer = createBuyer(service);
  stripe = createStripeEvents(service);
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

describe('an event', () => {
  /** A paid session whose amount is none: whoever applies it fails. */
  async function poison(): Promise<{ readonly event: StripeEvent; readonly created: Reply }> {
    const created = await buyer.checkout();
    const session = await stripe.paidSession(created, { amount_total: 1.5 });
    return { event: newEvent('checkout.session.completed', session), created };
  }
  const jobOf = ({ id }: StripeEvent): Promise<Record<string, unknown>[]> =>
    service.rows(
      `select attempts, max_attempts, last_error from graphile_worker._private_jobs where payload ->> 'stripeEventId' = $1`,
      [id],
    );
  /** The first attempt is over, and the next one is to come. */
  const untilTried = (event: StripeEvent): Promise<Record<string, unknown>> =>
    eventually(async () => {
      const [job] = await jobOf(event);
      return job?.attempts === 1 && job.last_error !== null ? job : undefined;
    });
  const letterOf = ({ id }: StripeEvent): Promise<Record<string, unknown>> =>
    eventually(async () => {
      const [row] = await service.rows(
        `select source, shop_id, reason, payload from dead_letter where reference = $1`,
        [id],
      );
      return row;
    }, 20_000);
  const exhausted = (payload: object) => ({
    source: 'webhook',
    shop_id: 'aurora',
    reason: 'attempts_exhausted',
    payload,
  });

  test('that fails is tried again, eight times at most, and waits meanwhile', async () => {
    const { event, created } = await poison();
    await stripe.deliver(event);
    expect(await untilTried(event)).toMatchObject({ max_attempts: 8 });
    expect(await stripe.inbox(event.id)).toMatchObject({ status: 'received', shop_id: 'aurora' });
    expect((await buyer.status(created)).body.status).toBe('processing');
    await service.rows(
      `update graphile_worker._private_jobs set attempts = 7, run_at = now() where payload ->> 'stripeEventId' = $1`,
      [event.id],
    );
    expect(await letterOf(event)).toEqual(exhausted(event));
    expect((await stripe.inbox(event.id))?.status).toBe('dead_letter');
    await eventually(async () => ((await jobOf(event)).length === 0 ? true : undefined));
  });

  test('whose process died at its last attempt is a dead letter too', async () => {
    const { event } = await poison();
    await stripe.deliver(event);
    await untilTried(event);
    // As it is once the dead worker's job has been unlocked.
    await service.rows(
      `update graphile_worker._private_jobs set attempts = 8, run_at = now() + interval '1 hour' where payload ->> 'stripeEventId' = $1`,
      [event.id],
    );
    expect(await letterOf(event)).toEqual(exhausted(event));
    await eventually(async () => ((await jobOf(event)).length === 0 ? true : undefined));
  });

  test("of one shop is applied while another's wait for a lock, however many they are", async () => {
    const { default: pg } = await import('pg');
    const stuck = await Promise.all(
      Array.from({ length: 12 }, async () =>
        newEvent('checkout.session.completed', await stripe.paidSession(await buyer.checkout())),
      ),
    );
    const created = await buyer.checkout({
      shop: 'borealis',
      body: { items: [{ sku: 'poster', quantity: 1 }] },
    });
    expect(created.status).toBe(201);
    const admin = new pg.Client({ connectionString: service.database.adminUrl });
    await admin.connect();
    try {
      await admin.query('begin');
      await admin.query(`select from sales_order where shop_id = 'aurora' for update`);
      for (const event of stuck) await stripe.deliver(event);
      const waiting = (): Promise<Record<string, unknown>[]> =>
        service.rows(
          `select 1 from graphile_worker._private_jobs where locked_at is not null and payload ->> 'shopId' = 'aurora'`,
        );
      await eventually(async () => ((await waiting()).length >= 4 ? true : undefined));
      const paid = newEvent('checkout.session.completed', await stripe.paidSession(created));
      await stripe.deliver(paid);
      expect((await stripe.untilFinished(paid.id)).status).toBe('applied');
      expect((await waiting()).length).toBeLessThanOrEqual(4);
      const ended = await service.rows(
        `select 1 from webhook_inbox where stripe_event_id = any($1) and attempts > 0`,
        [stuck.map(({ id }) => id)],
      );
      expect(ended.length).toBeLessThan(stuck.length);
    } finally {
      await admin.end();
    }
    // Whoever is refused the lock comes back after its backoff; here at once.
    await eventually(async () => {
      await service.rows(
        `update graphile_worker._private_jobs set run_at = now() where locked_at is null and task_id =
           (select id from graphile_worker._private_tasks where identifier = 'process_stripe_event')`,
      );
      const finished = await service.rows(
        `select 1 from webhook_inbox where stripe_event_id = any($1) and status = 'applied'`,
        [stuck.map(({ id }) => id)],
      );
      return finished.length === stuck.length ? true : undefined;
    }, 20_000);
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
