/**
 * Whose host is it: what one isolate knows, and when it asks KV and D1 again.
 *
 *   age of what is known      what a request gets
 *   under FRESH_MS            it, and nobody is asked
 *   under REVALIDATE_MS       it, while one background read brings the next
 *   older                     the answer of one read, which it waits for
 *   up to STALE_IF_ERROR_MS   it, where that read fails, and at once where one failed within REVALIDATE_MS:
 *                             then the next is tried in the background
 *
 * At most one read of a host is under way at a time. Whose promise that is matters in workerd: it settles only as long
 * as the request lives that began it, and a request that awaits a dead one hangs for ever. So the read is kept alive by
 * `waitUntil`, and whoever waits for another request's read waits with a timer of its own, then reads itself.
 */
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { askStores, type MappingDoors, READ_TIMEOUT_MS, type Told } from './ask-stores.ts';
import { CACHE_TTL_SECONDS } from './host-cache.ts';
import { LruMap } from './lru-map.ts';
import { type Budget, TokenBucket } from './token-bucket.ts';
import { UnmappedHosts } from './unmapped-hosts.ts';

/** For so long a mapping is served without asking anybody. */
export const FRESH_MS = 10_000;
/** For so long it is served at once, while it is refreshed in the background. */
export const REVALIDATE_MS = 30_000;
/** For so long it is served where KV and D1 fail. */
export const STALE_IF_ERROR_MS = 3_600_000;
/** After a read of a known host has failed, nobody is asked for it for so long. */
export const ASK_AGAIN_MS = 5_000;
/** A change is seen everywhere after this time: what KV's edge keeps, and what an isolate may serve of it. */
export const MAPPING_SETTLES_MS = CACHE_TTL_SECONDS * 1_000 + REVALIDATE_MS;
/** A read that has not ended after this time never will: its request is gone. Longer than KV and D1 may take. */
export const FLIGHT_PATIENCE_MS = 2 * READ_TIMEOUT_MS + 1_000;

export const MAX_KNOWN_HOSTS = 20_000;
export const MAX_UNMAPPED_HOSTS = 10_000;
/** Reads under way that others can wait for. Beyond it a read serves its own request alone. */
export const MAX_FLIGHTS = 1_000;
/** Reads of D1, an isolate, for hosts that it does not know. */
export const D1_BUDGET: Budget = { burst: 20, refillPerSecond: 2 };
/** Reads of D1, an isolate, for hosts that it knows and KV has lost. */
export const D1_REFRESH_BUDGET: Budget = { burst: 100, refillPerSecond: 20 };

/** Where an answer comes from. `unmapped`, `tombstone` and `over_budget` say that there is no shop. */
export type MappingSource =
  | 'memory'
  | 'stale'
  | 'kv'
  | 'd1'
  | 'stale_if_error'
  | 'unmapped'
  | 'tombstone'
  | 'over_budget';

export interface Lookup {
  readonly mapping: HostMapping | null;
  readonly source: MappingSource;
  /** How often D1 was read for this request before it was answered: 0 or 1, rarely 2. */
  readonly d1Reads: number;
}

interface KnownHost {
  mapping: HostMapping;
  /** When the read began that said so. */
  readAtMs: number;
  /** When the last read began, if it failed. */
  failedAtMs: number;
  markedForPublication: boolean;
}

interface Flight {
  readonly startedAtMs: number;
  /** Never rejects; may never settle. */
  told: Promise<Told>;
  /** Another read, or a write, has taken its place: what it tells is remembered no more. */
  superseded: boolean;
}

export interface DirectoryLimits {
  readonly knownHosts: number;
  readonly unmappedHosts: number;
  readonly flights: number;
}

const LIMITS: DirectoryLimits = {
  knownHosts: MAX_KNOWN_HOSTS,
  unmappedHosts: MAX_UNMAPPED_HOSTS,
  flights: MAX_FLIGHTS,
};

/** KV and D1 gave no answer, and nothing is known that is young enough. */
export class MappingUnavailableError extends Error {
  override readonly name = 'MappingUnavailableError';
}

