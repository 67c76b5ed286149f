import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { cacheMapping, readCached } from './host-cache.ts';
import { readMapping } from './read-mapping.ts';
import { isKnownUnmapped, rememberUnmapped } from './unmapped-hosts.ts';

export interface LookupSources {
  readonly database: D1Database;
  readonly cache: KVNamespace;
  /** Lets work go on after the response has been sent. */
  readonly afterwards: (work: Promise<unknown>) => void;
  readonly nowMs: number;
}

/**
 * The mapping of a normalised host, or null where there is none: from KV, else from D1, which then fills KV.
 * Rejects when D1 cannot be asked; KV failing is as KV not knowing.
 */
export async function lookupHost(
  host: string,
  { database, cache, afterwards, nowMs }: LookupSources,
): Promise<HostMapping | null> {
  if (isKnownUnmapped(host, nowMs)) return null;
  const cached = await readCached(cache, host).catch(() => null);
  if (cached !== null) return cached;
  const mapping = await readMapping(database, host);
  if (mapping === null) rememberUnmapped(host, nowMs);
  else afterwards(cacheMapping(cache, mapping, 'reader').catch(() => undefined));
  return mapping;
}
