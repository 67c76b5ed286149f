/** The database that events come to: shops, orders that wait for their payment, and what has become of all of it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { ROW_TABLE } from '../../reference/webhook-row.ts';
import { asAdmin, type BenchDatabase } from '../cluster.ts';
import { GATEWAY_KEY_ID } from '../holds/stage.ts';
import { AMOUNT, SHOP_PREFIX, type Way, WEBHOOK_SECRET } from './orders.ts';

const VARIANT_KEY = 'v1:thing';
const STOCKED = 100_000_000;

export type Stage = {
  /** The environment of a service on this database, in its production settings but for Stripe's. */
  readonly serviceEnv: Readonly<Record<string, string>>;
  readonly gatewayPrivateKey: string;
  /** Forgets every event, job, order and hold, and restores the stock. */
  reset(): Promise<void>;
  /** Orders of one unit each whose sessions are open, spread over the shops, or over the first of them. */
  openOrders(round: string, count: number, shops?: number): Promise<void>;
  /** How many events are stored. */
  stored(way: Way): Promise<number>;
  /** Of the shops from this one on: events that wait, orders whose unit is sold, and seconds from the first end to the last. */
  progress(fromShop: number): Promise<Progress>;
  /** Of a round's orders at the shops from this one on: seconds from each event's arrival to its end, of those that ended. */
  waited(round: string, fromShop: number): Promise<number[]>;
  /** Holds the orders of one shop locked until it is let go: nobody can apply anything to them. */
  lockShop(shop: number): Promise<() => Promise<void>>;
};

export type Progress = {
  readonly waiting: number;
  readonly applied: number;
  readonly sold: number;
  readonly seconds: number;
};

export async function prepareStage(database: BenchDatabase, shops: number): Promise<Stage> {
  const admin = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> =>
    asAdmin(database.adminUrl, work);
  await admin(async (client) => {
    await client.query(ROW_TABLE);
    await client.query(
      `insert into shop (shop_id, display_name, tagline, currency, locale, theme, may_trade, may_settle,
                         stripe_account, stripe_secret_ref, max_units_per_line)
       select $1 || i, 'Shop ' || i, 'One of many.', 'EUR', 'en-IE', '{}', true, true, 'platform', 'STRIPE_SECRET_KEY', 50
         from generate_series(0, $2::int - 1) i`,
      [SHOP_PREFIX, shops],
    );
    await client.query(
      `insert into stock (shop_id, variant_key, on_hand)
       select $1 || i, $3, $4 from generate_series(0, $2::int - 1) i`,
      [SHOP_PREFIX, shops, VARIANT_KEY, STOCKED],
    );
  });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = { format: 'der' } as const;
  return {
    serviceEnv: serviceEnv(database, publicKey.export({ ...der, type: 'spki' }).toString('base64')),
    gatewayPrivateKey: privateKey.export({ ...der, type: 'pkcs8' }).toString('base64'),
    reset: () => admin(reset),
    openOrders: (round, count, over = shops) =>
      admin((client) => openOrders(client, { round, count, shops: over })),
    stored: (way) =>
      admin(async (client) => {
        const table = way === 'ours' ? 'webhook_inbox' : 'reference.webhook_event';
        const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
        return Number(rows[0]?.count);
      }),
    progress: (fromShop) => admin((client) => progress(client, fromShop)),
    lockShop: (shop) => lockShop(database, shop),
    waited: (round, fromShop) => admin((client) => waited(client, round, fromShop)),
  };
}

async function reset(client: pg.Client): Promise<void> {
  await client.query(
    `truncate webhook_inbox, dead_letter, applied_event, stripe_object_shop_map, graphile_worker._private_jobs,
              ledger_transfer, order_fact, order_line, sales_order, hold_payment, hold_line, hold, reference.webhook_event`,
  );
  await client.query('update stock set on_hand = $1, held = 0', [STOCKED]);
  await client.query('vacuum stock');
}