export class HostDirectory {
  readonly #known: LruMap<KnownHost>;
  readonly #unmapped: UnmappedHosts;
  readonly #flights = new Map<string, Flight>();
  readonly #maxFlights: number;
  readonly #budgets = {
    unknown: new TokenBucket(D1_BUDGET),
    refresh: new TokenBucket(D1_REFRESH_BUDGET),
  };

  constructor({ knownHosts, unmappedHosts, flights }: DirectoryLimits = LIMITS) {
    this.#known = new LruMap(knownHosts);
    this.#unmapped = new UnmappedHosts(unmappedHosts);
    this.#maxFlights = flights;
  }

  /** How much is held, for tests and measurements. */
  get sizes(): { known: number; unmapped: number; flights: number } {
    const { size: flights } = this.#flights;
    return { known: this.#known.size, unmapped: this.#unmapped.size, flights };
  }

  /** Whether a lookup would find the host here, known or known to be unmapped, however old. */
  remembers(host: string, nowMs: number): boolean {
    return this.#known.peek(host) !== undefined || this.#unmapped.has(host, nowMs);
  }

  /** What is known and fresh, so that nobody has to be asked or waited for: nearly every request's answer. */
  recall(host: string, nowMs: number): Lookup | null {
    const known = this.#known.get(host);
    if (known === undefined || nowMs - known.readAtMs >= FRESH_MS) return null;
    return { mapping: known.mapping, source: 'memory', d1Reads: 0 };
  }

  /**
   * @param host normalised
   * @throws MappingUnavailableError
   */
  async lookup(host: string, doors: MappingDoors, nowMs: number): Promise<Lookup> {
    const known = this.#known.get(host);
    if (known !== undefined) {
      const { mapping, failedAtMs } = known;
      const ageMs = nowMs - known.readAtMs;
      if (ageMs < FRESH_MS) return { mapping, source: 'memory', d1Reads: 0 };
      if (ageMs < REVALIDATE_MS) {
        this.#refreshInBackground(host, failedAtMs, doors, nowMs);
        return { mapping, source: 'stale', d1Reads: 0 };
      }
      if (ageMs < STALE_IF_ERROR_MS && nowMs - failedAtMs < REVALIDATE_MS) {
        this.#refreshInBackground(host, failedAtMs, doors, nowMs);
        return staleIfError(known, doors, 0);
      }
    } else if (this.#unmapped.has(host, nowMs)) {
      return { mapping: null, source: 'unmapped', d1Reads: 0 };
    }
    return this.#conclude(host, await this.#ask(host, doors, nowMs), doors, nowMs);
  }

  /**
   * What a write in this isolate made of a host: null for unmapped. Seen here at once, whatever KV still says. An older
   * version than the one that is known is ignored: of two writes that end together, the older may be told last.
   */
  learn(host: string, mapping: HostMapping | null, nowMs: number): void {
    const known = this.#known.peek(host)?.mapping;
    if (known !== undefined && mapping !== null && mapping.version < known.version) return;
    this.#dropFlight(host);
    if (mapping === null) {
      this.#known.delete(host);
      this.#unmapped.add(host, nowMs);
    } else {
      this.#remember(host, mapping, nowMs);
    }
  }

  #refreshInBackground(host: string, failedAtMs: number, doors: MappingDoors, nowMs: number): void {
    if (nowMs - failedAtMs < ASK_AGAIN_MS || this.#liveFlight(host, nowMs) !== undefined) return;
    this.#beginFlight(host, doors, nowMs);
  }

  /** Waits for the read that is under way, or begins one. */
  async #ask(host: string, doors: MappingDoors, nowMs: number): Promise<Told> {
    const theirs = this.#liveFlight(host, nowMs);
    if (theirs === undefined) return this.#beginFlight(host, doors, nowMs).told;
    const told = await withinPatience(theirs, doors);
    if (told !== null) return told;

    // Its request is gone. The first to notice reads anew; the others wait once more, for that one.
    const laterMs = nowMs + FLIGHT_PATIENCE_MS;
    if (this.#flights.get(host) === theirs) this.#dropFlight(host);
    const next = this.#liveFlight(host, laterMs);
    if (next === undefined) return this.#beginFlight(host, doors, laterMs).told;
    return (await withinPatience(next, doors)) ?? UNANSWERED;
  }

  #liveFlight(host: string, nowMs: number): Flight | undefined {
    const flight = this.#flights.get(host);
    if (flight === undefined || nowMs - flight.startedAtMs < FLIGHT_PATIENCE_MS) return flight;
    this.#dropFlight(host);
    return undefined;
  }

  #beginFlight(host: string, doors: MappingDoors, nowMs: number): Flight {
    const purpose = this.#known.peek(host) === undefined ? 'unknown' : 'refresh';
    const flight: Flight = {
      startedAtMs: nowMs,
      told: Promise.resolve(UNANSWERED),
      superseded: false,
    };
    flight.told = askStores(host, purpose, doors, this.#budgets[purpose], nowMs).then((told) =>
      this.#land(host, flight, told, doors),
    );
    this.#makeRoomForFlight(nowMs);
    if (this.#flights.size < this.#maxFlights) this.#flights.set(host, flight);
    doors.afterwards(flight.told);
    return flight;
  }

  /** Flights whose requests are gone would fill the map for ever. They are in the order in which they began. */
  #makeRoomForFlight(nowMs: number): void {
    for (const [host, { startedAtMs }] of this.#flights) {
      if (nowMs - startedAtMs < FLIGHT_PATIENCE_MS) return;
      this.#dropFlight(host);
    }
  }

  #dropFlight(host: string): void {
    const flight = this.#flights.get(host);
    if (flight === undefined) return;
    flight.superseded = true;
    this.#flights.delete(host);
  }

  /** Remembers what was told. An older version in KV than the one that is known only says that KV lags behind. */
  #land(host: string, flight: Flight, told: Told, doors: MappingDoors): Told {
    if (this.#flights.get(host) === flight) this.#flights.delete(host);
    if (flight.superseded) return told;
    const known = this.#known.peek(host);
    if (told.kind === 'failed' || told.kind === 'over_budget') {
      if (known !== undefined) known.failedAtMs = flight.startedAtMs;
      return told;
    }
    const toldVersion = told.kind === 'mapped' ? told.mapping.version : told.version;
    const fromCache = told.source === 'kv' || told.source === 'tombstone';
    if (known !== undefined && fromCache && (toldVersion ?? 0) < known.mapping.version) {
      this.#remember(host, known.mapping, flight.startedAtMs);
      const { d1Reads, cacheMissed } = told;
      return { kind: 'mapped', mapping: known.mapping, source: 'kv', d1Reads, cacheMissed };
    }
    if (told.kind === 'unmapped') {
      this.#known.delete(host);
      this.#unmapped.add(host, flight.startedAtMs);
      return told;
    }
    const entry = this.#remember(host, told.mapping, flight.startedAtMs);
    if (told.source === 'd1' && told.cacheMissed && !entry.markedForPublication) {
      entry.markedForPublication = true;
      const markAnew = (): void => {
        entry.markedForPublication = false;
      };
      doors.afterwards(doors.markForPublication(host).catch(markAnew));
    }
    if (told.source === 'kv') entry.markedForPublication = false;
    return told;
  }

  #remember(host: string, mapping: HostMapping, readAtMs: number): KnownHost {
    const markedForPublication = this.#known.peek(host)?.markedForPublication ?? false;
    const failedAtMs = Number.NEGATIVE_INFINITY;
    const entry: KnownHost = { mapping, readAtMs, failedAtMs, markedForPublication };
    this.#known.set(host, entry);
    this.#unmapped.delete(host);
    return entry;
  }

  #conclude(host: string, told: Told, doors: MappingDoors, nowMs: number): Lookup {
    const { d1Reads } = told;
    if (told.kind === 'mapped') return { mapping: told.mapping, source: told.source, d1Reads };
    if (told.kind === 'unmapped') return { mapping: null, source: told.source, d1Reads };
    const known = this.#known.peek(host);
    if (known === undefined && told.kind === 'over_budget') {
      return { mapping: null, source: 'over_budget', d1Reads };
    }
    if (known !== undefined && nowMs - known.readAtMs < STALE_IF_ERROR_MS) {
      return staleIfError(known, doors, d1Reads);
    }
    const cause = told.kind === 'failed' ? told.error : 'the budget for D1 is spent';
    throw new MappingUnavailableError(`"${host}" could not be looked up.`, { cause });
  }
}

const UNANSWERED: Told = {
  kind: 'failed',
  error: new Error(`No answer within twice ${FLIGHT_PATIENCE_MS} ms.`),
  d1Reads: 0,
  cacheMissed: false,
};

/** Null where the flight's request seems to be gone. D1 was read by that request, not by this. */
async function withinPatience(flight: Flight, { startTimer }: MappingDoors): Promise<Told | null> {
  const timer = startTimer(FLIGHT_PATIENCE_MS);
  try {
    const told = await Promise.race([flight.told, timer.elapsed.then(() => null)]);
    return told === null ? null : { ...told, d1Reads: 0 };
  } finally {
    timer.cancel();
  }
}

function staleIfError(known: KnownHost, { count }: MappingDoors, d1Reads: number): Lookup {
  const { mapping } = known;
  count('mapping_stale_if_error', { shopId: mapping.shopId, host: mapping.host });
  return { mapping, source: 'stale_if_error', d1Reads };
}
