/** Everything that sells, on one Postgres: the service as it is run, the naive shop, and a stand-in for each. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOLD_TABLES } from '../../reference/hold-tables.ts';
import { ORDER_TABLES } from '../../reference/naive-orders.ts';
import type { NaiveShopSettings } from '../../reference/naive-shop.ts';
import { asAdmin, type BenchDatabase } from '../cluster.ts';
import { type Forked, startForked } from '../forked.ts';
import { freePort } from '../free-port.ts';
import {
  type EntryPointModule,
  type Env,
  loadModule,
  type Service,
  type ServiceContext,
  type ServicesModule,
} from '../platform-module.ts';
import { GATEWAY_KEY_ID, type Seller, SHOP, SKU, VARIANT_KEY, type Way } from './orders.ts';

const STOCKED = 10_000_000;
/** Each seller's, of the service's pools and of the naive shop's. */
const CONNECTIONS = 10;
const RATE_LIMIT_NAMES = [
  'LIMIT_LOOKUP',
  'LIMIT_PAGES',
  'LIMIT_SPEND_CALLER',
  'LIMIT_SPEND_ADDRESS',
  'LIMIT_READ_CALLER',
  'LIMIT_READ_ADDRESS',
];

type HostMappingModule = {
  mapDemoHosts(options: {
    frontDoor: string;
    controlHost: string;
    operatorToken: string;
    shops: readonly { id: string; host: string }[];
  }): Promise<void>;
};

/** Where the buyers of one seller go. */
export type Door = {
  readonly port: number;
  readonly standInUrl: string;
  /** CPU time so far, of the seller's stand-in and of its own processes, in milliseconds; NaN where there is no /proc. */
  cpuMs(): Promise<{ readonly standIn: number; readonly seller: number }>;
};

export type Sellers = {
  readonly doors: Readonly<Record<Seller, Door>>;
  stop(): Promise<void>;
};

export type Market = {
  readonly gatewayPrivateKey: string;
  /** Starts both sellers for buyers who come this way. */
  open(way: Way): Promise<Sellers>;
  /** Units of the variant that are sold, and that are held. */
  levels(seller: Seller): Promise<{ readonly sold: number; readonly held: number }>;
};

type Facts = {
  readonly database: BenchDatabase;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly tokenKey: { readonly keyId: string; readonly secret: string };
  readonly operatorToken: string;
};

const STRIPE_KEY = 'sk_test_of_the_bench';
const WEBHOOK_SECRET = 'whsec_of_the_bench';

/** Seeds the demo shops, and gives both sellers the same stock of the one variant. */
export async function prepareMarket(database: BenchDatabase): Promise<Market> {
  const { runEntryPoint } = await loadModule<EntryPointModule>('local/entry-point.ts');
  const tokenKey = { keyId: 'bench', secret: randomBytes(32).toString('base64') };
  const printed = await runEntryPoint('seed-demo', {
    ENVIRONMENT: 'local',
    MIGRATOR_DATABASE_URL: database.migratorUrl,
    TOKEN_KEYS: JSON.stringify([tokenKey]),
  });
  const { operatorToken } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as {
    operatorToken: string;
  };
  await asAdmin(database.adminUrl, async (admin) => {
    await admin.query(`${HOLD_TABLES} ${ORDER_TABLES}`);
    await admin.query('update stock set on_hand = $3 where shop_id = $1 and variant_key = $2', [
      SHOP,
      VARIANT_KEY,
      STOCKED,
    ]);
    await admin.query('insert into reference.stock values ($1, $2, $3, 0)', [
      SHOP,
      VARIANT_KEY,
      STOCKED,
    ]);
    await admin.query(
      `insert into reference.product
       select p.shop_id, p.sku, p.name, p.unit_price_minor, t.rate_basis_points
         from product p join tax_rate t using (shop_id, tax_class) where p.shop_id = $1 and p.sku = $2`,
      [SHOP, SKU],
    );
  });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const facts: Facts = {
    database,
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    tokenKey,
    operatorToken,
  };
  return {
    gatewayPrivateKey: facts.privateKey,
    open: (way) => openSellers(facts, way),
    levels: (seller) => readLevels(database, seller),
  };
}

