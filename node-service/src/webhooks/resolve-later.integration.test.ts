/** Events without a shop: looked at in turn, and given up when nothing is left that they could wait for. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent, type StripeEvents } from '../testing/stripe-events.ts';
import { resolveLater } from './index.ts';
import { LEAST_LOOKS, MOST_LOOKS, TRIES } from './waiting.rules.ts';

let service: TestService;
let stripe: StripeEvents;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  stripe = createStripeEvents(service);
});
afterAll(() => service.stop());
beforeEach(() =>
  service.rows(
    'truncate webhook_inbox, dead_letter, stripe_object_shop_map, graphile_worker._private_jobs',
  ),
);

/** Refunds of payments that nobody has heard of, received an hour ago. */
function lost(count: number): Promise<unknown> {
  return service.rows(
    `insert into webhook_inbox (environment, stripe_event_id, endpoint, event_type, created_at, request_id, received_at, looked_at, payload)
     select 'local', 'evt_' || n, 'stripe', 'refund.created', now(), 'req_of_test', now() - interval '1 hour', now() - interval '1 hour',
            json_build_object('id', 'evt_' || n, 'type', 'refund.created',
              'data', json_build_object('object', json_build_object('object', 'refund', 'id', 're_' || n, 'payment_intent', 'pi_' || n)))
       from generate_series(1, $1::int) n`,
    [count],
  );
}

const map = (...payments: string[]): Promise<unknown> =>
  service.rows(
    `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id)
     select 'local', 'payment_intent', id, 'aurora' from unnest($1::text[]) id`,
    [payments],
  );

/** As though so many looks had come before, and the last a while ago. */
const looked = (looks: number): Promise<unknown> =>
  service.rows(`update webhook_inbox set looks = $1, looked_at = now() - interval '1 minute'`, [
    looks,
  ]);

const counted = async (what: string): Promise<number> =>
  (await service.rows(`select 1 from webhook_inbox where ${what}`)).length;

describe('events without a shop', () => {
  test('are all looked at in one round, and those that are known by now are handed over', async () => {
    await lost(250);
    await map('pi_7', 'pi_250');
    expect(await resolveLater(service.deps)).toBe(250);
    expect(await counted(`shop_id = 'aurora' and resolved_by = 'map'`)).toBe(2);
    expect(await counted('shop_id is null and looks = 1')).toBe(248);
    const jobs = await service.rows<{ id: string }>(
      `select payload ->> 'stripeEventId' as id from graphile_worker._private_jobs order by 1`,
    );
    expect(jobs.map(({ id }) => id)).toEqual(['evt_250', 'evt_7']);
  });

  test('have each a turn, however many they are', async () => {
    await lost(2_050);
    await resolveLater(service.deps);
    expect(await counted('looks = 0')).toBe(50);
    await resolveLater(service.deps);
    expect(await counted('looks = 0')).toBe(0);
  });

  test('are not looked at twice by two processes at once', async () => {
    await lost(150);
    await Promise.all([resolveLater(service.deps), resolveLater(service.deps)]);
    expect(await counted('looks = 1')).toBe(150);
  });

  test('wait for none among them that cannot be looked at', async () => {
    await lost(20);
    await map('pi_3', 'pi_12');
    const admin = new pg.Client({ connectionString: service.database.adminUrl });
    await admin.connect();
    try {
      await admin.query('begin');
      // Another process is about to learn whose this refund is, and does not come to an end.
      await admin.query(
        `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id) values ('local', 'refund', 're_3', 'aurora')`,
      );
      await resolveLater(service.deps);
      expect(await counted(`shop_id = 'aurora'`)).toBe(1);
      expect(await counted('shop_id is null and looks = 1')).toBe(19);
    } finally {
      await admin.end();
    }
    await looked(1);
    await resolveLater(service.deps);
    expect(await counted(`shop_id = 'aurora'`)).toBe(2);
  });
});

describe('an event that waited while nobody looked', () => {
  test('is not given up at the first look', async () => {
    await lost(3);
    await resolveLater(service.deps);
    expect(await counted(`status = 'received'`)).toBe(3);
  });

  test("waits for its shop's work of that time, and is the shop's when that has been done", async () => {
    const session = { object: 'checkout.session', id: 'cs_1', metadata: { shop_id: 'aurora' } };
    const teacher = newEvent('checkout.session.completed', session);
    await stripe.deliver(teacher);
    await service.rows(`update webhook_inbox set received_at = now() - interval '59 minutes 30 s'`);
    await lost(1);
    await looked(LEAST_LOOKS);
    await resolveLater(service.deps);
    expect(await counted(`status = 'received' and shop_id is null`)).toBe(1);
    // As a worker that has applied it.
    await map('pi_1');
    await looked(LEAST_LOOKS);
    await resolveLater(service.deps);
    expect(await stripe.inbox('evt_1')).toMatchObject({ status: 'received', shop_id: 'aurora' });
  });

  test.each([
    ['all work of that time is done', `status = 'applied', finished_at = now()`],
    ['what is left of that time is poison', `attempts = ${TRIES}`],
    ['what is left came later', `received_at = now() - interval '58 minutes'`],
  ])('is given up when it was looked at often and %s', async (_, change) => {
    const session = { object: 'checkout.session', id: 'cs_1', metadata: { shop_id: 'aurora' } };
    await stripe.deliver(newEvent('checkout.session.completed', session));
    await service.rows(`update webhook_inbox set received_at = now() - interval '59 minutes 30 s'`);
    await service.rows(`update webhook_inbox set ${change}`);
    await lost(1);
    await looked(LEAST_LOOKS);
    await resolveLater(service.deps);
    expect(await stripe.inbox('evt_1')).toMatchObject({ status: 'dead_letter', shop_id: null });
    expect(await stripe.deadLetter('evt_1')).toMatchObject({ reason: 'unresolved_tenant' });
  });

  test('is given up after an hour of looking, whatever waits still', async () => {
    const session = { object: 'checkout.session', id: 'cs_1', metadata: { shop_id: 'aurora' } };
    await stripe.deliver(newEvent('checkout.session.completed', session));
    await service.rows(`update webhook_inbox set received_at = now() - interval '2 hours'`);
    await lost(1);
    await looked(MOST_LOOKS);
    await resolveLater(service.deps);
    expect((await stripe.inbox('evt_1'))?.status).toBe('dead_letter');
  });
});
