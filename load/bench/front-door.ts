/** The front door against a bare proxy: see front-door/README.md for what runs and what is fair about it. */
import type { Case, Prepared, Side } from './bench.ts';
import { decisionMicroseconds } from './front-door/decision.ts';
import { heapGrowthMebibytes } from './front-door/heap.ts';
import { type Load, startLoad } from './front-door/load.ts';
import type { TrafficReport } from './front-door/orders.ts';
import { type RunningWorkers, startWorkers } from './front-door/workers.ts';

/** Of the proxy's requests per second. */
const AIM = 0.85;
/** What mapping/host-directory.ts allows an isolate to ask D1 for hosts that it does not know. */
const D1_BURST = 20;
const D1_REFILL_PER_SECOND = 2;
/** Half of all requests. */
const SCAN_SHARE = 0.5;
/** Until the front door's memory holds as many of 100,000 hosts as it ever will. */
const WARM_UP_REQUESTS = 60_000;

/** Short, and many: what disturbs the machine then disturbs both sides of a round. */
const ROUND_SECONDS = 0.8;
const ROUNDS = 20;
const QUICK_ROUNDS = 5;

type Name = 'frontDoor' | 'proxy' | 'copyingProxy';
type Traffic = { readonly hosts: number; readonly scanShare: number };

export async function prepare({ quick }: { quick: boolean }): Promise<Prepared> {
  const load = await startLoad();
  const stage = stageOf(load);
  const close = async () => {
    await stage.close();
    load.stop();
  };
  const mapped = (hosts: number): Traffic => ({ hosts, scanShare: 0 });
  const scanned: Traffic = { hosts: 1_000, scanShare: SCAN_SHARE };
  const perSecond = (name: string, traffic: Traffic, to: Name = 'proxy'): Case => ({
    name,
    unit: 'requests/s',
    better: 'higher',
    aim: AIM,
    ours: stage.requestsPerSecond('frontDoor', traffic),
    reference: stage.requestsPerSecond(to, traffic),
  });
  const one = perSecond('1 mapped host', mapped(1));
  const thousand = perSecond('1,000 mapped hosts', mapped(1_000));
  const copying = perSecond(
    '1,000 mapped hosts, to a proxy that copies the headers (hono/proxy)',
    mapped(1_000),
    'copyingProxy',
  );
  const cpu: Case = {
    name: 'CPU time a request, 1,000 mapped hosts',
    unit: 'µs',
    better: 'lower',
    aim: Number((1 / AIM).toFixed(2)),
    ours: stage.cpuMicroseconds('frontDoor', mapped(1_000)),
    reference: stage.cpuMicroseconds('proxy', mapped(1_000)),
  };
  const underScan = perSecond('1,000 mapped hosts under a scan of as many unknown ones', scanned);
  const hundredThousand = perSecond('100,000 mapped hosts', mapped(100_000));
  const left = [one, copying, cpu, hundredThousand, heap];
  const cases = [
    ...(quick ? [thousand, underScan] : [one, thousand, copying, cpu, underScan]),
    ...readCases(stage, mapped(1_000), scanned),
    ...(quick ? [] : [hundredThousand]),
    decisionCase(quick),
    ...(quick ? [] : [heap]),
  ];
  return {
    cases,
    rounds: quick ? QUICK_ROUNDS : ROUNDS,
    leftOut: quick
      ? [...left.map(({ name }) => name), `${ROUNDS - QUICK_ROUNDS} of ${ROUNDS} rounds`]
      : [],
    notes: NOTES,
    close,
  };
}

const NOTES = [
  'each side is a `workerd serve` of its own, without Miniflare; the origin is bound to both as an external service',
  'KV and D1 are Workers in a process of their own, which shares the machine; their work is not in the CPU time',
  "rate limits and metrics are modules in the front door's own isolate, and count as its work",
];

