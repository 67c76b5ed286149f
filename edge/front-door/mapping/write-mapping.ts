import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { cacheMapping } from './host-cache.ts';
import { fromRow, type HostMappingRow } from './host-mapping.ts';
import { type MappingRefusal, type MappingSettings, refuseMapping } from './mapping.rules.ts';
import { readMapping } from './read-mapping.ts';
import { type MappingAuthor, storeMapping } from './store-mapping.ts';
import { forgetUnmapped } from './unmapped-hosts.ts';

export interface MappingWrite extends MappingAuthor {
  readonly settings: MappingSettings;
  /** The version that the writer has seen; undefined overwrites whatever is there. */
  readonly expectedVersion?: number | undefined;
}

export interface WriteDependencies {
  readonly database: D1Database;
  readonly cache: KVNamespace;
  /** Asks the node service's registry. */
  readonly shopExists: (shopId: string) => Promise<boolean>;
  /** Hosts that can never be a shop's: the webhook and the control host. */
  readonly reservedHosts: readonly string[];
  readonly now: Date;
}

export type WriteOutcome =
  | { readonly ok: true; readonly mapping: HostMapping; readonly created: boolean }
  | {
      readonly ok: false;
      readonly code: MappingRefusal['code'] | 'shop_unknown' | 'mapping_conflict';
      readonly detail: string;
    };

/**
 * The one way in which a host comes to belong to a shop: the row and its audit row in D1, together, then KV.
 * Two writes of one host at the same time: one wins, the other is refused. KV failing does not undo the write; its
 * older copy is then served until it is replaced, so the failure is thrown for the operator to try again.
 */
export async function writeMapping(
  write: MappingWrite,
  { database, cache, shopExists, reservedHosts, now }: WriteDependencies,
): Promise<WriteOutcome> {
  const { settings, expectedVersion } = write;
  const surroundings = {
    canonical:
      settings.kind === 'canonical' ? null : await readMapping(database, settings.canonicalHost),
    dependant: await readDependant(database, settings.host),
  };
  const refusal = refuseMapping(settings, surroundings, reservedHosts);
  if (refusal !== null) return { ok: false, ...refusal };
  if (!(await shopExists(settings.shopId))) {
    return { ok: false, code: 'shop_unknown', detail: `There is no shop "${settings.shopId}".` };
  }
  const before = await readMapping(database, settings.host);
  if (expectedVersion !== undefined && expectedVersion !== (before?.version ?? 0)) {
    return changedMeanwhile(settings.host);
  }
  const mapping: HostMapping = {
    ...settings,
    version: (await lastVersion(database, settings.host)) + 1,
    updatedAt: now.toISOString(),
    updatedBy: write.operator,
  };
  const written = await storeMapping(database, mapping, before, write);
  if (!written) return changedMeanwhile(settings.host);
  await cacheMapping(cache, mapping, 'writer');
  forgetUnmapped(mapping.host);
  return { ok: true, mapping, created: before === null };
}

/** Versions go on from the audit, so that a host mapped anew is newer than every cached copy of its past. */
async function lastVersion(database: D1Database, host: string): Promise<number> {
  const row = await database
    .prepare('select coalesce(max(version), 0) as version from host_mapping_audit where host = ?1')
    .bind(host)
    .first<{ version: number }>();
  return row?.version ?? 0;
}

async function readDependant(database: D1Database, host: string): Promise<HostMapping | null> {
  const row = await database
    .prepare('select * from host_mapping where canonical_host = ?1 and host <> ?1 limit 1')
    .bind(host)
    .first<HostMappingRow>();
  return row === null ? null : fromRow(row);
}

function changedMeanwhile(host: string): WriteOutcome {
  const detail = `The mapping of "${host}" was changed meanwhile.`;
  return { ok: false, code: 'mapping_conflict', detail };
}
