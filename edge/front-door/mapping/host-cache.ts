import type { KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** How long a data centre goes on with what it has read of KV, a miss too, without asking further in. */
export const CACHE_TTL_SECONDS = 60;

/** What KV holds for a day of a host that is no longer mapped, so that nobody asks D1 for it. */
export interface Tombstone {
  readonly deleted: true;
  readonly host: string;
  /** The version that the deletion was. */
  readonly version: number;
}

export type CachedHost = HostMapping | Tombstone;

export function isTombstone(cached: CachedHost): cached is Tombstone {
  return 'deleted' in cached;
}

/** The key of a host in KV. */
export function cacheKeyOf(host: string): string {
  return `host:${host}`;
}

/**
 * What KV has of a host, or null. Readers never write KV: the control plane alone does.
 * Rejects where KV fails, where the value is no JSON, and where it is another host's.
 */
export async function readCached(cache: KVNamespace, host: string): Promise<CachedHost | null> {
  const cached = await cache.get<CachedHost>(cacheKeyOf(host), {
    type: 'json',
    cacheTtl: CACHE_TTL_SECONDS,
  });
  if (cached !== null && cached.host !== host) {
    throw new Error(`KV has a mapping of "${cached.host}" under the key of "${host}".`);
  }
  return cached;
}
