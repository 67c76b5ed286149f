import type { D1Database, D1Result } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { fromRow, type HostMappingRow } from './host-mapping.ts';

/** So many dependants are named to an operator; that there is one decides. */
const DEPENDANTS_NAMED = 3;

/** One host's mapping as the database has it now, or null. */
export async function readMapping(database: D1Database, host: string): Promise<HostMapping | null> {
  const row = await database
    .prepare('select * from host_mapping where host = ?1')
    .bind(host)
    .first<HostMappingRow>();
  return row === null ? null : fromRow(row);
}

/** Everything that decides about a write to a host, as it was at one moment. */
export interface HostState {
  readonly present: HostMapping | null;
  /** The mapping of the canonical host that was asked for, where that is another host. */
  readonly canonical: HostMapping | null;
  /** A few of the other hosts that redirect to this one. */
  readonly dependants: readonly HostMapping[];
  /**
   * The last version that the host has had, 0 for none. Versions go on from here also after a deletion, so that a host
   * mapped anew is newer than every cached copy of its past.
   */
  readonly lastVersion: number;
}

/** In one transaction and one round trip. */
export async function readHostState(
  database: D1Database,
  { host, canonicalHost }: Pick<HostMapping, 'host' | 'canonicalHost'>,
): Promise<HostState> {
  const [mappings, dependants, last] = (await database.batch([
    database.prepare('select * from host_mapping where host in (?1, ?2)').bind(host, canonicalHost),
    database
      .prepare('select * from host_mapping where canonical_host = ?1 and host <> ?1 limit ?2')
      .bind(host, DEPENDANTS_NAMED),
    database
      .prepare('select max(version) as version from host_mapping_audit where host = ?1')
      .bind(host),
  ])) as [D1Result<HostMappingRow>, D1Result<HostMappingRow>, D1Result<{ version: number | null }>];
  const found = mappings.results.map(fromRow);
  const present = found.find((mapping) => mapping.host === host) ?? null;
  return {
    present,
    canonical: found.find((mapping) => mapping.host !== host) ?? null,
    dependants: dependants.results.map(fromRow),
    lastVersion: Math.max(last.results[0]?.version ?? 0, present?.version ?? 0),
  };
}

export interface MappingFilter {
  readonly shopId: string | null;
  readonly kind: HostMapping['kind'] | null;
  readonly mode: HostMapping['mode'] | null;
}

export interface MappingPage {
  readonly items: HostMapping[];
  /** The host to go on after, or null on the last page. */
  readonly nextAfter: string | null;
}

/**
 * Mappings in the order of their hosts, all or those that the filter names.
 * @param after the last host of the page before; '' for the first page
 * @param limit at most this many
 */
export async function listMappings(
  database: D1Database,
  { shopId, kind, mode, after, limit }: MappingFilter & { after: string; limit: number },
): Promise<MappingPage> {
  const { results } = await database
    .prepare(
      `select * from host_mapping
        where host > ?1 and (?2 is null or shop_id = ?2)
          and (?3 is null or kind = ?3) and (?4 is null or mode = ?4)
        order by host limit ?5`,
    )
    .bind(after, shopId, kind, mode, limit + 1)
    .all<HostMappingRow>();
  const items = results.slice(0, limit).map(fromRow);
  const hasMore = results.length > limit;
  return { items, nextAfter: hasMore ? (items.at(-1)?.host ?? null) : null };
}
