import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import { type CachedHost, cacheKeyOf, isTombstone } from './host-cache.ts';
import { fromRow, type HostMappingRow } from './host-mapping.ts';

/**
 * A publication this near to the change may have met another one that was still under way, and KV has no
 * compare-and-swap: whichever arrives last stays. So it is repeated once, after any such other must have ended.
 */
export const SETTLED_AFTER_MS = 120_000;

/** A mapping is put anew this long after it was put last, so that nothing that KV loses is lost for good. */
export const REFRESH_AFTER_MS = 12 * 60 * 60 * 1000;

/** A tombstone spares D1 the questions for a host that was just deleted. Later it is as unknown as any other. */
export const TOMBSTONE_LIFETIME_SECONDS = 24 * 60 * 60;

/** A host that is written faster than it can be published is left to the writer, or to the sweep. */
const MAX_ROUNDS = 5;

/** A Worker has six connections at a time; KV is asked over them. */
const PUTS_AT_ONCE = 6;

export interface PublishSources {
  readonly database: D1Database;
  readonly cache: KVNamespace;
  readonly now: Date;
}

export interface Publication {
  /** The cache has what the database has. */
  readonly published: readonly string[];
  /** KV refused, or the host kept changing; the sweep tries again. */
  readonly failed: readonly { readonly host: string; readonly error: unknown }[];
}

/** What is to be put for one host, and the version that it must still have afterwards. */
interface Pending {
  readonly cached: CachedHost;
  readonly version: number;
  readonly changedAt: string;
}

/**
 * Puts what the database has of these hosts into the cache: mappings, and tombstones for those that were deleted. Then
 * marks them, where nobody has written them meanwhile; those that somebody has are read and put again. So whoever puts
 * an older copy last finds that out, and puts it right. A host that was never written is left alone.
 * Rejects where D1 fails; one host that KV fails at does not keep the others back.
 */
export async function publishMappings(
  hosts: readonly string[],
  sources: PublishSources,
): Promise<Publication> {
  const published: string[] = [];
  const failed: { host: string; error: unknown }[] = [];
  let waiting = hosts;
  for (let round = 0; round < MAX_ROUNDS && waiting.length > 0; round += 1) {
    const pending = await readPending(sources.database, waiting);
    const put: Pending[] = [];
    for (let start = 0; start < pending.length; start += PUTS_AT_ONCE) {
      const group = pending.slice(start, start + PUTS_AT_ONCE);
      const puts = group.map(({ cached }) => putCached(sources.cache, cached));
      for (const [index, result] of (await Promise.allSettled(puts)).entries()) {
        const one = group[index];
        if (one === undefined) continue;
        if (result.status === 'fulfilled') put.push(one);
        else failed.push({ host: one.cached.host, error: result.reason });
      }
    }
    const overtaken = await markCached(sources, put);
    published.push(...put.map(({ cached }) => cached.host).filter((host) => !overtaken.has(host)));
    waiting = [...overtaken];
  }
  const error = new Error(`was written again during each of ${MAX_ROUNDS} publications`);
  return { published, failed: [...failed, ...waiting.map((host) => ({ host, error }))] };
}

interface PendingRow extends Partial<HostMappingRow> {
  readonly published_host: string;
  readonly state_version: number;
  readonly changed_at: string;
}

/** The mapping and its place in the queue are of one moment, since one statement reads both. */
async function readPending(database: D1Database, hosts: readonly string[]): Promise<Pending[]> {
  const { results } = await database
    .prepare(
      `select state.host as published_host, state.version as state_version, state.changed_at,
              host_mapping.*
         from json_each(?1) as wanted
         join host_cache_state as state on state.host = wanted.value
         left join host_mapping on host_mapping.host = state.host`,
    )
    .bind(JSON.stringify(hosts))
    .all<PendingRow>();
  return results.map((row) => ({
    cached: cachedOf(row),
    version: row.state_version,
    changedAt: row.changed_at,
  }));
}

function cachedOf(row: PendingRow): CachedHost {
  return isMapped(row)
    ? fromRow(row)
    : { deleted: true, host: row.published_host, version: row.state_version };
}

function isMapped(row: PendingRow): row is PendingRow & HostMappingRow {
  return typeof row.host === 'string';
}

async function putCached(cache: KVNamespace, cached: CachedHost): Promise<void> {
  const lifetime = isTombstone(cached) ? { expirationTtl: TOMBSTONE_LIFETIME_SECONDS } : {};
  await cache.put(cacheKeyOf(cached.host), JSON.stringify(cached), lifetime);
}

/** Marks what was put, where the host still has that version. Gives those that have another one by now. */
async function markCached(
  { database, now }: PublishSources,
  put: readonly Pending[],
): Promise<ReadonlySet<string>> {
  if (put.length === 0) return new Set();
  const marks = put.map((one) => ({
    host: one.cached.host,
    version: one.version,
    dueAt: dueAgainAt(one, now),
  }));
  const { results } = await database
    .prepare(
      `update host_cache_state
          set cached_version = version, cached_at = ?2, due_at = mark.value ->> 'dueAt'
         from json_each(?1) as mark
        where host = mark.value ->> 'host' and version = mark.value ->> 'version'
       returning host`,
    )
    .bind(JSON.stringify(marks), now.toISOString())
    .all<{ host: string }>();
  const marked = new Set(results.map(({ host }) => host));
  return new Set(marks.map(({ host }) => host).filter((host) => !marked.has(host)));
}

/** When the sweep publishes it again: once when it has settled, then now and then. A tombstone may run out. */
function dueAgainAt({ cached, changedAt }: Pending, now: Date): string | null {
  const settledAtMs = Date.parse(changedAt) + SETTLED_AFTER_MS;
  if (now.getTime() < settledAtMs) return new Date(settledAtMs).toISOString();
  return isTombstone(cached) ? null : new Date(now.getTime() + REFRESH_AFTER_MS).toISOString();
}
