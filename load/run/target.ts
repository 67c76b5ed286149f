/** What is played against: a platform of our own, or one that runs already. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import { loadModule } from '../bench/platform-module.ts';
import { requireLoopback } from '../loopback.ts';
import type { ItemTarget, ShopTarget } from '../scenarios/settings.ts';
import { type HostAnswer, requestLocal } from './request.ts';

/** Of a platform's keys.json: what a load run needs. */
export type Keys = {
  readonly operatorToken: string;
  readonly tokenKeys: readonly { readonly keyId: string; readonly secret: string }[];
  readonly shops: readonly {
    readonly id: string;
    readonly skus: readonly {
      readonly sku: string;
      readonly variantAttributes?: Readonly<Record<string, string>>;
    }[];
  }[];
  readonly urls: {
    readonly frontDoor: string;
    readonly shops: Readonly<Record<string, string>>;
    readonly ops: string;
    readonly stripeStandIn?: string;
  };
};

export type Target = {
  readonly keys: Keys;
  readonly standIn: string;
  readonly shops: readonly ShopTarget[];
  /** As k6's option `hosts` takes them. */
  readonly hosts: Readonly<Record<string, string>>;
  /** What a reader of the report has to know of this platform. */
  readonly notes: readonly string[];
  stop(): Promise<void>;
};

type LocalPlatform = { readonly keys: Keys; stop(): Promise<void> };
type PlatformModule = {
  startPlatform(options: {
    dir: string;
    rateLimits: Readonly<Record<string, { limit: number; periodSeconds: 10 | 60 }>>;
    onStep: (step: { what: string; seconds: number | undefined }) => void;
    onGivenUp: (reason: string) => void;
    log: (message: string) => void;
    signal: AbortSignal;
  }): Promise<LocalPlatform>;
};

/** One machine plays everybody: the limit of one address would stop it, and no limit of a cart or token is changed. */
const CEILING = { limit: 1_000_000, periodSeconds: 10 } as const;
const RATE_LIMITS = {
  LIMIT_PAGES: CEILING,
  LIMIT_SPEND_ADDRESS: CEILING,
  LIMIT_READ_ADDRESS: CEILING,
};

const OWN_NOTE =
  'A platform of its own: embedded Postgres with fsync on, the edge in workerd, everything and k6 on one machine. All buyers come from one address, so the edge’s ceilings by address are raised; those by cart and by token are production’s.';
const RUNNING_NOTE =
  'A platform that ran already, with its usual rate limits: all buyers come from one address, and may be turned away for that alone.';

async function startOwn(
  say: (line: string) => void,
  abort: AbortController,
): Promise<LocalPlatform> {
  const { startPlatform } = await loadModule<PlatformModule>('local/platform.ts');
  const dir = await mkdtemp(join(tmpdir(), 'commerce-load-'));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const platform = await startPlatform({
      dir,
      rateLimits: RATE_LIMITS,
      onStep: ({ what, seconds }) => {
        if (seconds !== undefined) say(`${what}: ${seconds.toFixed(1)} s`);
      },
      onGivenUp: (reason) => abort.abort(new Error(reason)),
      log: say,
      signal: abort.signal,
    });
    return {
      keys: platform.keys,
      stop: async () => {
        await platform.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @throws where the folder is none of a running local platform. */
async function attach(folder: string): Promise<LocalPlatform> {
  const file = join(folder, 'keys.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} cannot be read: --platform takes the folder of a running npm start`);
  });
  return { keys: JSON.parse(text) as Keys, stop: async () => {} };
}

/**
 * @param folder of a running platform; undefined starts one
 * @throws with one sentence where there is none, or it is not of this machine
 */
export async function openTarget(
  folder: string | undefined,
  say: (line: string) => void,
  abort: AbortController,
): Promise<Target> {
  const platform = folder === undefined ? await startOwn(say, abort) : await attach(folder);
  try {
    const { keys } = platform;
    const { frontDoor, ops, stripeStandIn, shops: origins } = keys.urls;
    if (stripeStandIn === undefined)
      throw new Error('this platform talks to Stripe itself, and load is not for Stripe');
    requireLoopback([frontDoor, ops, stripeStandIn, ...Object.values(origins)]);
    const shops: ShopTarget[] = [];
    for (const { id, skus } of keys.shops) {
      const origin = new URL(origins[id] ?? '').origin;
      shops.push({ shopId: id, origin, items: await itemsOf(origin, skus) });
    }
    const address = new URL(frontDoor).host;
    return {
      keys,
      standIn: stripeStandIn,
      shops,
      hosts: Object.fromEntries(shops.map(({ origin }) => [new URL(origin).host, address])),
      notes: [folder === undefined ? OWN_NOTE : RUNNING_NOTE],
      stop: platform.stop,
    };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

function headerOf({ headers }: HostAnswer, name: string): string {
  return String(headers[name] ?? '');
}

/** What can be bought outright. Each page's path is in the locale that the host redirects to. */
async function itemsOf(origin: string, skus: Keys['shops'][number]['skus']): Promise<ItemTarget[]> {
  const items: ItemTarget[] = [];
  for (const { sku, variantAttributes = {} } of skus) {
    if (await isRental(origin, { sku, variantAttributes, quantity: 1 })) continue;
    const path = `/products/${encodeURIComponent(sku)}`;
    const page = await requestLocal({ url: origin + path });
    const pagePath = new URL(headerOf(page, 'location') || path, origin).pathname;
    const variantKey = variantKeyV1(sku, { ...variantAttributes });
    items.push({ sku, variantAttributes, variantKey, pagePath });
  }
  if (items.length === 0) throw new Error(`${origin} has nothing that can be bought outright`);
  return items;
}

/** A cart takes days for a rental, and refuses them for what is sold. */
async function isRental(origin: string, line: object): Promise<boolean> {
  const today = new Date().toISOString().slice(0, 10);
  const { status } = await requestLocal({
    url: `${origin}/api/cart`,
    method: 'POST',
    body: { ...line, rental: { from: today, to: today } },
  });
  return status === 200;
}
