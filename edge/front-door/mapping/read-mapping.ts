import type { D1Database } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { fromRow, type HostMappingRow } from './host-mapping.ts';

/** One host's mapping as the database has it now, or null. */
export async function readMapping(database: D1Database, host: string): Promise<HostMapping | null> {
  const row = await database
    .prepare('select * from host_mapping where host = ?1')
    .bind(host)
    .first<HostMappingRow>();
  return row === null ? null : fromRow(row);
}

export interface MappingPage {
  readonly items: HostMapping[];
  /** The host to go on after, or null on the last page. */
  readonly nextAfter: string | null;
}

/**
 * Mappings in the order of their hosts, of all shops or of one.
 * @param after the last host of the page before; '' for the first page
 * @param limit at most this many
 */
export async function listMappings(
  database: D1Database,
  { shopId, after, limit }: { shopId: string | null; after: string; limit: number },
): Promise<MappingPage> {
  const { results } = await database
    .prepare(
      `select * from host_mapping
        where host > ?1 and (?2 is null or shop_id = ?2)
        order by host limit ?3`,
    )
    .bind(after, shopId, limit + 1)
    .all<HostMappingRow>();
  const items = results.slice(0, limit).map(fromRow);
  const hasMore = results.length > limit;
  return { items, nextAfter: hasMore ? (items.at(-1)?.host ?? null) : null };
}