async function readLevels(database: BenchDatabase, seller: Seller) {
  const schema = seller === 'ours' ? 'public' : 'reference';
  return asAdmin(database.adminUrl, async (admin) => {
    const { rows } = await admin.query<{ on_hand: string; held: string }>(
      `select on_hand, held from ${schema}.stock where shop_id = $1 and variant_key = $2`,
      [SHOP, VARIANT_KEY],
    );
    return { sold: STOCKED - Number(rows[0]?.on_hand), held: Number(rows[0]?.held) };
  });
}

async function openSellers(facts: Facts, way: Way): Promise<Sellers> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-checkout-'));
  const ending: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    const ours = await openSeller(facts, { seller: 'ours', way, dir, ending });
    const naive = await openSeller(facts, {
      seller: 'naive',
      way,
      dir,
      ending,
      operationsAt: `http://127.0.0.1:${ours.servicePort}`,
    });
    return { doors: { ours, naive }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Opening = {
  readonly seller: Seller;
  readonly way: Way;
  readonly dir: string;
  /** What ends what was started, in its order. */
  readonly ending: (() => Promise<unknown>)[];
  /** Who answers operators: ours. */
  readonly operationsAt?: string;
};

async function openSeller(
  facts: Facts,
  { seller, way, dir: parent, ending, operationsAt }: Opening,
): Promise<Door & { readonly servicePort: number }> {
  const services = await loadModule<ServicesModule>('local/platform-services.ts');
  const dir = join(parent, seller);
  await mkdir(join(dir, 'logs'), { recursive: true });
  const context: ServiceContext = {
    dir,
    restart: false,
    log: console.error,
    onGivenUp: console.error,
  };
  const begin = async (service: Service): Promise<Service> => {
    await service.start();
    ending.push(() => service.stop());
    return service;
  };
  const ports = {
    service: await freePort(),
    standIn: await freePort(),
    frontDoor: await freePort(),
  };
  const standInUrl = `http://127.0.0.1:${ports.standIn}`;
  const sellers: (() => number | undefined)[] = [];
  if (seller === 'ours') {
    const env = serviceEnv(facts, ports.service, standInUrl);
    const service = await begin(services.nodeService(context, env, ports.service));
    const jobs = await begin(services.jobs(context, env));
    sellers.push(service.pid, jobs.pid);
  } else {
    const shop = await startNaiveShop(facts, ports.standIn, operationsAt ?? '', ending);
    ports.service = shop.ready;
    sellers.push(() => shop.pid);
  }
  const webhooks = await startWebhooks(facts, way, ports, ending);
  if (way === 'edge') {
    await begin(services.edge(context, edgeOptions(facts, ports, standInUrl)));
    await mapHost(facts, ports.frontDoor);
  }
  const standIn = await begin(
    services.stripeStandIn(context, standInEnv(ports.standIn, webhooks), ports.standIn),
  );
  return {
    port: way === 'edge' ? ports.frontDoor : ports.service,
    servicePort: ports.service,
    standInUrl,
    cpuMs: async () => {
      const used = await Promise.all(sellers.map((pid) => cpuMsOf(pid())));
      return {
        standIn: await cpuMsOf(standIn.pid()),
        seller: used.reduce((total, one) => total + one, 0),
      };
    },
  };
}

type Ports = { service: number; standIn: number; frontDoor: number };
type Webhooks = { readonly url: string; readonly hostHeader?: string };

/** Where the stand-in sends its events. */
async function startWebhooks(
  { privateKey }: Facts,
  way: Way,
  { service, frontDoor }: Ports,
  ending: Opening['ending'],
): Promise<Webhooks> {
  const url = (port: number): string => `http://127.0.0.1:${port}/api/stripe-webhook`;
  if (way === 'edge') return { url: url(frontDoor), hostHeader: `hooks.localhost:${frontDoor}` };
  const settings = JSON.stringify({ port: service, privateKey });
  const gateway = await startForked<never, never, number>('webhook-gateway.ts', import.meta.url, {
    BENCH_WEBHOOKS: settings,
  });
  ending.push(() => gateway.stop());
  return { url: url(gateway.ready) };
}

async function startNaiveShop(
  { database, publicKey, tokenKey }: Facts,
  standInPort: number,
  operationsAt: string,
  ending: Opening['ending'],
): Promise<Forked<never, never, number>> {
  const settings: NaiveShopSettings = {
    databaseUrl: database.tenantUrl,
    connections: CONNECTIONS,
    gatewayKeyId: GATEWAY_KEY_ID,
    gatewayPublicKey: publicKey,
    tokenKey,
    stripe: { secretKey: STRIPE_KEY, port: standInPort, webhookSecret: WEBHOOK_SECRET },
    operationsAt,
  };
  const shop = await startForked<never, never, number>(
    '../../reference/naive-shop.ts',
    import.meta.url,
    { NAIVE_SHOP: JSON.stringify(settings) },
  );
  ending.push(() => shop.stop());
  return shop;
}

function serviceEnv(facts: Facts, port: number, standInUrl: string): Env {
  const { database, publicKey, tokenKey } = facts;
  return {
    ENVIRONMENT: 'local',
    NODE_SERVICE_PORT: String(port),
    NODE_SERVICE_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    LOG_LEVEL: 'info',
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
    DATABASE_POOL_SIZE: String(CONNECTIONS),
    GATEWAY_PUBLIC_KEYS: JSON.stringify({ [GATEWAY_KEY_ID]: publicKey }),
    TOKEN_KEYS: JSON.stringify([tokenKey]),
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_API_BASE: standInUrl,
    STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    STRIPE_BILLING_WEBHOOK_SECRETS: 'whsec_of_nobody',
    PUBLIC_SCHEME: 'http',
    PUBLIC_PORT: '8787',
  };
}

function standInEnv(port: number, webhooks: Webhooks): Env {
  return {
    STRIPE_STAND_IN_PORT: String(port),
    STAND_IN_API_KEY: STRIPE_KEY,
    STAND_IN_ENDPOINTS: JSON.stringify([
      { ...webhooks, secret: WEBHOOK_SECRET, events: ['checkout'] },
    ]),
  };
}

/** Production's settings, but for limits: one machine plays all the buyers. */
function edgeOptions({ privateKey }: Facts, { service, frontDoor }: Ports, standInUrl: string) {
  const limits = RATE_LIMIT_NAMES.map((name) => [name, { limit: 1_000_000, periodSeconds: 10 }]);
  return {
    port: frontDoor,
    nodeOrigin: `http://127.0.0.1:${service}`,
    gatewayKeyId: GATEWAY_KEY_ID,
    gatewayPrivateKey: privateKey,
    cartKeys: [{ keyId: 'bench', secret: randomBytes(32).toString('base64') }],
    standInUrl,
    rateLimits: Object.fromEntries(limits),
  };
}

async function mapHost({ operatorToken }: Facts, frontDoor: number): Promise<void> {
  const { mapDemoHosts } = await loadModule<HostMappingModule>('local/host-mapping.ts');
  await mapDemoHosts({
    frontDoor: `http://127.0.0.1:${frontDoor}`,
    controlHost: `ops.localhost:${frontDoor}`,
    operatorToken,
    shops: [{ id: SHOP, host: `${SHOP}.localhost` }],
  });
}

/** Linux counts a hundred ticks a second. */
async function cpuMsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
