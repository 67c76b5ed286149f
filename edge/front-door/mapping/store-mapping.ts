import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** Who writes, why, and in which request. */
export interface MappingAuthor {
  readonly operator: string;
  readonly reason: string;
  readonly requestId: string;
}

/** A write to one host, as its audit row tells it. */
interface Change {
  readonly host: string;
  /** What the writer read; the host must still be so. */
  readonly before: HostMapping | null;
  /** Null for a deletion. */
  readonly after: HostMapping | null;
  readonly version: number;
  readonly at: string;
  readonly author: MappingAuthor;
}

/**
 * Stores a mapping, its audit row and its place in the queue for the cache, in one transaction. Called by writeMapping.
 * @returns false where another write came between, to this host or to one that it depends on: nothing was stored then
 */
export async function storeMapping(
  database: D1Database,
  mapping: HostMapping,
  before: HostMapping | null,
  author: MappingAuthor,
): Promise<boolean> {
  const { host, version, updatedAt: at } = mapping;
  const change = { host, before, after: mapping, version, at, author };
  return commit(database, change, [mappingStatement(database, mapping)]);
}

/**
 * Deletes a mapping, as storeMapping stores one. Called by deleteMapping.
 * @param version the deletion's own: one more than the last
 */
export async function storeDeletion(
  database: D1Database,
  before: HostMapping,
  { version, at }: { readonly version: number; readonly at: string },
  author: MappingAuthor,
): Promise<boolean> {
  const { host } = before;
  const change = { host, before, after: null, version, at, author };
  return commit(database, change, [
    database.prepare('delete from host_mapping where host = ?1').bind(host),
  ]);
}

async function commit(
  database: D1Database,
  change: Change,
  statements: readonly D1PreparedStatement[],
): Promise<boolean> {
  try {
    await database.batch([
      auditStatement(database, change),
      ...statements,
      cacheStateStatement(database, change),
    ]);
    return true;
  } catch (error) {
    if (isOvertaken(error)) return false;
    throw error;
  }
}

/** The audit row could not be inserted: its version was taken, or is null because something has changed. */
function isOvertaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    /(UNIQUE|NOT NULL) constraint failed: host_mapping_audit\./.test(error.message)
  );
}

/**
 * The gate of the transaction: where it cannot be inserted, the whole batch is undone. It repeats the rules that depend
 * on other rows, since between our reads and this statement another write may have changed this host, turned its
 * canonical host into an alias, given that to another shop or deleted it, or pointed an alias at this host. A version
 * that is null breaks the column's own constraint: SQLite has no other way to raise outside of a trigger.
 */
function auditStatement(
  database: D1Database,
  { host, before, after, version, at, author }: Change,
): D1PreparedStatement {
  return database
    .prepare(
      `insert into host_mapping_audit (host, version, changed_at, changed_by, reason, request_id,
                                       before, after)
       select ?1,
              case when coalesce((select version from host_mapping where host = ?1), 0) = ?9
                    and (?10 is null or ?10 = 'canonical' or exists (
                          select 1 from host_mapping
                           where host = ?11 and kind = 'canonical' and shop_id = ?12))
                    and not exists (
                          select 1 from host_mapping
                           where canonical_host = ?1 and host <> ?1
                             and (?10 is null or ?10 <> 'canonical' or shop_id <> ?12))
                   then ?2 end,
              ?3, ?4, ?5, ?6, ?7, ?8`,
    )
    .bind(
      host,
      version,
      at,
      author.operator,
      author.reason,
      author.requestId,
      before === null ? null : JSON.stringify(before),
      after === null ? null : JSON.stringify(after),
      before?.version ?? 0,
      after?.kind ?? null,
      after?.canonicalHost ?? null,
      after?.shopId ?? null,
    );
}

function mappingStatement(database: D1Database, mapping: HostMapping): D1PreparedStatement {
  return database
    .prepare(
      `insert or replace into host_mapping
         (host, shop_id, canonical_host, kind, mode, default_locale, locales, expires_at, runtime_id,
          configuration_id, version, updated_at, updated_by)
       values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
    )
    .bind(
      mapping.host,
      mapping.shopId,
      mapping.canonicalHost,
      mapping.kind,
      mapping.mode,
      mapping.defaultLocale,
      JSON.stringify(mapping.locales),
      mapping.expiresAt ?? null,
      mapping.runtimeId ?? null,
      mapping.configurationId ?? null,
      mapping.version,
      mapping.updatedAt,
      mapping.updatedBy,
    );
}

/** From now on the cache holds another version than the database, until publishMappings has put this one. */
function cacheStateStatement(
  database: D1Database,
  { host, version, at }: Change,
): D1PreparedStatement {
  return database
    .prepare(
      `insert into host_cache_state (host, version, changed_at) values (?1, ?2, ?3)
       on conflict (host) do update
          set version = excluded.version, changed_at = excluded.changed_at`,
    )
    .bind(host, version, at);
}
