/** A database that holds are made in: the shop, its stock, payments to commit with, and whether it all adds up. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { HOLD_TABLES } from '../../reference/hold-tables.ts';
import { asAdmin, type BenchDatabase } from '../cluster.ts';
import { type HoldsReport, paymentReference, SHOP, variantKey, type Way } from './orders.ts';

/** Of every variant: more than any round can hold. */
const STOCKED = 100_000_000;
const MAX_SKUS = 1_000;
const ORDER = 'ord_bench';

/** What the tables say of all variants together. */
type Levels = { readonly onHand: number; readonly held: number; readonly active: number };

export type Stage = {
  /** The environment of a service on this database, in its production settings but for Stripe's. */
  readonly serviceEnv: Readonly<Record<string, string>>;
  readonly gatewayPrivateKey: string;
  /** Empties the tables of holds and claims, and restores the stock. */
  reset(): Promise<void>;
  /** Payments that have come in and paid for nothing yet, as many as asked for. */
  payments(count: number): Promise<{ readonly from: number; readonly to: number }>;
  /** Holds of one unit of the first variant, active, in the tables of both sides. */
  hold(holdIds: readonly string[]): Promise<void>;
  levels(way: Way): Promise<Levels>;
};

export async function prepareStage(database: BenchDatabase): Promise<Stage> {
  await asAdmin(database.adminUrl, async (admin) => {
    await admin.query(HOLD_TABLES);
    await admin.query(
      `insert into shop (shop_id, display_name, tagline, currency, locale, theme, may_trade, may_settle,
                         stripe_account, stripe_secret_ref, max_units_per_line)
       values ($1, 'Flash sale', 'Gone in a minute.', 'EUR', 'en-IE', '{}', true, true, 'platform', 'STRIPE_SECRET_KEY', 50)`,
      [SHOP],
    );
    const keys = Array.from({ length: MAX_SKUS }, (_, index) => variantKey(index));
    for (const stock of ['stock', 'reference.stock'])
      await admin.query(
        `insert into ${stock} (shop_id, variant_key, on_hand) select $1, unnest($2::text[]), $3`,
        [SHOP, keys, STOCKED],
      );
    await insertOrder(admin);
  });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = { format: 'der' } as const;
  let paid = 0;
  return {
    serviceEnv: serviceEnv(database, publicKey.export({ ...pem, type: 'spki' }).toString('base64')),
    gatewayPrivateKey: privateKey.export({ ...pem, type: 'pkcs8' }).toString('base64'),
    reset: () => asAdmin(database.adminUrl, reset),
    payments: async (count) => {
      const range = { from: paid, to: paid + count };
      paid = range.to;
      await asAdmin(database.adminUrl, (admin) => insertPayments(admin, range));
      return range;
    },
    hold: (holdIds) => asAdmin(database.adminUrl, (admin) => insertHolds(admin, holdIds)),
    levels: (way) => asAdmin(database.adminUrl, (admin) => readLevels(admin, way)),
  };
}

/** @throws where the tables do not say what the callers were told: then the round was fast and wrong */
export function expectAddsUp(
  way: string,
  before: Levels,
  after: Levels,
  { created, committed, released }: Pick<HoldsReport, 'created' | 'committed' | 'released'>,
): void {
  const told = created - committed - released;
  const held = after.held - before.held;
  const active = after.active - before.active;
  const sold = before.onHand - after.onHand;
  if (held === told && active === told && sold === committed) return;
  throw new Error(
    `${way}: ${created} holds, ${committed} commits and ${released} releases were answered, but ${held} units more are ` +
      `held, ${active} more holds are active, and ${sold} units are sold`,
  );
}

async function insertOrder(admin: pg.Client): Promise<void> {
  await admin.query(
    `insert into sales_order (shop_id, order_id, hold_id, session_state, checkout_session_id, stripe_request,
                              session_expires_at, hold_expires_at, currency, subtotal_minor, discount_minor, tax_minor,
                              shipping_minor, deposit_minor, total_minor, request_id, created_at)
     values ($1, $2, 'hold_bench', 'complete', 'cs_bench', '{}', now(), now(), 'EUR', 1, 0, 0, 0, 0, 1, 'bench', now())`,
    [SHOP, ORDER],
  );
}

async function insertPayments(
  admin: pg.Client,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  await admin.query(
    `insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, occurred_at)
     select $1, $2, 'payment_succeeded', $3 || i, 1, 'EUR', now() from generate_series($4::int, $5::int) i`,
    [SHOP, ORDER, paymentReference(0).slice(0, -1), from, to - 1],
  );
}

async function insertHolds(admin: pg.Client, holdIds: readonly string[]): Promise<void> {
  for (const schema of ['public', 'reference']) {
    await admin.query(
      `insert into ${schema}.hold (shop_id, hold_id, state, expiry, expires_at, created_at)
       select $1, unnest($2::text[]), 'active', 'clock', now() + interval '10 minutes', now()`,
      [SHOP, holdIds],
    );
    await admin.query(
      `insert into ${schema}.hold_line (shop_id, hold_id, variant_key, quantity) select $1, unnest($2::text[]), $3, 1`,
      [SHOP, holdIds, variantKey(0)],
    );
    await admin.query(
      `update ${schema}.stock set held = held + $3 where shop_id = $1 and variant_key = $2`,
      [SHOP, variantKey(0), holdIds.length],
    );
  }
}

async function reset(admin: pg.Client): Promise<void> {
  await admin.query(
    `truncate hold_payment, hold_line, hold, idempotency_claim, reference.hold_line, reference.hold`,
  );
  for (const stock of ['stock', 'reference.stock'])
    await admin.query(`update ${stock} set on_hand = $1, held = 0`, [STOCKED]);
  await admin.query('vacuum stock, reference.stock');
}

async function readLevels(admin: pg.Client, way: Way): Promise<Levels> {
  const schema = way === 'ours' ? 'public' : 'reference';
  const { rows } = await admin.query<{ on_hand: string; held: string; active: string }>(
    `select sum(s.on_hand) as on_hand, sum(s.held) as held,
            (select count(*) from ${schema}.hold_line l join ${schema}.hold h using (shop_id, hold_id)
              where h.state = 'active' and h.expiry = 'clock') as active
       from ${schema}.stock s`,
  );
  const [row] = rows;
  return { onHand: Number(row?.on_hand), held: Number(row?.held), active: Number(row?.active) };
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
    STRIPE_WEBHOOK_SECRETS: 'whsec_of_the_bench',
    STRIPE_BILLING_WEBHOOK_SECRETS: 'whsec_of_the_bench',
    PUBLIC_SCHEME: 'https',
  };
}

export const GATEWAY_KEY_ID = 'bench-gateway';
