/** This platform: the node service, its jobs and the Stripe stand-in, as processes of their own; see README.md. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextTryInMs } from '@commerce/contracts/vocabulary/retry.ts';
import { asAdmin, type BenchDatabase } from '../cluster.ts';
import { freePort } from '../free-port.ts';
import { newKey } from '../gateway-call.ts';
import {
  type EntryPointModule,
  type Env,
  loadModule,
  type ServiceContext,
  type ServicesModule,
} from '../platform-module.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type Answer, askServer } from './keep-alive.ts';
import type { OpenShop, Outcome } from './sale.ts';

type KeysModule = {
  ensureSecrets(dir: string): Promise<{
    stripeSecretKey: string;
    stripeWebhookSecret: string;
    billingWebhookSecret: string;
    gatewayKeyId: string;
    gatewayPrivateKey: string;
    gatewayPublicKey: string;
    tokenKeys: { keyId: string; secret: string }[];
  }>;
};
type Secrets = Awaited<ReturnType<KeysModule['ensureSecrets']>>;

const SHOP = 'aurora';
const ITEM = { sku: 'tee', quantity: 1, variantAttributes: { colour: 'red', size: 'm' } };

/** @param dir for secrets and logs; emptied first */
export async function prepareOurs(
  dir: string,
  database: BenchDatabase,
): Promise<(processes: number) => Promise<OpenShop>> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const { ensureSecrets } = await loadModule<KeysModule>('local/keys.ts');
  const { runEntryPoint } = await loadModule<EntryPointModule>('local/entry-point.ts');
  const secrets = await ensureSecrets(dir);
  await runEntryPoint('seed-demo', {
    ENVIRONMENT: 'local',
    MIGRATOR_DATABASE_URL: database.migratorUrl,
    TOKEN_KEYS: JSON.stringify(secrets.tokenKeys),
  });
  let openings = 0;
  return async (processes) => {
    openings += 1;
    return open(join(dir, String(openings)), database, secrets, processes);
  };
}

async function open(
  dir: string,
  database: BenchDatabase,
  secrets: Secrets,
  processes: number,
): Promise<OpenShop> {
  const { nodeService, jobs, stripeStandIn } = await loadModule<ServicesModule>(
    'local/platform-services.ts',
  );
  const ports = await Promise.all(Array.from({ length: processes }, () => freePort()));
  const standInPort = await freePort();
  const gateway = await startGateway(secrets.gatewayKeyId, secrets.gatewayPrivateKey, ports);
  const env = serviceEnv(database, secrets, standInPort);
  const context = async (name: string): Promise<ServiceContext> => {
    await mkdir(join(dir, name, 'logs'), { recursive: true });
    return { dir: join(dir, name), restart: false, log: () => {}, onGivenUp: () => {} };
  };
  const all = [
    stripeStandIn(
      await context('stand-in'),
      standInEnv(secrets, standInPort, gateway.webhookUrl),
      standInPort,
    ),
    // Its start is read from its log.
    jobs(await context('jobs'), { ...env, LOG_LEVEL: 'info' }),
  ];
  for (const [index, port] of ports.entries()) {
    const own = { ...env, NODE_SERVICE_PORT: String(port) };
    all.push(nodeService(await context(`service-${index + 1}`), own, port));
  }
  const close = async () => {
    await Promise.all(all.map((service) => service.stop()));
    await gateway.close();
  };
  try {
    for (const service of all) await service.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...shopOn(database, gateway, ports, standInPort), close };
}

function serviceEnv(database: BenchDatabase, secrets: Secrets, standInPort: number): Env {
  return {
    ENVIRONMENT: 'local',
    NODE_SERVICE_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
    GATEWAY_PUBLIC_KEYS: JSON.stringify({ [secrets.gatewayKeyId]: secrets.gatewayPublicKey }),
    TOKEN_KEYS: JSON.stringify(secrets.tokenKeys),
    STRIPE_SECRET_KEY: secrets.stripeSecretKey,
    STRIPE_WEBHOOK_SECRETS: secrets.stripeWebhookSecret,
    STRIPE_BILLING_WEBHOOK_SECRETS: secrets.billingWebhookSecret,
    STRIPE_API_BASE: `http://127.0.0.1:${standInPort}`,
    PUBLIC_SCHEME: 'http',
    PUBLIC_PORT: '8787',
  };
}

function standInEnv(secrets: Secrets, port: number, url: string): Env {
  return {
    STRIPE_STAND_IN_PORT: String(port),
    STAND_IN_API_KEY: secrets.stripeSecretKey,
    STAND_IN_ENDPOINTS: JSON.stringify([
      { url, secret: secrets.stripeWebhookSecret, events: ['checkout'] },
    ]),
  };
}

