import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { MetricLabels, MetricName } from '../../http/metrics.ts';
import type { MappingDoors, Timer } from '../mapping/ask-stores.ts';
import type { CachedHost } from '../mapping/host-cache.ts';

/** A mapping of a host, whose shop tells its version, so that no two are taken for each other. */
export function mappingOf(host: string, version: number): HostMapping {
  return {
    host,
    shopId: `shop-${version}`,
    canonicalHost: host,
    kind: 'canonical',
    mode: 'active',
    defaultLocale: 'en-IE',
    locales: ['en-IE'],
    version,
    updatedAt: '2026-11-01T09:00:00Z',
    updatedBy: 'ida',
  };
}

export interface PendingRead {
  readonly store: 'kv' | 'd1';
  readonly host: string;
  readonly startedAtMs: number;
  /** Answers with what the store has now. */
  answer(): void;
  fail(): void;
}

export interface TestRequest {
  readonly doors: MappingDoors;
  /** As workerd treats a request that is over: no promise of its own settles any more. */
  kill(): void;
}

/**
 * KV, D1, the clock and the requests around a directory. Nothing happens by itself: a test answers each read, or lets
 * it fail, and moves the clock.
 */
export class ManualStores {
  nowMs = 1_000_000;
  readonly kv = new Map<string, CachedHost>();
  readonly d1 = new Map<string, HostMapping>();
  readonly pending: PendingRead[] = [];
  readonly metrics: { readonly name: MetricName; readonly labels: MetricLabels }[] = [];
  readonly marked: string[] = [];
  /** Whether marking a host for publication works. */
  marking = true;
  onRead: (read: PendingRead) => void = () => undefined;
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  /** Reads that are answered as soon as they begin. */
  answerAtOnce(): void {
    this.onRead = (read) => read.answer();
  }

  /** Reads of these stores fail as soon as they begin; those of the other are answered. */
  failAtOnce(...stores: readonly ('kv' | 'd1')[]): void {
    this.onRead = (read) => (stores.includes(read.store) ? read.fail() : read.answer());
  }

  counted(name: MetricName): number {
    return this.metrics.filter((metric) => metric.name === name).length;
  }

  request(): TestRequest {
    let alive = true;
    const read = <Value>(store: 'kv' | 'd1', host: string, value: () => Value): Promise<Value> =>
      new Promise((resolve, reject) => {
        const settle = (how: () => void) => () => {
          const index = this.pending.indexOf(pending);
          if (index >= 0) this.pending.splice(index, 1);
          if (alive) how();
        };
        const pending: PendingRead = {
          store,
          host,
          startedAtMs: this.nowMs,
          answer: settle(() => resolve(value())),
          fail: settle(() => reject(new Error(`${store} is down`))),
        };
        if (!alive) return;
        this.pending.push(pending);
        this.onRead(pending);
      });
    const doors: MappingDoors = {
      readCache: (host) => read('kv', host, () => this.kv.get(host) ?? null),
      readDatabase: (host) => read('d1', host, () => this.d1.get(host) ?? null),
      markForPublication: async (host) => {
        if (!this.marking) throw new Error('d1 is down');
        this.marked.push(host);
      },
      afterwards: () => undefined,
      startTimer: (ms) => this.#startTimer(ms, () => alive),
      count: (name, labels) => this.metrics.push({ name, labels }),
    };
    return {
      doors,
      kill: () => {
        alive = false;
      },
    };
  }

  /** Moves the clock, and fires what is due on the way, each at its time. */
  async step(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.#timers.delete(next);
      next.fire();
      await settled();
    }
    this.nowMs = untilMs;
  }

  #startTimer(ms: number, isAlive: () => boolean): Timer {
    let timer: { readonly atMs: number; readonly fire: () => void } | undefined;
    const elapsed = new Promise<void>((resolve) => {
      const fire = (): void => {
        if (isAlive()) resolve();
      };
      timer = { atMs: this.nowMs + ms, fire };
      this.#timers.add(timer);
    });
    return {
      elapsed,
      cancel: () => {
        if (timer !== undefined) this.#timers.delete(timer);
      },
    };
  }
}

/** Until every promise that can settle has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
