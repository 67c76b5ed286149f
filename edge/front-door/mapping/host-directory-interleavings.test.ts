/**
 * Random interleavings of requests, writes, publications, faults, dead requests and clock steps, against a record of
 * what KV and D1 have held at each moment. fast-check prints the seed and the shortest history that breaks a promise.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualStores, mappingOf, settled, type TestRequest } from '../testing/manual-stores.ts';
import { READ_TIMEOUT_MS } from './ask-stores.ts';
import { isTombstone } from './host-cache.ts';
import {
  D1_BUDGET,
  D1_REFRESH_BUDGET,
  FLIGHT_PATIENCE_MS,
  HostDirectory,
  type Lookup,
  REVALIDATE_MS,
  STALE_IF_ERROR_MS,
} from './host-directory.ts';
import { UNMAPPED_FOR_MS } from './unmapped-hosts.ts';

const HOSTS = ['a.example', 'b.example', 'c.example'];
const CAPACITY = { knownHosts: 2, unmappedHosts: 4, flights: 1_000 };

type Alteration = 'change' | 'write' | 'delete' | 'publish' | 'lose';
type Fate = 'answer' | 'fail' | 'kill';
type Step =
  | { readonly kind: 'lookup'; readonly host: string }
  | { readonly kind: Alteration; readonly host: string }
  | { readonly kind: Fate; readonly which: number }
  | { readonly kind: 'scan'; readonly hosts: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'clock'; readonly ms: number };

const host = fc.constantFrom(...HOSTS);
const which = fc.nat(20);
const ms = fc.oneof(
  fc.integer({ min: 1, max: 6_000 }),
  fc.constantFrom(9_999, 10_000, 20_000, 30_000, 60_000, STALE_IF_ERROR_MS - 30_000),
);
const at = <Kind extends Step['kind']>(...kinds: readonly Kind[]) =>
  fc.record({ kind: fc.constantFrom(...kinds), host });

/** `change` is a write that is published at once; `settle` answers every read until there is none. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: at('lookup') },
  { weight: 4, arbitrary: at('change') },
  { weight: 2, arbitrary: at('write', 'publish', 'delete', 'lose') },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('answer', 'answer', 'fail', 'kill'), which }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('scan'), hosts: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('clock'), ms }) },
) as fc.Arbitrary<Step>;

/** What the stores held of one host from `atMs` on: a version each, 0 for unmapped, null for nothing in KV. */
interface Held {
  readonly atMs: number;
  readonly d1: number;
  readonly kv: number | null;
  readonly buried: boolean;
}

class World {
  readonly stores = new ManualStores();
  readonly directory = new HostDirectory(CAPACITY);
  /** Every request so far, with what became of its lookup: checked, or the check's failure. */
  readonly #asked: { readonly request: TestRequest; readonly checked: Promise<void> }[] = [];
  readonly #waiting = new Set<Promise<void>>();
  readonly #dead = new Set<Promise<void>>();
  readonly #history = new Map<string, Held[]>();
  readonly #versions = new Map<string, number>();
  readonly #flights = new Map<string, number>();
  /** When a read of a host failed, was given up, was cut off, or was not allowed. */
  readonly #failures: { readonly host: string; readonly atMs: number }[] = [];
  readonly #d1ReadsAtMs: Record<'unknown' | 'refresh', number[]> = { unknown: [], refresh: [] };
  /** Hosts that were read although a read was under way. */
  readonly #doubleReads: string[] = [];
  #scanned = 0;

  constructor() {
    this.stores.onRead = ({ store, host }) => {
      if (store === 'kv') this.#beginFlight(host);
    };
  }

  async run(step: Step): Promise<void> {
    const { stores } = this;
    if (step.kind === 'scan') this.#scan(step.hosts);
    else if (step.kind === 'clock') await stores.step(step.ms);
    else if (step.kind === 'settle') while (stores.pending.length > 0) await this.#answerNext();
    else if ('which' in step) this.#befall(step.kind, step.which);
    else if (step.kind === 'lookup') this.lookup(step.host);
    else this.#alter(step.kind, step.host);
    await settled();
    expect(this.directory.sizes.known).toBeLessThanOrEqual(CAPACITY.knownHosts);
    expect(this.directory.sizes.unmapped).toBeLessThanOrEqual(CAPACITY.unmappedHosts);
  }

