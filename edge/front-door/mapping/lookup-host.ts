import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { MetricLabels, MetricName } from '../../http/metrics.ts';
import type { MappingDoors, Timer } from './ask-stores.ts';
import { readCached } from './host-cache.ts';
import { HostDirectory, type Lookup } from './host-directory.ts';
import { markForPublication } from './mark-for-publication.ts';
import { readMapping } from './read-mapping.ts';

export interface LookupSources {
  readonly database: D1Database;
  readonly cache: KVNamespace;
  /** Lets work go on after the response has been sent. */
  readonly afterwards: (work: Promise<unknown>) => void;
  readonly count: (name: MetricName, labels: MetricLabels) => void;
  readonly nowMs: number;
}

/** What this isolate knows. */
const directory = new HostDirectory();

/**
 * The mapping of a normalised host, or null where there is none: from this isolate's memory, else KV, else D1.
 * @throws MappingUnavailableError where neither KV nor D1 answers, and nothing is known that is young enough
 */
export function lookupHost(host: string, sources: LookupSources): Promise<Lookup> {
  return directory.lookup(host, doorsOf(sources), sources.nowMs);
}

/** The mapping of a host that this isolate has read within the last few seconds; null for any other. */
export function recallHost(host: string, nowMs: number): Lookup | null {
  return directory.recall(host, nowMs);
}

/** Whether a lookup of this host is answered without KV and D1, or as one read for all that ask for it. */
export function isInMemory(host: string, nowMs: number): boolean {
  return directory.remembers(host, nowMs);
}

/** Called with what a write has made of a host, null for unmapped: this isolate serves it at once. */
export function learnMapping(host: string, mapping: HostMapping | null, nowMs: number): void {
  directory.learn(host, mapping, nowMs);
}

function doorsOf({ database, cache, afterwards, count }: LookupSources): MappingDoors {
  return {
    readCache: (host) => readCached(cache, host),
    readDatabase: (host) => readMapping(database, host),
    markForPublication: (host) => markForPublication(database, host),
    afterwards,
    startTimer,
    count,
  };
}

function startTimer(ms: number): Timer {
  let id: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    id = setTimeout(resolve, ms);
  });
  return { elapsed, cancel: () => clearTimeout(id) };
}
