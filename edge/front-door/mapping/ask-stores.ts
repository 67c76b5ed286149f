import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { MetricLabels, MetricName } from '../../http/metrics.ts';
import { type CachedHost, isTombstone } from './host-cache.ts';
import type { TokenBucket } from './token-bucket.ts';

/** A read of KV or D1 that takes longer than this has failed. */
export const READ_TIMEOUT_MS = 2_000;

export interface Timer {
  readonly elapsed: Promise<void>;
  cancel(): void;
}

/** The ways out of the directory. They are the request's: another request can use none of them. */
export interface MappingDoors {
  /** KV. */
  readonly readCache: (host: string) => Promise<CachedHost | null>;
  /** D1. */
  readonly readDatabase: (host: string) => Promise<HostMapping | null>;
  /** Says in D1 that KV lacks a host that is mapped. */
  readonly markForPublication: (host: string) => Promise<void>;
  /** Lets work go on after the response has been sent, and after the client has gone. */
  readonly afterwards: (work: Promise<unknown>) => void;
  readonly startTimer: (ms: number) => Timer;
  readonly count: (name: MetricName, labels: MetricLabels) => void;
}

/** What KV and D1 say of a host. */
export type Told = (
  | { readonly kind: 'mapped'; readonly mapping: HostMapping; readonly source: 'kv' | 'd1' }
  /** `version` is the deletion's, where a tombstone tells of one. */
  | {
      readonly kind: 'unmapped';
      readonly source: 'unmapped' | 'tombstone';
      readonly version?: number;
    }
  | { readonly kind: 'over_budget' }
  | { readonly kind: 'failed'; readonly error: unknown }
) & {
  readonly d1Reads: number;
  /** KV was asked, and has nothing of the host. */
  readonly cacheMissed: boolean;
};

/** Whose budget D1 is asked from: a scan of unknown hosts must not starve those that are known. */
export type Purpose = 'unknown' | 'refresh';

/** KV, and where it has nothing or fails, D1, if the budget allows. Never rejects. */
export async function askStores(
  host: string,
  purpose: Purpose,
  doors: MappingDoors,
  budget: TokenBucket,
  nowMs: number,
): Promise<Told> {
  const cached = await readInTime('kv', () => doors.readCache(host), doors);
  if (cached.ok && cached.value !== null) return toldByCache(cached.value);

  const cacheMissed = cached.ok;
  if (!budget.take(nowMs)) {
    doors.count('mapping_over_budget', { for: purpose });
    // A miss of KV says something of the host. A failure says nothing, and must not pass for "no such host".
    return cached.ok
      ? { kind: 'over_budget', d1Reads: 0, cacheMissed }
      : { kind: 'failed', error: cached.error, d1Reads: 0, cacheMissed };
  }
  doors.count('mapping_d1_read', { for: purpose });
  const stored = await readInTime('d1', () => doors.readDatabase(host), doors);
  const asked = { d1Reads: 1, cacheMissed };
  if (!stored.ok) return { kind: 'failed', error: stored.error, ...asked };
  return stored.value === null
    ? { kind: 'unmapped', source: 'unmapped', ...asked }
    : { kind: 'mapped', mapping: stored.value, source: 'd1', ...asked };
}

function toldByCache(cached: CachedHost): Told {
  const asked = { d1Reads: 0, cacheMissed: false };
  return isTombstone(cached)
    ? { kind: 'unmapped', source: 'tombstone', version: cached.version, ...asked }
    : { kind: 'mapped', mapping: cached, source: 'kv', ...asked };
}

type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: unknown };

async function readInTime<Value>(
  store: 'kv' | 'd1',
  read: () => Promise<Value>,
  { startTimer, count }: MappingDoors,
): Promise<Read<Value>> {
  const timer = startTimer(READ_TIMEOUT_MS);
  try {
    const tooLate = timer.elapsed.then(() => {
      throw new Error(`${store} gave no answer within ${READ_TIMEOUT_MS} ms.`);
    });
    return { ok: true, value: await Promise.race([read(), tooLate]) };
  } catch (error) {
    count('mapping_lookup_failed', { store });
    return { ok: false, error };
  } finally {
    timer.cancel();
  }
}
