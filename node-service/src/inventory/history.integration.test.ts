/** A shop of many years sells as fast as a new one: what a hold operation reads does not grow with what there was. */
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../local/test-database.ts';
import { createBuyer } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { sweepHolds } from './sweep-holds.ts';

const PAST = 100_000;
/** What grows with every order that there ever was. */
const TABLES = [
  'hold',
  'hold_line',
  'hold_payment',
  'sales_order',
  'order_line',
  'order_fact',
  'idempotency_claim',
  '_private_jobs',
];

const ITEMS = [
  { sku: 'mug', quantity: 1 },
  { sku: 'bag', quantity: 1 },
];

let database: TestDatabase;
let admin: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await database.drop();
});

/** Every hold operation once and again under the same key, and the sweep. */
async function trade(service: TestService, payment: string): Promise<void> {
  const twice = async (path: string, body: object, status: number): Promise<Reply> => {
    const call = { body, key: newKey() };
    const first = await service.call('POST', path, call);
    const second = await service.call('POST', path, call);
    expect([first.status, second.status]).toEqual([status, status]);
    return first;
  };
  const create = async (): Promise<string> =>
    (await twice('/holds', { items: ITEMS, ttlSeconds: 600 }, 201)).body.holdId;
  const committed = await create();
  await twice(`/holds/${committed}/extend`, { ttlSeconds: 900 }, 200);
  await twice(`/holds/${committed}/commit`, { paymentReference: payment }, 200);
  await twice(`/holds/${await create()}/release`, {}, 200);
  const due = await create();
  await service.deps.db.inShop('aurora', (tx) =>
    tx.sql(
      `update hold set expires_at = now() - interval '1 second' where shop_id = $1 and hold_id = $2`,
      [tx.shopId, due],
    ),
  );
  expect(await sweepHolds(service.deps)).toBe(1);
}

type Reads = Readonly<Record<string, { readonly rows: number; readonly scans: number }>>;

