import type { D1Database } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import {
  type MappingRefusal,
  type MappingSettings,
  refuseInContext,
  refuseSettings,
} from './mapping.rules.ts';
import {
  type Precondition,
  type PreconditionRefusal,
  refusePrecondition,
} from './precondition.rules.ts';
import { readHostState } from './read-mapping.ts';
import { type MappingAuthor, storeMapping } from './store-mapping.ts';

/** A write is decided anew when another one came between; so often, and then it is given up. */
export const MAX_ATTEMPTS = 5;

export interface MappingWrite extends MappingAuthor {
  readonly settings: MappingSettings;
  readonly precondition: Precondition;
  /** Decides, and writes nothing. */
  readonly dryRun: boolean;
}

export interface WriteDependencies {
  readonly database: D1Database;
  /** Asks the node service's registry. */
  readonly shopExists: (shopId: string) => Promise<boolean>;
  /** Tells the caches what the write has made of the host, null for unmapped. Never rejects: the write stands. */
  readonly announce: (host: string, mapping: HostMapping | null) => Promise<void>;
  /** Hosts that can never be a shop's: the webhook and the control host. */
  readonly reservedHosts: readonly string[];
  readonly now: Date;
}

export interface WriteRefusal {
  readonly ok: false;
  readonly code: MappingRefusal['code'] | PreconditionRefusal['code'] | 'shop_unknown';
  readonly detail: string;
  /** With a precondition's refusal: the version that the host has, or null where it is not mapped. */
  readonly presentVersion?: number | null;
}

export type WriteOutcome = { readonly ok: true; readonly mapping: HostMapping } | WriteRefusal;

/**
 * The one way in which a host comes to belong to a shop: the row and its audit row in D1, together, then the caches.
 * Of simultaneous writes of one host, one wins and the others are refused. A write whose surroundings changed between
 * its reads and its transaction is decided again by what is there then.
 */
export async function writeMapping(
  write: MappingWrite,
  { database, shopExists, announce, reservedHosts, now }: WriteDependencies,
): Promise<WriteOutcome> {
  const invalid = refuseSettings(write.settings, { reservedHosts, now });
  if (invalid !== null) return { ok: false, ...invalid };
  const settings = withUtcExpiry(write.settings);
  if (!(await shopExists(settings.shopId))) {
    return { ok: false, code: 'shop_unknown', detail: `There is no shop "${settings.shopId}".` };
  }
  let { precondition } = write;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const state = await readHostState(database, settings);
    const unmet = refusePrecondition(precondition, settings.host, state.present);
    if (unmet !== null) {
      return { ok: false, ...unmet, presentVersion: state.present?.version ?? null };
    }
    const refusal = refuseInContext(settings, state);
    if (refusal !== null) return { ok: false, ...refusal };
    const mapping: HostMapping = {
      ...settings,
      version: state.lastVersion + 1,
      updatedAt: now.toISOString(),
      updatedBy: write.operator,
    };
    if (write.dryRun) return { ok: true, mapping };
    if (await storeMapping(database, mapping, state.present, write)) {
      await announce(mapping.host, mapping);
      return { ok: true, mapping };
    }
    // The host was free when this write came; whoever took it meanwhile was first.
    if (precondition.kind === 'none') precondition = { kind: 'unmapped' };
  }
  return keptChanging(settings.host);
}

/** One spelling of a moment, whatever its offset was. */
function withUtcExpiry(settings: MappingSettings): MappingSettings {
  if (settings.expiresAt === undefined) return settings;
  return { ...settings, expiresAt: new Date(settings.expiresAt).toISOString() };
}

export function keptChanging(host: string): WriteRefusal {
  const detail = `Other hosts that "${host}" depends on kept changing: try again.`;
  return { ok: false, code: 'mapping_conflict', detail };
}