  lookup(asked: string): void {
    const startedAtMs = this.stores.nowMs;
    const request = this.stores.request();
    const doors: TestRequest['doors'] = {
      ...request.doors,
      count: (name, labels) => {
        if (name === 'mapping_d1_read')
          this.#d1ReadsAtMs[labels.for as 'unknown'].push(this.stores.nowMs);
        if (name === 'mapping_over_budget' || name === 'mapping_lookup_failed')
          this.#noteFailure(asked);
      },
    };
    const checked = this.directory.lookup(asked, doors, startedAtMs).then(
      (answer) => this.#check(asked, answer, startedAtMs),
      () => this.#expectFailure(asked, startedAtMs),
    );
    this.#asked.push({ request, checked });
    this.#waiting.add(checked);
    checked.finally(() => this.#waiting.delete(checked)).catch(() => undefined);
  }

  /** Every request that lives has been answered in the end, and no promise was broken on the way. */
  async finish(): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      while (this.stores.pending.length > 0) await this.#answerNext();
      await this.stores.step(FLIGHT_PATIENCE_MS);
      await settled();
    }
    expect(this.#waiting.size).toBe(0);
    expect(this.#doubleReads).toEqual([]);
    await Promise.all(
      this.#asked.map(({ checked }) => checked).filter((checked) => !this.#dead.has(checked)),
    );
    this.#checkBudget('unknown', D1_BUDGET.burst, D1_BUDGET.refillPerSecond);
    this.#checkBudget('refresh', D1_REFRESH_BUDGET.burst, D1_REFRESH_BUDGET.refillPerSecond);
  }

  #pending(index: number) {
    const { pending } = this.stores;
    return pending[index % Math.max(1, pending.length)];
  }

