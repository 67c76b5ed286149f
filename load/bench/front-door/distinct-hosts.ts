/**
 * `node --expose-gc distinct-hosts.ts COUNT`: looks up so many distinct hosts, half of them mapped, in one isolate's
 * directory, and prints by how many MiB the heap has grown since that was full.
 */
import { loadEdgeModule } from './edge-module.ts';

/** As `edge/front-door/mapping/lookup-host.ts` has it, with stores that answer at once. */
interface LookupModule {
  lookupHost(
    host: string,
    sources: {
      readonly database: object;
      readonly cache: object;
      readonly afterwards: (work: Promise<unknown>) => void;
      readonly count: () => void;
      readonly nowMs: number;
    },
  ): Promise<unknown>;
}

/** More than the directory can hold of either kind. */
const FILLING = 100_000;
/** As many requests wait for their hosts at once. */
const AT_ONCE = 100;
/** So many hosts a second are asked for: in ten minutes more than the budgets, and every lifetime of an entry. */
const PER_MS = 2;

const { lookupHost } = await loadEdgeModule<LookupModule>('edge/front-door/mapping/lookup-host.ts');
const count = Number(process.argv[2]);
await lookUp(0, FILLING);
const before = heapBytes();
await lookUp(FILLING, count);
console.log((heapBytes() - before) / 2 ** 20);

async function lookUp(first: number, hosts: number): Promise<void> {
  for (let at = first; at < first + hosts; at += AT_ONCE) {
    const nowMs = 1_700_000_000_000 + at / PER_MS;
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(at + index, nowMs)));
  }
}

function ask(index: number, nowMs: number): Promise<unknown> {
  const host = `host-${index}.example`;
  const mapping = { host, shopId: `shop-${index}`, canonicalHost: host, version: 1 };
  const row = { first: async () => null, run: async () => undefined };
  return lookupHost(host, {
    database: { prepare: () => ({ bind: () => row }) },
    cache: { get: async () => (index % 2 === 0 ? mapping : null) },
    afterwards: () => undefined,
    count: () => undefined,
    nowMs,
  });
}

function heapBytes(): number {
  for (let pass = 0; pass < 3; pass += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
