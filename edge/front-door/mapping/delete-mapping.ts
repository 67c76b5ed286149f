import { refuseDeletion } from './mapping.rules.ts';
import { type Precondition, refusePrecondition } from './precondition.rules.ts';
import { readHostState } from './read-mapping.ts';
import { type MappingAuthor, storeDeletion } from './store-mapping.ts';
import {
  keptChanging,
  MAX_ATTEMPTS,
  type WriteDependencies,
  type WriteRefusal,
} from './write-mapping.ts';

export interface MappingDeletion extends MappingAuthor {
  readonly host: string;
  readonly precondition: Precondition;
  /** Decides, and deletes nothing. */
  readonly dryRun: boolean;
}

export type DeletionOutcome =
  | { readonly ok: true }
  | (Omit<WriteRefusal, 'code'> & { readonly code: WriteRefusal['code'] | 'host_unknown' });

/**
 * Takes a host away from its shop: the row goes, its audit stays and gets one row more, and the caches are told. Decided
 * as writeMapping decides.
 */
export async function deleteMapping(
  deletion: MappingDeletion,
  { database, announce, now }: Pick<WriteDependencies, 'database' | 'announce' | 'now'>,
): Promise<DeletionOutcome> {
  const { host, precondition, dryRun } = deletion;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { present, dependants, lastVersion } = await readHostState(database, {
      host,
      canonicalHost: host,
    });
    if (present === null) {
      return { ok: false, code: 'host_unknown', detail: `"${host}" is not mapped.` };
    }
    const unmet = refusePrecondition(precondition, host, present);
    if (unmet !== null) return { ok: false, ...unmet, presentVersion: present.version };
    const refusal = refuseDeletion(host, dependants);
    if (refusal !== null) return { ok: false, ...refusal };
    if (dryRun) return { ok: true };
    const change = { version: lastVersion + 1, at: now.toISOString() };
    if (await storeDeletion(database, present, change, deletion)) {
      await announce(host, null);
      return { ok: true };
    }
  }
  return keptChanging(host);
}
