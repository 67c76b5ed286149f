/** What was found, as a table for a person and as cases with their aims. */
import type { SaleFigures } from './sale.ts';

export type Who = 'ours' | 'medusa' | 'vendure';

export type Run = SaleFigures & {
  readonly who: Who;
  readonly sale: string;
  readonly units: number;
  readonly processes: number;
};

export type SaleCase = {
  readonly name: string;
  readonly unit: string;
  /** The median of our runs, or for units the most of any. */
  readonly ours: number;
  /** The better peer's; null where no peer ran. */
  readonly reference: number | null;
  readonly ratio: number | null;
  readonly aim: number;
  /** By our worst run against the better peer's best. */
  readonly met: boolean | null;
};

/** Of the better peer's orders a second. */
const AIM = 30;

export function casesOf(runs: readonly Run[]): SaleCase[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const name = `${run.sale}, ${said(run.processes)}`;
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  return [...groups].flatMap(([name, group]) => {
    const ours = group.filter(({ who }) => who === 'ours');
    const peers = group.filter(({ who }) => who !== 'ours');
    if (ours.length === 0) return [];
    const peerRates = peers.map(({ ordersPerSecond }) => ordersPerSecond);
    return [ordersCase(name, ours, peerRates), oversoldCase(name, ours, peers)];
  });
}

function ordersCase(name: string, ours: readonly Run[], peerRates: readonly number[]): SaleCase {
  const rates = ours.map(({ ordersPerSecond }) => ordersPerSecond).sort((a, b) => a - b);
  const middle = rates[Math.floor((rates.length - 1) / 2)] ?? 0;
  const better = peerRates.length === 0 ? null : Math.max(...peerRates);
  return {
    name: `${name}: orders/s`,
    unit: 'orders/s',
    ours: middle,
    reference: better,
    ratio: better === null ? null : middle / better,
    aim: AIM,
    met: better === null ? null : (rates[0] ?? 0) / better >= AIM,
  };
}

function oversoldCase(name: string, ours: readonly Run[], peers: readonly Run[]): SaleCase {
  const most = Math.max(...ours.map(({ oversold }) => oversold));
  const least = peers.length === 0 ? null : Math.min(...peers.map(({ oversold }) => oversold));
  return {
    name: `${name}: units oversold`,
    unit: 'units',
    ours: most,
    reference: least,
    ratio: null,
    aim: 0,
    met: most === 0,
  };
}

export function describeCase({ name, ours, reference, ratio, aim, met }: SaleCase): string {
  const figures = `ours ${short(ours)}, the better peer ${reference === null ? 'not run' : short(reference)}`;
  if (ratio === null) return `${name}: ${figures}${aim === 0 ? `; ours ${word(met)}` : ''}`;
  return `${name}: ${figures}; ratio ${ratio.toFixed(1)}, aim at least ${aim}: ${word(met)}`;
}

const HEAD = [
  'sale',
  'processes',
  'who',
  'orders',
  'orders/s',
  'p50',
  'p99',
  'sold out',
  'errors',
  'oversold',
];

export function tableOf(runs: readonly Run[]): string {
  const rows = [...runs]
    .sort(byPlace)
    .map((run) => [
      run.sale,
      String(run.processes),
      run.who,
      String(run.orders),
      short(run.ordersPerSecond),
      seconds(run.p50Ms),
      seconds(run.p99Ms),
      String(run.soldOut),
      String(run.errors),
      String(run.oversold),
    ]);
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [HEAD, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function describeRun({
  orders,
  ordersPerSecond,
  p99Ms,
  soldOut,
  errors,
  oversold,
  complaints,
}: SaleFigures): string {
  const line = `${orders} orders, ${short(ordersPerSecond)}/s, p99 ${seconds(p99Ms)}, ${soldOut} sold out, ${errors} errors, ${oversold} oversold`;
  const said = Object.entries(complaints).map(([what, count]) => `\n      ${count} × ${what}`);
  return `${line}${said.join('')}`;
}

export function said(processes: number): string {
  return processes === 1 ? '1 process' : `${processes} processes`;
}

function byPlace(a: Run, b: Run): number {
  const place = ({ sale, processes, who }: Run) => `${sale} ${processes} ${who}`;
  return place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0;
}

function word(met: boolean | null): string {
  return met === null ? 'not judged' : met ? 'met' : 'not met';
}

function seconds(ms: number | null): string {
  return ms === null ? '-' : `${(ms / 1_000).toFixed(2)} s`;
}

function short(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}