function shopOn(
  database: BenchDatabase,
  gateway: Gateway,
  ports: readonly number[],
  standInPort: number,
): Omit<OpenShop, 'close'> {
  const query = (sql: string, values: unknown[]) =>
    asAdmin(database.adminUrl, async (admin) => (await admin.query(sql, values)).rows);
  return {
    stock: async (units) => {
      await query(
        `update stock s set on_hand = s.held + $1 from variant v
          where v.shop_id = s.shop_id and v.variant_key = s.variant_key
            and v.shop_id = $2 and v.sku = $3 and v.attributes = $4`,
        [units, SHOP, ITEM.sku, ITEM.variantAttributes],
      );
    },
    sold: async () => {
      const [row] = await query(
        `select count(distinct o.order_id) as orders, coalesce(sum(l.quantity), 0) as units
           from sales_order o
           join hold h on h.shop_id = o.shop_id and h.hold_id = o.hold_id and h.state = 'committed'
           join order_line l on l.shop_id = o.shop_id and l.order_id = o.order_id
          where o.shop_id = $1`,
        [SHOP],
      );
      return { orders: Number(row.orders), units: Number(row.units) };
    },
    buy: (buyer) => {
      const port = ports[buyer % ports.length] ?? 0;
      return checkOut({ call: (call) => gateway.call(port, call), standInPort });
    },
  };
}

type Till = {
  call(call: Parameters<Gateway['call']>[1]): Promise<Answer>;
  readonly standInPort: number;
};

const CREATED = 201;
const CONFIRMED_WITHIN_MS = 60_000;
/** A page asks every half second; here an order must not wait for the question. */
const POLL = { firstMs: 25, factor: 1.3, capMs: 250 };

/** A session, a payment at Stripe, and then the order's status, until the webhook has confirmed it. */
async function checkOut(till: Till): Promise<Outcome> {
  try {
    const created = await createSession(till);
    if (created.status !== CREATED) return refusal(created);
    const session = created.body as {
      checkoutSessionId: string;
      orderId: string;
      accessToken: string;
    };
    const path = `/_stand-in/sessions/${session.checkoutSessionId}/pay`;
    const paid = await askServer(till.standInPort, path, {
      headers: { 'content-type': 'application/json' },
      body: '{"outcome":"succeeded"}',
    });
    if (paid.status !== 200) return { kind: 'error', what: `payment: ${paid.status}` };
    return await untilConfirmed(till, session);
  } catch (error) {
    return { kind: 'error', what: String(error) };
  }
}

/** Repeats, under its key, what the contract says may be repeated, after as long as it says. */
async function createSession(till: Till): Promise<Answer> {
  const key = newKey();
  const body = JSON.stringify({ items: [ITEM], customer: { email: `${key}@example.com` } });
  for (let tries = 1; ; tries += 1) {
    const answer = await till.call({
      method: 'POST',
      path: '/checkout-sessions',
      shopId: SHOP,
      headers: { 'idempotency-key': key },
      body,
    });
    if (answer.status === CREATED) return answer;
    const headers = { get: (name: string) => String(answer.headers[name] ?? '') || null };
    const delayMs = nextTryInMs(
      { response: { status: answer.status, headers }, error: answer.body },
      { tries, safeToRepeat: true, random: Math.random(), nowMs: Date.now() },
    );
    if (delayMs === undefined) return answer;
    await sleep(delayMs);
  }
}

async function untilConfirmed(
  till: Till,
  { orderId, accessToken }: { orderId: string; accessToken: string },
): Promise<Outcome> {
  const deadline = performance.now() + CONFIRMED_WITHIN_MS;
  let delayMs = POLL.firstMs;
  while (performance.now() < deadline) {
    await sleep(delayMs);
    delayMs = Math.min(POLL.capMs, delayMs * POLL.factor);
    const answer = await till.call({
      method: 'GET',
      path: `/orders/${orderId}/status`,
      shopId: SHOP,
      headers: { authorization: `Bearer ${accessToken}` },
    });
    if (answer.status !== 200) return { kind: 'error', what: `status: ${answer.status}` };
    const { status } = answer.body as { status: string };
    if (status === 'confirmed') return { kind: 'ordered' };
    if (status !== 'processing') return { kind: 'error', what: `the order is ${status}` };
  }
  return { kind: 'error', what: `not confirmed within ${CONFIRMED_WITHIN_MS / 1_000} s` };
}

function refusal({ status, body }: Answer): Outcome {
  const code = (body as { code?: string }).code ?? '';
  if (code === 'inventory_insufficient') return { kind: 'sold_out' };
  return { kind: 'error', what: `${status} ${code}` };
}