/** What every session that has ended by now has read, by table. */
async function readsSoFar(): Promise<Reads> {
  // A session tells of its last reads when it ends.
  for (;;) {
    const { rows } = await admin.query(
      `select from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    if (rows.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rows } = await admin.query<{ relname: string; scans: string; rows: string }>(
    `select t.relname, t.seq_scan as scans,
            t.seq_tup_read + (select coalesce(sum(i.idx_tup_read), 0)
                                from pg_stat_user_indexes i where i.relid = t.relid) as rows
       from pg_stat_user_tables t where t.relname = any($1)`,
    [TABLES],
  );
  return Object.fromEntries(
    rows.map((row) => [row.relname, { rows: Number(row.rows), scans: Number(row.scans) }]),
  );
}

/** What a service on the database reads while it trades. */
async function readsOf(work: (service: TestService) => Promise<void>): Promise<Reads> {
  const before = await readsSoFar();
  const kept = { ...database, drop: async () => {} };
  const service = await startService({ database: kept, withoutJobs: true });
  try {
    await work(service);
  } finally {
    await service.stop();
  }
  const after = await readsSoFar();
  return Object.fromEntries(
    TABLES.map((table) => [
      table,
      {
        rows: (after[table]?.rows ?? 0) - (before[table]?.rows ?? 0),
        scans: (after[table]?.scans ?? 0) - (before[table]?.scans ?? 0),
      },
    ]),
  );
}

const ORDER = `
  insert into sales_order (shop_id, order_id, cart_id, hold_id, session_state, checkout_session_id, stripe_request,
                           session_expires_at, hold_expires_at, currency, subtotal_minor, discount_minor, tax_minor,
                           shipping_minor, deposit_minor, total_minor, request_id, created_at)`;

/** Past holds with all that came with them, in every state that a hold ends in. */
async function writeHistory(): Promise<void> {
  await admin.query('set session_replication_role = replica');
  const past = `generate_series(1, ${PAST}) i cross join lateral (
    select 'hold_past_' || i as hold, 'ord_past_' || i as ord, now() - interval '1 hour' - make_interval(secs => i) as at,
           (array['committed', 'released', 'expired'])[1 + i % 3] as state) p`;
  const statements = [
    `insert into hold (shop_id, hold_id, order_id, state, expiry, expires_at, created_at, ended_at)
     select 'aurora', hold, ord, state, (array['clock', 'stripe'])[1 + i % 2], at, at, at from ${past}`,
    `insert into hold_line (shop_id, hold_id, variant_key, quantity)
     select 'aurora', hold, v, 1 from ${past}, unnest(array['v1:mug', 'v1:bag']) v`,
    `insert into hold_payment (shop_id, payment_reference, hold_id, committed_at)
     select 'aurora', 'pi_past_' || i, hold, at from ${past} where state = 'committed'`,
    `${ORDER} select 'aurora', ord, 'cart_' || i, hold, 'complete', 'cs_past_' || i, '{}', at, at, 'EUR', 100, 0, 0, 0, 0, 100, 'past', at
       from ${past}`,
    `insert into order_line (shop_id, order_id, line_number, sku, name, variant_key, quantity, unit_price_minor, subtotal_minor,
                             discount_minor, tax_minor, deposit_minor)
     select 'aurora', ord, 1, 'mug', 'Mug', 'v1:mug', 1, 100, 100, 0, 0, 0 from ${past}`,
    `insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, occurred_at)
     select 'aurora', ord, 'payment_succeeded', 'pi_past_' || i, 100, 'EUR', at from ${past}`,
    `insert into idempotency_claim (shop_id, operation, principal, key, request_hash, state, lease_until, recovery_point,
                                    answer_status, answer_body)
     select 'aurora', 'createHold', md5(i::text), md5(i::text), 'hash', 'done', at, hold, 201, '{}' from ${past}`,
    `insert into graphile_worker._private_tasks (identifier) values ('expire_checkout') on conflict do nothing`,
    `insert into graphile_worker._private_jobs (task_id, payload, run_at, key)
     select t.id, '{}', now() + interval '1 day', 'past:' || i
       from graphile_worker._private_tasks t, generate_series(1, ${PAST}) i where t.identifier = 'expire_checkout'`,
  ];
  for (const statement of statements) await admin.query(statement);
  await admin.query('set session_replication_role = origin');
}

const total = (reads: Reads): number =>
  Object.values(reads).reduce((sum, { rows }) => sum + rows, 0);

/**
 * An index leads to the dead versions of a row too, until a reader has marked them so: the same work on the same rows
 * differs by a few reads. What reads history reads thousands.
 */
const DEAD_ENTRIES = 10;

/** The tables of which more was read than before, and how much. */
function moreThan(before: Reads, after: Reads, allowance: number): object[] {
  const rowsOf = (reads: Reads, table: string): number => reads[table]?.rows ?? 0;
  return TABLES.filter((table) => rowsOf(after, table) > rowsOf(before, table) + allowance).map(
    (table) => ({ table, before: before[table], after: after[table] }),
  );
}

async function writePayments(...payments: readonly string[]): Promise<void> {
  await admin.query('set session_replication_role = replica');
  await admin.query(
    `${ORDER} values ('aurora', 'ord_of_the_payments', null, 'hold_none', 'complete', 'cs_none', '{}', now(), now(), 'EUR', 100, 0, 0,
                      0, 0, 100, 'test', now())`,
  );
  await admin.query('set session_replication_role = origin');
  await admin.query(
    `insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, occurred_at)
     select 'aurora', 'ord_of_the_payments', 'payment_succeeded', payment, 100, 'EUR', now() from unnest($1::text[]) payment`,
    [payments],
  );
}

/** A whole order of a cart, one that is cancelled, and what a storefront asks meanwhile. */
async function sell(service: TestService, round: number): Promise<void> {
  const buyer = createBuyer(service);
  const checkout = async (cart: 'bought' | 'left'): Promise<Reply> => {
    const id = `cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d${round}${cart === 'bought' ? 0 : 1}`;
    const created = await buyer.checkout({ body: { cart: { id, lines: ITEMS } } });
    expect([created.status, created.body.errors]).toEqual([201, undefined]);
    return created;
  };
  const bought = await checkout('bought');
  expect((await buyer.status(bought)).body.status).toBe('processing');
  await service.pay(bought.body.checkoutSessionId, 'succeeded');
  expect((await buyer.finalize(bought)).body.status).toBe('confirmed');
  const left = await checkout('left');
  expect((await buyer.cancel(left)).body.status).toBe('cancelled');
  const asked = await service.call('GET', '/inventory/availability?variantKey=v1:mug');
  expect(asked.status).toBe(200);
}

test(`hold operations read no more rows with ${PAST.toLocaleString('en')} past holds, orders, claims and jobs than with none`, async () => {
  await writePayments('pi_of_a_new_shop', 'pi_of_an_old_shop');
  const without = await readsOf((service) => trade(service, 'pi_of_a_new_shop'));
  await writeHistory();
  await admin.query('vacuum analyze');
  const withHistory = await readsOf((service) => trade(service, 'pi_of_an_old_shop'));
  expect(total(without)).toBeGreaterThan(0);
  expect(moreThan(without, withHistory, DEAD_ENTRIES)).toEqual([]);
  const scanned = TABLES.filter((table) => (withHistory[table]?.scans ?? 0) > 0);
  expect(scanned).toEqual([]);
}, 120_000);

test(`plans that were made on empty tables read no more rows when the tables have grown`, async () => {
  // Nobody looks at the tables anew, which would have statements planned anew.
  for (const table of TABLES) {
    const schema = table === '_private_jobs' ? 'graphile_worker' : 'public';
    await admin.query(`alter table ${schema}.${table} set (autovacuum_enabled = false)`);
  }
  await writePayments('pi_1', 'pi_2', 'pi_3', 'pi_4');
  const twice = async (service: TestService, round: number): Promise<void> => {
    await trade(service, `pi_${round}`);
    await sell(service, round);
  };
  const without = await readsOf(async (service) => {
    await service.standInControl('POST', '/webhooks/pause');
    await twice(service, 1);
    await twice(service, 2);
  });
  const grown = await readsOf(async (service) => {
    await service.standInControl('POST', '/webhooks/pause');
    await twice(service, 3);
    await writeHistory();
    await twice(service, 4);
  });
  expect(total(grown)).toBeGreaterThan(0);
  expect(moreThan(without, grown, 100)).toEqual([]);
  expect(TABLES.filter((table) => (grown[table]?.scans ?? 0) > 0)).toEqual([]);
}, 120_000);
