import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** Who writes, why, and in which request. */
export interface MappingAuthor {
  readonly operator: string;
  readonly reason: string;
  readonly requestId: string;
}

/**
 * Stores a mapping and its audit row in one transaction. Called by writeMapping alone.
 * @param before what the writer read; the row must still have that version
 * @returns false where another write came between: nothing was stored then
 */
export async function storeMapping(
  database: D1Database,
  mapping: HostMapping,
  before: HostMapping | null,
  author: MappingAuthor,
): Promise<boolean> {
  try {
    const [stored] = await database.batch([
      mappingStatement(database, mapping, before?.version ?? 0),
      auditStatement(database, mapping, before, author),
    ]);
    return stored?.meta.changes === 1;
  } catch (error) {
    // Another write took this version: its audit row is there, ours cannot be, and the batch has done nothing.
    if (error instanceof Error && error.message.includes('UNIQUE constraint failed')) return false;
    throw error;
  }
}

/**
 * Repeats, inside the transaction, the rules that depend on other rows: between our reads and this statement another
 * write may have turned the canonical host into an alias, or pointed an alias at this host.
 */
function mappingStatement(
  database: D1Database,
  mapping: HostMapping,
  seenVersion: number,
): D1PreparedStatement {
  return database
    .prepare(
      `insert into host_mapping (host, shop_id, canonical_host, kind, mode, default_locale, locales,
                                 expires_at, runtime_id, version, updated_at, updated_by)
       select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
        where (?4 = 'canonical' or exists (
                select 1 from host_mapping
                 where host = ?3 and kind = 'canonical' and shop_id = ?2))
          and not exists (
                select 1 from host_mapping
                 where canonical_host = ?1 and host <> ?1 and (?4 <> 'canonical' or shop_id <> ?2))
       on conflict (host) do update
          set shop_id = excluded.shop_id, canonical_host = excluded.canonical_host,
              kind = excluded.kind, mode = excluded.mode, default_locale = excluded.default_locale,
              locales = excluded.locales, expires_at = excluded.expires_at,
              runtime_id = excluded.runtime_id, version = excluded.version,
              updated_at = excluded.updated_at, updated_by = excluded.updated_by
        where host_mapping.version = ?13`,
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
      mapping.version,
      mapping.updatedAt,
      mapping.updatedBy,
      seenVersion,
    );
}

/** Only where the mapping was stored; and never a second one for the same version. */
function auditStatement(
  database: D1Database,
  mapping: HostMapping,
  before: HostMapping | null,
  { operator, reason, requestId }: MappingAuthor,
): D1PreparedStatement {
  return database
    .prepare(
      `insert into host_mapping_audit (host, version, changed_at, changed_by, reason, request_id,
                                       before, after)
       select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
        where exists (select 1 from host_mapping where host = ?1 and version = ?2)`,
    )
    .bind(
      mapping.host,
      mapping.version,
      mapping.updatedAt,
      operator,
      reason,
      requestId,
      before === null ? null : JSON.stringify(before),
      JSON.stringify(mapping),
    );
}
