import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { applyMigrations } from './d1-migrations.ts';
import { childEnv, ROOT } from './entry-point.ts';
import { freePort } from './free-port.ts';
import {
  RATE_LIMITS,
  type RateLimit,
  type RateLimitName,
  rateLimitBindings,
} from './rate-limits.ts';

/** The runtime's behaviour is pinned to this day, here and in every wrangler.jsonc. */
export const COMPATIBILITY_DATE = '2026-07-01';

const METRICS = { METRICS: { dataset: 'edge-metrics' } };

/** A master key of the cart cookie; the first of a list signs. */
export interface CartKeySetting {
  readonly keyId: string;
  /** base64, 32 bytes or more */
  readonly secret: string;
}

export interface EdgeOptions {
  /** Port of the front door on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** Where the gateway finds the node service, for instance `http://127.0.0.1:3000`. */
  readonly nodeOrigin: string;
  readonly gatewayKeyId: string;
  /** base64 of a PKCS8 Ed25519 private key */
  readonly gatewayPrivateKey: string;
  readonly cartKeys: readonly CartKeySetting[];
  /** Default `local`. */
  readonly environment?: string;
  /** Default `hooks.localhost`. */
  readonly webhookHost?: string;
  /** Default `ops.localhost`. */
  readonly controlHost?: string;
  /** Default `http`. */
  readonly publicScheme?: string;
  /** The port in the URLs that buyers see. Default: the port that the front door listens on. */
  readonly publicPort?: string;
  /** Default `stand-in`. */
  readonly paymentUi?: 'stand-in' | 'stripe';
  readonly stripePublishableKey?: string;
  /** The Stripe stand-in as a browser reaches it. Default: its usual port on 127.0.0.1. */
  readonly standInUrl?: string;
  /** Keeps D1 and KV in this folder. Without it they are gone after `dispose()`. */
  readonly persistDir?: string;
  /** Gets every line that a Worker logs. Default: `console.log`. */
  readonly onLogLine?: (line: string) => void;
  /** For a test that would meet a limit: others than production's. */
  readonly rateLimits?: Partial<Record<RateLimitName, RateLimit>>;
  /** The front door's entry module, for a test that wraps it. Default: its own. */
  readonly frontDoorEntry?: string;
  /** Overrides or adds variables of a Worker, for a test of an odd setting. */
  readonly vars?: Partial<Record<WorkerName, Readonly<Record<string, string>>>>;
}

export interface RunningEdge {
  /** `http://127.0.0.1:<port>`: connect here, and name the shop in the `Host` header. */
  readonly url: string;
  readonly port: number;
  /** Runs the front door's cron trigger once, now. Throws where that fails. */
  runScheduled(): Promise<void>;
  dispose(): Promise<void>;
}

type WorkerName = 'front-door' | 'gateway' | 'storefront';

/**
 * Runs the three Workers in workerd on this machine: the front door with the only port, the gateway and the
 * storefront behind its bindings, D1 with its migrations applied, and KV.
 * Rejects when a Worker does not build or the port is taken.
 */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const port = options.port === 0 ? await freePort() : options.port;
  const [frontDoor, gateway, storefront] = await Promise.all([
    bundleWorker(options.frontDoorEntry ?? entryOf('front-door')),
    bundleWorker(entryOf('gateway')),
    bundleWorker(entryOf('storefront')),
  ]);
  const settings = workerSettings(options, port);
  const worker = (name: WorkerName, script: string) =>
    ({
      name,
      modules: [{ type: 'ESModule', path: `${name}.js`, contents: script }],
      compatibilityDate: COMPATIBILITY_DATE,
      ...settings[name],
      bindings: { ...settings[name].bindings, ...options.vars?.[name] },
    }) as WorkerOptions;

  const miniflare = new Miniflare({
    // Miniflare's own door, which nobody uses: see below.
    host: '127.0.0.1',
    port: 0,
    // Without this Miniflare asks the internet for a sample of Cloudflare's request properties.
    cf: false,
    ...(options.persistDir === undefined ? {} : { defaultPersistRoot: options.persistDir }),
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      const onLine = options.onLogLine ?? console.log;
      createInterface({ input: stdout }).on('line', onLine);
      createInterface({ input: stderr }).on('line', onLine);
    },
    workers: [
      {
        ...worker('front-door', frontDoor),
        // workerd itself listens here: Miniflare's door would rewrite the URL (`'` in a query becomes `%27`), and
        // costs as much as the Workers behind it.
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
      },
      worker('gateway', gateway),
      worker('storefront', storefront),
    ],
  });
  try {
    await miniflare.ready;
    const database = await miniflare.getD1Database('HOSTS_DB', 'front-door');
    await applyMigrations(database, join(ROOT, 'edge/front-door/migrations'));
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async runScheduled() {
      const frontDoorWorker = await miniflare.getWorker('front-door');
      const { outcome } = await frontDoorWorker.scheduled({ cron: '* * * * *' });
      if (outcome !== 'ok') throw new Error(`the scheduled run ended as ${outcome}`);
    },
    dispose: () => miniflare.dispose(),
  };
}

