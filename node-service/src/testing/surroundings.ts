/** What stands around the node service in a test: a database of its own, the Stripe stand-in, the webhook gateway. */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type StripeStandIn, startStripeStandIn } from '../../../local/stripe-stand-in/server.ts';
import { createTestDatabase, type TestDatabase } from '../../../local/test-database.ts';
import { DEMO_SHOPS } from '../demo/shops.ts';
import { writeDemoShop } from '../demo/write-shop.ts';
import {
  createWebhookGateway,
  GATEWAY_PUBLIC_KEYS,
  listen,
  type Reply,
  toReply,
} from './gateway.ts';

const WEBHOOK_SECRET = 'whsec_of_the_tests';
const BILLING_WEBHOOK_SECRET = 'whsec_billing';

export type Surroundings = {
  readonly database: TestDatabase;
  readonly standIn: StripeStandIn;
  readonly webhookSecret: string;
  readonly billingWebhookSecret: string;
  /** The environment of a service in these surroundings. */
  readonly env: Readonly<Record<string, string>>;
  /** Pays, declines or expires a session at the stand-in. */
  pay(sessionId: string, outcome: string): Promise<Reply>;
  standInControl(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Rows, as a superuser sees them, whatever the shop. */
  rows<T extends pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<T[]>;
  /** Silences the stand-in, then ends the service by `endService`, then the rest. */
  stop(endService: () => Promise<void>): Promise<void>;
};

export type SurroundingsOptions = {
  /** Migrated and empty; one of the run's own server where none is given. */
  readonly database?: TestDatabase;
  /** Where webhooks are passed on to. */
  readonly serviceUrl: () => string;
  readonly retryScheduleMs: readonly number[];
  /** The stand-in's own time, in Unix milliseconds. */
  readonly standInClock?: () => number;
};

async function seed(database: TestDatabase): Promise<void> {
  const migrator = new pg.Client({ connectionString: database.migratorUrl });
  await migrator.connect();
  for (const shop of DEMO_SHOPS) await writeDemoShop(migrator, shop);
  await migrator.end();
}

function serviceEnv(database: TestDatabase, standInUrl: string): Record<string, string> {
  return {
    ENVIRONMENT: 'local',
    NODE_SERVICE_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
    GATEWAY_PUBLIC_KEYS,
    TOKEN_KEYS: JSON.stringify([{ keyId: 'test', secret: randomBytes(32).toString('base64') }]),
    STRIPE_SECRET_KEY: 'sk_test_of_the_tests',
    STRIPE_API_BASE: standInUrl,
    STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    STRIPE_BILLING_WEBHOOK_SECRETS: BILLING_WEBHOOK_SECRET,
    PUBLIC_SCHEME: 'http',
    PUBLIC_PORT: '8787',
  };
}

/** Makes all of it, with the two demo shops. The caller stops it. */
export async function startSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const database = options.database ?? (await createTestDatabase());
  await seed(database);
  const gateway = createWebhookGateway(options.serviceUrl);
  const hooks = `http://127.0.0.1:${await listen(gateway)}/api`;
  const standIn = await startStripeStandIn({
    port: 0,
    endpoints: [
      { url: `${hooks}/stripe-webhook`, secret: WEBHOOK_SECRET, events: ['checkout'] },
      { url: `${hooks}/billing/webhook`, secret: BILLING_WEBHOOK_SECRET, events: ['billing'] },
    ],
    retryScheduleMs: options.retryScheduleMs,
    balanceDelayMs: 10,
    ...(options.standInClock === undefined ? {} : { clock: options.standInClock }),
  });
  const admin = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
  // Of a server that a test has stopped: the query that needs it fails by itself.
  admin.on('error', () => {});
  const standInControl = async (method: string, path: string, body?: unknown): Promise<Reply> =>
    toReply(
      await fetch(`${standIn.url}/_stand-in${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    );
  return {
    database,
    standIn,
    webhookSecret: WEBHOOK_SECRET,
    billingWebhookSecret: BILLING_WEBHOOK_SECRET,
    env: serviceEnv(database, standIn.url),
    pay: (sessionId, outcome) => standInControl('POST', `/sessions/${sessionId}/pay`, { outcome }),
    standInControl,
    rows: async (sql, params) => (await admin.query(sql, params)).rows,
    stop: async (endService) => {
      await standIn.stop();
      await endService();
      await new Promise((resolve) => gateway.close(resolve));
      await admin.end();
      await database.drop();
    },
  };
}
