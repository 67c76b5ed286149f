/** What a run came to, as report.json has it and the page shows it. */
import type { Machine } from '../machine.ts';
import type { LoadOptions, ScenarioName } from './arguments.ts';
import { sumOf } from './oracle.rules.ts';
import type { Verdict } from './oracle.ts';
import type { Played, StockPoint, Threshold } from './play.ts';
import type { Figures } from './samples.ts';

export type Comparison = {
  readonly name: string;
  readonly alone: Figures['byScenario'][string];
  readonly withSale: Figures['byScenario'][string];
  readonly ratio: number;
};

export type LoadReport = {
  readonly scenario: ScenarioName;
  readonly summary: string;
  /** Thresholds and oracle: whether all of it is met. */
  readonly passed: boolean;
  readonly startedAt: string | null;
  readonly parameters: Readonly<Record<'buyers' | 'units' | 'seconds' | 'seed', number>>;
  readonly notes: readonly string[];
  readonly figures: Figures;
  /** Of the hot variant. */
  readonly stock: readonly StockPoint[];
  readonly thresholds: readonly Threshold[];
  readonly comparison: Comparison | null;
  readonly oracle: Verdict['checks'];
  /** Each shop's units at the end, all variants together. */
  readonly shops: readonly (Readonly<Record<'stocked' | 'sold' | 'held' | 'free', number>> & {
    readonly shopId: string;
  })[];
  readonly complaints: readonly string[];
  readonly machine: Machine & { readonly k6: string };
};

const MAX_RATIO = 2;

/** The quiet shop's calls, alone and beside a sale; null where the scenario had no such phases. */
export function compareQuietShop({ byScenario }: Pick<Figures, 'byScenario'>): Comparison | null {
  const alone = byScenario['quiet-alone'];
  const withSale = byScenario['quiet-with-sale'];
  if (alone === undefined || withSale === undefined) return null;
  const ratio = Math.round((withSale.p99 / alone.p99) * 100) / 100;
  return { name: 'p99 of the quiet shop’s calls', alone, withSale, ratio };
}

function comparisonThreshold({ name, ratio }: Comparison): Threshold {
  const metric = `${name}, with the sale beside it: ${ratio} times its own`;
  return { metric, condition: `ratio<=${MAX_RATIO}`, met: ratio <= MAX_RATIO };
}

export function buildReport(
  options: LoadOptions,
  summary: string,
  outcome: {
    readonly played: Played;
    readonly verdict: Verdict;
    readonly notes: readonly string[];
    readonly machine: LoadReport['machine'];
  },
): LoadReport {
  const { played, verdict, notes, machine } = outcome;
  const { figures, stock, complaints } = played;
  const comparison = options.scenario === 'two-shops' ? compareQuietShop(figures) : null;
  const thresholds = [
    ...played.thresholds,
    ...(comparison === null ? [] : [comparisonThreshold(comparison)]),
  ];
  const { scenario, buyers, units, seconds, seed } = options;
  return {
    scenario,
    summary,
    passed: [...thresholds, ...verdict.checks].every(({ met }) => met),
    startedAt: figures.startedAt,
    parameters: { buyers, units, seconds, seed },
    notes,
    figures,
    stock,
    thresholds,
    comparison,
    oracle: verdict.checks,
    shops: verdict.audits.map((audit) => ({
      shopId: audit.shopId,
      stocked: sumOf(audit, 'stocked'),
      sold: sumOf(audit, 'sold'),
      held: sumOf(audit, 'held'),
      free: sumOf(audit, 'free'),
    })),
    complaints,
    machine,
  };
}

/** What is not met, a line each, for a terminal. */
export function failuresOf({ thresholds, oracle }: LoadReport): string[] {
  return [
    ...thresholds
      .filter(({ met }) => !met)
      .map(({ metric, condition }) => `threshold missed: ${metric} ${condition}`),
    ...oracle
      .filter(({ met }) => !met)
      .map(({ shopId, name, detail }) => `oracle, ${shopId}: not true that ${name}: ${detail}`),
  ];
}