type WorkerSettings = Partial<
  Pick<
    WorkerOptions,
    'd1Databases' | 'kvNamespaces' | 'ratelimits' | 'analyticsEngineDatasets' | 'serviceBindings'
  >
> & { readonly bindings: Readonly<Record<string, string>> };

/** What each Worker is bound to: the same names as in its wrangler.jsonc, which a test holds. */
export function workerSettings(
  options: EdgeOptions,
  port: number,
): Record<WorkerName, WorkerSettings> {
  const vars = workerVars(options, port);
  const limits = options.rateLimits ?? {};
  return {
    'front-door': {
      bindings: vars['front-door'],
      d1Databases: { HOSTS_DB: 'hosts' },
      kvNamespaces: { HOST_CACHE: 'host-cache' },
      ratelimits: rateLimitBindings(RATE_LIMITS['front-door'], limits),
      analyticsEngineDatasets: METRICS,
      serviceBindings: {
        GATEWAY: 'gateway',
        OPERATIONS: { name: 'gateway', entrypoint: 'Operations' },
        STOREFRONT: 'storefront',
      },
    },
    gateway: {
      bindings: vars.gateway,
      ratelimits: rateLimitBindings(RATE_LIMITS.gateway, limits),
      analyticsEngineDatasets: METRICS,
    },
    storefront: {
      bindings: vars.storefront,
      serviceBindings: { CATALOGUE: { name: 'gateway', entrypoint: 'Catalogue' } },
    },
  };
}

function workerVars(
  options: EdgeOptions,
  port: number,
): Record<WorkerName, Record<string, string>> {
  const environment = options.environment ?? 'local';
  const cartKeys = JSON.stringify(options.cartKeys);
  const site = {
    PUBLIC_SCHEME: options.publicScheme ?? 'http',
    PUBLIC_PORT: options.publicPort ?? String(port),
  };
  return {
    'front-door': {
      ENVIRONMENT: environment,
      WEBHOOK_HOST: options.webhookHost ?? 'hooks.localhost',
      CONTROL_HOST: options.controlHost ?? 'ops.localhost',
      ...site,
    },
    gateway: {
      ENVIRONMENT: environment,
      NODE_ORIGIN: options.nodeOrigin,
      GATEWAY_KEY_ID: options.gatewayKeyId,
      GATEWAY_PRIVATE_KEY: options.gatewayPrivateKey,
      CART_KEYS: cartKeys,
    },
    storefront: {
      CART_KEYS: cartKeys,
      PAYMENT_UI: options.paymentUi ?? 'stand-in',
      STRIPE_PUBLISHABLE_KEY: options.stripePublishableKey ?? '',
      STAND_IN_URL: options.standInUrl ?? 'http://127.0.0.1:12111',
      ...site,
    },
  };
}

function entryOf(name: WorkerName): string {
  return join(ROOT, `edge/${name}/worker.ts`);
}

/** Bundled by the edge's own program, in a process of its own: this workspace imports nothing of the Workers. */
async function bundleWorker(entry: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-bundle-'));
  const output = join(folder, 'worker.js');
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'edge/bundle.ts'), entry, output], {
      cwd: ROOT,
      env: childEnv({}),
    });
    return await readFile(output, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