async function openOrders(
  client: pg.Client,
  {
    round,
    count,
    shops,
  }: { readonly round: string; readonly count: number; readonly shops: number },
): Promise<void> {
  const orders = `(select i, '${SHOP_PREFIX}' || i % $2::int as shop, $1 || '_' || i as id from generate_series(0, $3::int - 1) i) o`;
  const values = [round, shops, count];
  await client.query(
    `insert into sales_order (shop_id, order_id, hold_id, session_state, checkout_session_id, stripe_request,
                              session_expires_at, hold_expires_at, currency, subtotal_minor, discount_minor, tax_minor,
                              shipping_minor, deposit_minor, total_minor, request_id, created_at)
     select shop, 'ord_' || id, 'hold_' || id, 'open', 'cs_' || id, '{}', now() + interval '30 minutes',
            now() + interval '33 minutes', 'EUR', ${AMOUNT}, 0, 0, 0, 0, ${AMOUNT}, 'bench', now() from ${orders}`,
    values,
  );
  await client.query(
    `insert into order_line (shop_id, order_id, line_number, sku, name, variant_key, quantity, unit_price_minor,
                             subtotal_minor, discount_minor, tax_minor, deposit_minor)
     select shop, 'ord_' || id, 1, 'thing', 'Thing', '${VARIANT_KEY}', 1, ${AMOUNT}, ${AMOUNT}, 0, 0, 0 from ${orders}`,
    values,
  );
  await client.query(
    `insert into hold (shop_id, hold_id, order_id, state, expiry, expires_at, created_at)
     select shop, 'hold_' || id, 'ord_' || id, 'active', 'stripe', now() + interval '33 minutes', now() from ${orders}`,
    values,
  );
  await client.query(
    `insert into hold_line (shop_id, hold_id, variant_key, quantity)
     select shop, 'hold_' || id, '${VARIANT_KEY}', 1 from ${orders}`,
    values,
  );
  await client.query(
    `update stock set held = h.units
       from (select shop_id, count(*) as units from hold group by 1) h where h.shop_id = stock.shop_id`,
  );
  await client.query('analyze sales_order, order_line, hold, hold_line, stock');
}

async function progress(client: pg.Client, fromShop: number): Promise<Progress> {
  const isCounted = `substr(shop_id, ${SHOP_PREFIX.length + 1})::int >= $1`;
  const { rows } = await client.query<Record<'waiting' | 'applied' | 'sold' | 'seconds', string>>(
    `select count(*) filter (where status = 'received') as waiting,
            count(*) filter (where status = 'applied') as applied,
            coalesce(extract(epoch from max(finished_at) - min(finished_at)), 0) as seconds,
            (select sum($2 - on_hand) from stock where ${isCounted}) as sold
       from webhook_inbox where shop_id is not null and status <> 'ignored' and ${isCounted}`,
    [fromShop, STOCKED],
  );
  const [row] = rows;
  return {
    waiting: Number(row?.waiting),
    applied: Number(row?.applied),
    sold: Number(row?.sold),
    seconds: Number(row?.seconds),
  };
}

async function waited(client: pg.Client, round: string, fromShop: number): Promise<number[]> {
  const { rows } = await client.query<{ seconds: number }>(
    `select extract(epoch from finished_at - received_at)::float8 as seconds from webhook_inbox
      where stripe_event_id like 'evt\\_' || $1 || '\\_o%' and status = 'applied'
        and substr(shop_id, ${SHOP_PREFIX.length + 1})::int >= $2`,
    [round, fromShop],
  );
  return rows.map(({ seconds }) => seconds);
}

async function lockShop(database: BenchDatabase, shop: number): Promise<() => Promise<void>> {
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const over = asAdmin(database.adminUrl, async (client) => {
    await client.query('begin');
    await client.query('select from sales_order where shop_id = $1 for update', [
      `${SHOP_PREFIX}${shop}`,
    ]);
    held.resolve();
    await promise;
  });
  over.catch(held.reject);
  await held.promise;
  return async () => {
    letGo();
    await over;
  };
}

function serviceEnv(database: BenchDatabase, gatewayPublicKey: string): Record<string, string> {
  return {
    ENVIRONMENT: 'staging',
    NODE_SERVICE_PORT: '0',
    NODE_SERVICE_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    LOG_LEVEL: 'info',
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
    GATEWAY_PUBLIC_KEYS: JSON.stringify({ [GATEWAY_KEY_ID]: gatewayPublicKey }),
    TOKEN_KEYS: JSON.stringify([{ keyId: 'bench', secret: randomBytes(32).toString('base64') }]),
    STRIPE_SECRET_KEY: 'sk_test_of_the_bench',
    STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    STRIPE_BILLING_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    PUBLIC_SCHEME: 'https',
  };
}