  async #answerNext(): Promise<void> {
    this.stores.pending[0]?.answer();
    await settled();
  }

  #befall(kind: Fate, which: number): void {
    const read = this.#pending(which);
    if (kind === 'kill') this.#kill(which);
    else if (kind === 'answer') read?.answer();
    else if (read !== undefined) {
      this.#noteFailure(read.host);
      read.fail();
    }
  }

  #alter(kind: Alteration, name: string): void {
    if (kind === 'lose') this.stores.kv.delete(name);
    if (kind !== 'lose' && kind !== 'publish') this.#write(name, kind !== 'delete');
    if (kind === 'change' || kind === 'publish') this.#publish(name);
    this.#record(name);
  }

  #kill(index: number): void {
    const one = this.#asked.at(-1 - (index % Math.max(1, this.#asked.length)));
    if (one === undefined) return;
    one.request.kill();
    for (const name of HOSTS) this.#noteFailure(name);
    this.#waiting.delete(one.checked);
    this.#dead.add(one.checked);
  }

  #scan(hosts: number): void {
    for (let index = 0; index < hosts; index += 1) {
      this.#scanned += 1;
      this.lookup(`scan-${this.#scanned}.example`);
    }
  }

  #write(name: string, mapped: boolean): void {
    const version = (this.#versions.get(name) ?? 0) + 1;
    this.#versions.set(name, version);
    if (mapped) this.stores.d1.set(name, mappingOf(name, version));
    else this.stores.d1.delete(name);
  }

  #publish(name: string): void {
    const version = this.#versions.get(name) ?? 0;
    if (version === 0) return;
    const tombstone = { deleted: true, host: name, version } as const;
    this.stores.kv.set(name, this.stores.d1.get(name) ?? tombstone);
  }

  #record(name: string): void {
    const cached = this.stores.kv.get(name);
    const history = this.#historyOf(name);
    history.push({
      atMs: this.stores.nowMs,
      d1: this.stores.d1.get(name)?.version ?? 0,
      kv: cached?.version ?? null,
      buried: cached !== undefined && isTombstone(cached),
    });
  }

  #historyOf(name: string): Held[] {
    const history = this.#history.get(name) ?? [{ atMs: 0, d1: 0, kv: null, buried: false }];
    this.#history.set(name, history);
    return history;
  }

  /** What the stores held of a host at some moment of this time. */
  #heldSince(name: string, fromMs: number): Held[] {
    const history = this.#historyOf(name);
    const first = history.findLastIndex(({ atMs }) => atMs < fromMs);
    return history.slice(Math.max(0, first));
  }

  #beginFlight(name: string): void {
    const { nowMs, pending } = this.stores;
    const begunMs = this.#flights.get(name) ?? Number.NEGATIVE_INFINITY;
    // A store may still owe the answer to a read that was given up.
    const fresh = pending.filter(({ startedAtMs }) => nowMs - startedAtMs < READ_TIMEOUT_MS);
    const underWay = fresh.filter((read) => read.host === name).length > 1;
    // What is thrown here would pass for a failed read.
    if (underWay && nowMs - begunMs < FLIGHT_PATIENCE_MS) this.#doubleReads.push(name);
    this.#flights.set(name, nowMs);
  }

  #noteFailure(name: string): void {
    this.#failures.push({ host: name, atMs: this.stores.nowMs });
  }

  /** A read may take twice the patience: its own, and that of the one it had waited for. */
  #expectFailure(name: string, sinceMs: number): void {
    const fromMs = sinceMs - 2 * FLIGHT_PATIENCE_MS;
    expect(this.#failures.some((one) => one.host === name && one.atMs >= fromMs)).toBe(true);
  }

  #check(asked: string, { mapping, source, d1Reads }: Lookup, startedAtMs: number): void {
    expect(d1Reads).toBeLessThanOrEqual(1);
    if (mapping === null) {
      const held = this.#heldSince(asked, startedAtMs - UNMAPPED_FOR_MS - FLIGHT_PATIENCE_MS);
      if (source === 'over_budget') expect(held.some(({ kv }) => kv === null)).toBe(true);
      else expect(held.some(({ d1, buried }) => buried || d1 === 0)).toBe(true);
      return;
    }
    expect(mapping.host).toBe(asked);
    expect(mapping.shopId).toBe(`shop-${mapping.version}`);
    if (source === 'stale_if_error') this.#expectFailure(asked, startedAtMs - REVALIDATE_MS);
    const allowedMs = {
      memory: 10_000,
      stale: REVALIDATE_MS,
      stale_if_error: STALE_IF_ERROR_MS,
      kv: FLIGHT_PATIENCE_MS,
      d1: FLIGHT_PATIENCE_MS,
      unmapped: 0,
      tombstone: 0,
      over_budget: 0,
    }[source];
    // Nothing older than the oldest that a read could have found when the allowed time began.
    const [oldest] = this.#heldSince(asked, startedAtMs - allowedMs);
    const floor = Math.min(oldest?.d1 ?? 0, oldest?.kv ?? Number.POSITIVE_INFINITY);
    expect(mapping.version).toBeGreaterThanOrEqual(floor);
  }

  #checkBudget(purpose: 'unknown' | 'refresh', burst: number, refillPerSecond: number): void {
    const atMs = this.#d1ReadsAtMs[purpose].sort((a, b) => a - b);
    for (const [first, fromMs] of atMs.entries()) {
      for (const [last, toMs] of atMs.entries()) {
        if (last < first) continue;
        const allowed = burst + ((toMs - fromMs + FLIGHT_PATIENCE_MS) / 1000) * refillPerSecond;
        expect(last - first + 1).toBeLessThanOrEqual(allowed);
      }
    }
  }
}

test('no interleaving gives another host, too old a mapping, a second read, or a read beyond the budget', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 20, maxLength: 100, size: 'max' }),
      async (steps) => {
        const world = new World();
        for (const step of steps) await world.run(step);
        await world.finish();
      },
    ),
    { numRuns: 100 },
  );
}, 300_000);
