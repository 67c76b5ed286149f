import type { KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** KV keeps nothing for less than a minute. */
const WRITE_BACK_LIFETIME_SECONDS = 60;

function keyOf(host: string): string {
  return `host:${host}`;
}

export async function readCached(cache: KVNamespace, host: string): Promise<HostMapping | null> {
  return cache.get<HostMapping>(keyOf(host), 'json');
}

/**
 * Puts a mapping into KV unless a newer version is there already.
 * KV has no compare-and-swap: a reader that read D1 before a write may still put its older copy after the writer's.
 * So a reader's copy lives for a minute, and the writer's, which is the newest when it is put, until it is replaced.
 */
export async function cacheMapping(
  cache: KVNamespace,
  mapping: HostMapping,
  from: 'writer' | 'reader',
): Promise<void> {
  const present = await readCached(cache, mapping.host);
  if (present !== null && present.version > mapping.version) return;
  const lifetime = from === 'reader' ? { expirationTtl: WRITE_BACK_LIFETIME_SECONDS } : {};
  await cache.put(keyOf(mapping.host), JSON.stringify(mapping), lifetime);
}
