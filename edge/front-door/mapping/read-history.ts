import type { D1Database, D1Result } from '@cloudflare/workers-types';
import type { HostChange, HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** A row of `host_mapping_audit`, as D1 gives it. */
interface AuditRow {
  readonly host: string;
  readonly version: number;
  readonly changed_at: string;
  readonly changed_by: string;
  readonly reason: string;
  readonly request_id: string;
  /** A mapping as JSON. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface HistoryPage {
  readonly items: HostChange[];
  /** The version to go on before, or null on the last page. */
  readonly nextBefore: number | null;
}

/**
 * The writes to a host, the newest first, its deletions too. Null for a host that was never written.
 * @param before changes older than this version; null for the newest
 * @param limit at most this many
 */
export async function readHistory(
  database: D1Database,
  { host, before, limit }: { host: string; before: number | null; limit: number },
): Promise<HistoryPage | null> {
  const [changes, written] = (await database.batch([
    database
      .prepare(
        `select host, version, changed_at, changed_by, reason, request_id, before, after
           from host_mapping_audit
          where host = ?1 and (?2 is null or version < ?2)
          order by version desc limit ?3`,
      )
      .bind(host, before, limit + 1),
    database.prepare('select 1 from host_mapping_audit where host = ?1 limit 1').bind(host),
  ])) as [D1Result<AuditRow>, D1Result];
  if (written.results.length === 0) return null;
  const rows = changes.results;
  const items = rows.slice(0, limit).map(fromAuditRow);
  const hasMore = rows.length > limit;
  return { items, nextBefore: hasMore ? (items.at(-1)?.version ?? null) : null };
}

function fromAuditRow(row: AuditRow): HostChange {
  return {
    host: row.host,
    version: row.version,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    reason: row.reason,
    requestId: row.request_id,
    before: mappingOf(row.before),
    after: mappingOf(row.after),
  };
}

function mappingOf(json: string | null): HostMapping | null {
  return json === null ? null : (JSON.parse(json) as HostMapping);
}
