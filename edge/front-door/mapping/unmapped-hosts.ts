import { LruMap } from './lru-map.ts';

/** How long "no such host" is believed without asking again. */
export const UNMAPPED_FOR_MS = 30_000;

/**
 * The hosts that are known to belong to nobody, in a space of their own: a scan of random names pushes out its own
 * names, never a shop's. At most `capacity` of them; the one that was learnt first goes first.
 */
export class UnmappedHosts {
  /** Host to the time, in Unix milliseconds, until which it is taken as unmapped. */
  readonly #untilMs: LruMap<number>;

  constructor(capacity: number) {
    this.#untilMs = new LruMap(capacity);
  }

  get size(): number {
    return this.#untilMs.size;
  }

  has(host: string, nowMs: number): boolean {
    return (this.#untilMs.peek(host) ?? Number.NEGATIVE_INFINITY) > nowMs;
  }

  add(host: string, nowMs: number): void {
    this.#untilMs.set(host, nowMs + UNMAPPED_FOR_MS);
  }

  delete(host: string): void {
    this.#untilMs.delete(host);
  }
}
