/**
 * The node service as its tests drive it: a database of its own, the Stripe stand-in, the HTTP service and the job
 * worker in this process, and a gateway that signs as the real one does and passes webhooks on.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import {
  importGatewayPrivateKey,
  signGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import {
  type ShopContext,
  shopContextToHeaders,
} from '@commerce/contracts/vocabulary/shop-context.ts';
import pg from 'pg';
import { type StripeStandIn, startStripeStandIn } from '../../../local/stripe-stand-in/server.ts';
import { createTestDatabase, type TestDatabase } from '../../../local/test-database.ts';
import { createApp } from '../app.ts';
import { buildDeps } from '../build-deps.ts';
import { readConfig } from '../config.ts';
import { DEMO_SHOPS } from '../demo/shops.ts';
import { writeDemoShop } from '../demo/write-shop.ts';
import type { Deps } from '../deps.ts';
import { startLoops } from '../jobs/loops.ts';
import { startWorker } from '../jobs/worker.ts';

const WEBHOOK_SECRET = 'whsec_of_the_tests';
const GATEWAY_KEY_ID = 'test-gateway';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
const PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  // A test knows what it asked for; the contract check of every answer holds its shape.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
};

export type CallOptions = {
  readonly shop?: string | null;
  readonly body?: unknown;
  readonly rawBody?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bearer?: string;
  readonly key?: string;
  /** Changes the request after it was signed, as one who has caught it might. */
  readonly tamper?: (request: Request) => Request;
};

export type TestService = {
  readonly url: string;
  readonly deps: Deps;
  readonly database: TestDatabase;
  readonly standIn: StripeStandIn;
  readonly webhookSecret: string;
  /** Calls the node contract as the gateway does. `path` is below /node/v1 unless it begins with /ops. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Pays, declines or expires a session at the stand-in. */
  pay(sessionId: string, outcome: string): Promise<Reply>;
  standInControl(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Rows, as a superuser sees them, whatever the shop. */
  rows<T extends pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
};

export type ServiceOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** No worker and no loops: events and jobs wait. */
  readonly withoutJobs?: boolean;
};

export function newKey(): string {
  return randomBytes(24).toString('base64url');
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function toReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

async function signed(url: string, method: string, options: CallOptions): Promise<Request> {
  const context: ShopContext = {
    shopId: options.shop ?? '',
    requestId: `req_${newKey()}`,
    environment: 'local',
    host: `${options.shop}.localhost`,
    canonicalHost: `${options.shop}.localhost`,
  };
  const text = options.body === undefined ? null : JSON.stringify(options.body);
  const body = options.rawBody ?? (text === null ? null : new TextEncoder().encode(text));
  const request = new Request(url, {
    method,
    headers: {
      ...(options.shop === null ? {} : shopContextToHeaders(context)),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
      ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
      [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
      ...options.headers,
    },
    body: body === null ? null : new Uint8Array(body),
  });
  const key = { keyId: GATEWAY_KEY_ID, privateKey: await importGatewayPrivateKey(PRIVATE_KEY) };
  return signGatewayRequest(request, body, key, new Date());
}

/** What the gateway does with a webhook: the bytes untouched, signed, and no shop. */
function createWebhookGateway(serviceUrl: () => string): Server {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = {
      'stripe-signature': String(request.headers['stripe-signature'] ?? ''),
      'content-type': 'application/json',
    };
    try {
      const forwarded = await fetch(
        await signed(`${serviceUrl()}/node/v1/webhooks/stripe`, 'POST', {
          shop: null,
          rawBody: Buffer.concat(chunks),
          headers,
        }),
      );
      response.writeHead(forwarded.status).end(await forwarded.text());
    } catch {
      response.writeHead(503).end();
    }
  });
}

async function seed(database: TestDatabase): Promise<void> {
  const migrator = new pg.Client({ connectionString: database.migratorUrl });
  await migrator.connect();
  for (const shop of DEMO_SHOPS) await writeDemoShop(migrator, shop);
  await migrator.end();
}

/** The environment of a service under test; a spawned process takes it as it is. */
export function serviceEnv(database: TestDatabase, standInUrl: string): Record<string, string> {
  return {
    ENVIRONMENT: 'local',
    NODE_SERVICE_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
    GATEWAY_PUBLIC_KEYS: JSON.stringify({ [GATEWAY_KEY_ID]: PUBLIC_KEY }),
    TOKEN_KEYS: JSON.stringify([{ keyId: 'test', secret: randomBytes(32).toString('base64') }]),
    STRIPE_SECRET_KEY: 'sk_test_of_the_tests',
    STRIPE_API_BASE: standInUrl,
    STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    STRIPE_BILLING_WEBHOOK_SECRETS: 'whsec_billing',
    PUBLIC_SCHEME: 'http',
    PUBLIC_PORT: '8787',
  };
}

/** Starts all of it, with the two demo shops. The caller stops it. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  const database = await createTestDatabase();
  await seed(database);
  let url = '';
  const gateway = createWebhookGateway(() => url);
  const webhookUrl = `http://127.0.0.1:${await listen(gateway)}/api/stripe-webhook`;
  const standIn = await startStripeStandIn({
    port: 0,
    endpoints: [{ url: webhookUrl, secret: WEBHOOK_SECRET, events: ['checkout'] }],
    retryScheduleMs: [100, 200, 400, 800, 1_600, 3_200],
    balanceDelayMs: 10,
  });
  const config = readConfig({ ...serviceEnv(database, standIn.url), ...options.env });
  const deps = await buildDeps(config, 'test');
  const server = createServer((await createApp(deps)).callback());
  url = `http://127.0.0.1:${await listen(server)}`;
  const worker = options.withoutJobs ? undefined : await startWorker(deps);
  const loops = worker && startLoops(deps, worker.workerIds);
  const admin = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
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
    url,
    deps,
    database,
    standIn,
    webhookSecret: WEBHOOK_SECRET,
    call: async (method, path, call = {}) => {
      const full = `${url}${path.startsWith('/ops') ? '' : '/node/v1'}${path}`;
      const request = await signed(full, method, { shop: 'aurora', ...call });
      return toReply(await fetch(call.tamper?.(request) ?? request));
    },
    pay: (sessionId, outcome) => standInControl('POST', `/sessions/${sessionId}/pay`, { outcome }),
    standInControl,
    rows: async (sql, params) => (await admin.query(sql, params)).rows,
    stop: async () => {
      await standIn.stop();
      await loops?.stop();
      await worker?.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await new Promise((resolve) => gateway.close(resolve));
      await deps.db.close();
      await admin.end();
      await database.drop();
    },
  };
}

/** Waits until `look` answers something other than undefined, or fails after `timeoutMs`. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`nothing came within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
