import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { shopsNamedIn } from './shops-origin.ts';
import type { RunningFrontDoors } from './start-front-doors.ts';

/** One request of the load, and as which shop it was answered. */
export interface Served {
  readonly host: string;
  readonly place: number;
  readonly status: number;
  /** What says whose answer it is: the page's own words, or the context that reached the origin. Empty for neither. */
  readonly shops: readonly string[];
  /** By `performance.now()`. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

/** Who asks a host, and how often: `everyMs` after each answer. */
export interface Caller {
  readonly host: string;
  readonly place: number;
  readonly everyMs: number;
}

export interface ShopLoad {
  readonly served: Served[];
  /** Rejects where a request got no answer at all. */
  stop(): Promise<void>;
}

/** Asks for pages and calls of the API in turn, one at a time a caller, until it is stopped. */
export function startShopLoad(doors: RunningFrontDoors, callers: readonly Caller[]): ShopLoad {
  const served: Served[] = [];
  const stopping = new AbortController();
  const loops = callers.map(async ({ host, place, everyMs }) => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      served.push(await ask(doors, { host, place, isPage: turn % 2 === 0 }));
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  });
  return {
    served,
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function ask(
  { call, origin }: RunningFrontDoors,
  { host, place, isPage }: { host: string; place: number; isPage: boolean },
): Promise<Served> {
  const requestId = randomUUID();
  const path = isPage ? '/en/' : '/api/inventory/availability?variantKey=v1%3Atee';
  const beganAtMs = performance.now();
  const { status, text } = await call(place, host, {
    path,
    headers: { 'x-request-id': requestId },
  });
  const endedAtMs = performance.now();
  const heard = origin.calls
    .filter(({ headers }) => headers.get('x-request-id') === requestId)
    .map(({ headers }) => headers.get('x-shop-id') ?? 'none');
  const shops = [...new Set([...heard, ...(isPage ? shopsNamedIn(text) : [])])];
  return { host, place, status, shops, beganAtMs, endedAtMs };
}