/** What D1 is asked. */
function readCases(stage: Stage, mapped: Traffic, scanned: Traffic): Case[] {
  return [
    {
      name: 'D1 reads a request in steady state',
      unit: 'reads/request',
      better: 'lower',
      aim: 0,
      rounds: 3,
      ours: stage.databaseReads(mapped, ({ reads, report }) => reads / report.known),
    },
    {
      name: 'D1 reads under the scan, of what the budget allows',
      unit: 'reads/budget',
      better: 'lower',
      aim: 1,
      rounds: 3,
      ours: stage.databaseReads(scanned, ({ reads, report: { seconds, unknown } }) => {
        const allowed = D1_BURST + D1_REFILL_PER_SECOND * seconds;
        if (unknown < 5 * allowed) throw new Error(`a scan of ${unknown} hosts shows nothing`);
        return reads / allowed;
      }),
    },
  ];
}

function decisionCase(quick: boolean): Case {
  return {
    name: 'the decision, as a function',
    unit: 'µs of CPU',
    better: 'lower',
    aim: 10,
    ours: decisionMicroseconds(quick ? 100_000 : 400_000),
  };
}

const heap: Case = {
  name: 'heap after a million distinct hosts, to before',
  unit: 'MiB more',
  better: 'lower',
  aim: 1,
  rounds: 1,
  ours: heapGrowthMebibytes(1_000_000),
};

type Stage = ReturnType<typeof stageOf>;

/** Keeps the Workers of one number of mapped hosts running, until another number is asked for. */
function stageOf(load: Load) {
  let current: { hosts: number; workers: RunningWorkers } | undefined;
  const workersOf = async (hosts: number): Promise<RunningWorkers> => {
    if (current?.hosts === hosts) return current.workers;
    await current?.workers.stop();
    current = undefined;
    const workers = await startWorkers(hosts);
    current = { hosts, workers };
    const warmUp = { hosts, scanShare: 0, seconds: 60, seed: 0 };
    const maxRequests = Math.min(WARM_UP_REQUESTS, 2_000 + 2 * hosts);
    await load.drive({ ...warmUp, maxRequests, port: workers.frontDoor.port });
    return workers;
  };
  const run = async (name: Name, traffic: Traffic, seed: number): Promise<TrafficReport> => {
    const { port } = (await workersOf(traffic.hosts))[name];
    const order = { ...traffic, port, seed, seconds: ROUND_SECONDS, maxRequests: 1_000_000 };
    const report = await load.drive(order);
    expectServed(name, report);
    return report;
  };
  /** The rounds of both sides have the same seeds, each round another one. */
  const seeds = new Map<string, number>();
  const nextSeed = (what: string): number => {
    const seed = (seeds.get(what) ?? 0) + 1;
    seeds.set(what, seed);
    return seed;
  };
  return {
    requestsPerSecond(name: Name, traffic: Traffic): Side {
      return async () => {
        const report = await run(name, traffic, nextSeed(`${name} ${JSON.stringify(traffic)}`));
        return (report.known + report.unknown) / report.seconds;
      };
    },
    cpuMicroseconds(name: Name, traffic: Traffic): Side {
      return async () => {
        const worker = (await workersOf(traffic.hosts))[name];
        const before = await worker.cpuMicroseconds();
        const { known } = await run(name, traffic, 2_000 + nextSeed(`cpu ${name}`));
        return ((await worker.cpuMicroseconds()) - before) / known;
      };
    },
    databaseReads(
      traffic: Traffic,
      judge: (run: { reads: number; report: TrafficReport }) => number,
    ): Side {
      return async () => {
        const workers = await workersOf(traffic.hosts);
        const before = await workers.databaseReads();
        const report = await run('frontDoor', traffic, 1_000 + nextSeed('reads'));
        return judge({ reads: (await workers.databaseReads()) - before, report });
      };
    },
    close: async () => current?.workers.stop(),
  };
}

/** A side that refuses is fast: what is counted is requests that got what they asked for. */
function expectServed(name: Name, { statuses }: TrafficReport): void {
  const fit = ['known 200', name === 'frontDoor' ? 'unknown 404' : 'unknown 200'];
  if (Object.keys(statuses).every((seen) => fit.includes(seen))) return;
  throw new Error(`${name} answered ${JSON.stringify(statuses)}`);
}
