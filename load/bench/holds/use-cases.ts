/** Rounds at the use-case level: the callers are in the processes that decide. */

import { NAIVE_POOL_SIZE } from '../../reference/naive-hold.ts';
import { SINGLE_STATEMENT_POOL_SIZE } from '../../reference/single-statement-hold.ts';
import type { Figures } from '../bench.ts';
import { type Forked, startForked } from '../forked.ts';
import { quantile } from '../statistics.ts';
import type { HostSettings } from './host.ts';
import type { HoldsOrder, HoldsReport, Way } from './orders.ts';
import { expectAddsUp, type Stage } from './stage.ts';

export type Load = {
  readonly callers: number;
  readonly skus: number;
  readonly processes: number;
  readonly seconds: number;
  /** Leaves what earlier rounds have written where it is. */
  readonly keep?: true;
};

export type UseCases = {
  /** Rejects where the tables do not say afterwards what the callers were told. */
  round(way: Way, load: Load): Promise<Figures>;
  /** The callers alone: looks at nothing before or afterwards. */
  drive(way: Way, load: Load): Promise<HoldsReport[]>;
  /** Ends the processes. A round that follows starts others. */
  stop(): Promise<void>;
};

/** Commits a second that a process is at most expected to make: 40,000 calls, one in twenty of them. */
const COMMITS_PER_SECOND = 2_000;

type Host = Forked<HoldsOrder, HoldsReport>;

/** Hosts are started when a round first needs them. Those of one number of processes are for that number alone. */
export function useCasesOn(stage: Stage): UseCases {
  const groups = new Map<number, Promise<Host[]>>();
  let seed = 0;
  const hostsOf = (processes: number): Promise<Host[]> => {
    const known = groups.get(processes);
    if (known !== undefined) return known;
    const started = Promise.all(
      Array.from({ length: processes }, () => startHost(stage, processes)),
    );
    groups.set(processes, started);
    return started;
  };
  const drive = async (way: Way, load: Load): Promise<HoldsReport[]> => {
    const { callers, skus, processes, seconds } = load;
    const hosts = await hostsOf(processes);
    const orders: HoldsOrder[] = [];
    for (const index of hosts.keys()) {
      const share = Math.floor(callers / processes) + (index < callers % processes ? 1 : 0);
      const commits = way === 'ours' ? Math.ceil(COMMITS_PER_SECOND * seconds) : 0;
      const payments = await stage.payments(commits);
      seed += 1;
      orders.push({ way, callers: share, skus, seconds, seed, payments });
    }
    return Promise.all(hosts.map((host, index) => host.send(orders[index] as HoldsOrder)));
  };
  return {
    round: async (way, load) => {
      if (load.keep === undefined) await stage.reset();
      const before = await stage.levels(way);
      const reports = await drive(way, load);
      expectAddsUp(way, before, await stage.levels(way), summed(reports));
      return figuresOf(reports);
    },
    drive,
    stop: async () => {
      const started = [...groups.values()];
      groups.clear();
      for (const group of started) for (const host of await group) await host.stop();
    },
  };
}

function startHost(stage: Stage, processes: number): Promise<Host> {
  // The best number of connections is the database's, however many processes share them.
  const settings: HostSettings = {
    serviceEnv: stage.serviceEnv,
    connections: {
      naive: Math.ceil(NAIVE_POOL_SIZE / processes),
      single: Math.ceil(SINGLE_STATEMENT_POOL_SIZE / processes),
    },
  };
  return startForked('host.ts', import.meta.url, { BENCH_HOST: JSON.stringify(settings) });
}

function summed(reports: readonly HoldsReport[]) {
  const sum = (of: (report: HoldsReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    created: sum(({ created }) => created),
    committed: sum(({ committed }) => committed),
    released: sum(({ released }) => released),
    busy: sum(({ busy }) => busy),
  };
}

export function figuresOf(reports: readonly HoldsReport[]): Figures {
  const seconds = Math.max(...reports.map((report) => report.seconds));
  const createMs = reports.flatMap((report) => [...report.createMs]);
  const allMs = reports.flatMap((report) => [...report.allMs]);
  const { created, busy } = summed(reports);
  return {
    holdsPerSecond: created / seconds,
    createMs: quantile(createMs, 0.5),
    p99Ms: quantile(allMs, 0.99),
    busyPerThousand: (1_000 * busy) / allMs.length,
  };
}
