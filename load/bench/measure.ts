import type { Case, CaseResult, Contest, Figures, Prepared, Side } from './bench.ts';
import { median, pairedInterval } from './statistics.ts';

/** Runs every case: ours and reference in turn, after one round of each that does not count; or ours alone. */
export async function measure(
  { cases, rounds }: Pick<Prepared, 'cases' | 'rounds'>,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const found = await measureOne(one, one.rounds ?? rounds);
    for (const result of found) progress(describe(result));
    results.push(...found);
  }
  return results;
}

/** Those of the cases, and of a contest's comparisons, whose name contains the text. */
export function named(cases: Prepared['cases'], text: string): Prepared['cases'] {
  return cases.flatMap((one): Prepared['cases'] => {
    if (!('sides' in one)) return one.name.includes(text) ? [one] : [];
    const comparisons = one.comparisons.filter(({ name }) => name.includes(text));
    return comparisons.length === 0 ? [] : [{ ...one, comparisons }];
  });
}

async function measureOne(one: Case | Contest, rounds: number): Promise<CaseResult[]> {
  if ('sides' in one) return measureContest(one, rounds);
  if (one.reference === undefined) return [await measureAlone(one, rounds)];
  return [await measureInTurn(one, one.reference, rounds)];
}

/** Every side once without counting, where that is short, then round by round, each round beginning with another side. */
async function measureContest(contest: Contest, rounds: number): Promise<CaseResult[]> {
  const sides = Object.entries(contest.sides);
  const found = new Map<string, Figures[]>(sides.map(([name]) => [name, []]));
  await contest.begin?.();
  if (contest.isLong !== true) for (const [, side] of sides) await side();
  for (let round = 0; round < rounds; round += 1) {
    for (const index of sides.keys()) {
      const [name, side] = sides[(round + index) % sides.length] ?? [];
      if (name !== undefined && side !== undefined) found.get(name)?.push(await side());
    }
  }
  return contest.comparisons.map((comparison) => {
    const series = (side: string): number[] =>
      (found.get(side) ?? []).map((figures) => figures[comparison.figure] ?? Number.NaN);
    return compared(comparison, series(comparison.ours), series(comparison.reference));
  });
}

async function measureInTurn(one: Case, referenceSide: Side, rounds: number): Promise<CaseResult> {
  await one.ours();
  await referenceSide();
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes second finds the caches warm, so that the sides take turns in going first.
    if (round % 2 === 0) {
      ours.push(await one.ours());
      reference.push(await referenceSide());
    } else {
      reference.push(await referenceSide());
      ours.push(await one.ours());
    }
  }
  return compared(one, ours, reference);
}

type Judged = Pick<Case, 'name' | 'unit' | 'better'> & { aim: number | null };

function compared(one: Judged, ours: number[], reference: number[]): CaseResult {
  return {
    ...judged(one, ours, pairedInterval(ours, reference)),
    reference: median(reference),
    ratio: median(ours.map((value, round) => value / (reference[round] ?? Number.NaN))),
    rounds: { ours, reference },
  };
}

/** A promise about the figure itself has to hold in every round, the first one too. */
async function measureAlone(one: Case, rounds: number): Promise<CaseResult> {
  const ours: number[] = [];
  for (let round = 0; round < rounds; round += 1) ours.push(await one.ours());
  return {
    ...judged(one, ours, [Math.min(...ours), Math.max(...ours)]),
    reference: null,
    ratio: null,
    rounds: { ours, reference: [] },
  };
}

function judged({ name, unit, better, aim }: Judged, ours: number[], interval: [number, number]) {
  const met = aim === null ? null : better === 'lower' ? interval[1] <= aim : interval[0] >= aim;
  return { name, unit, better, ours: median(ours), interval, aim, met };
}

function describe(result: CaseResult): string {
  const { name, unit, better, ours, reference, ratio, aim, met } = result;
  const [low, high] = result.interval.map((end) => (ratio === null ? short(end) : end.toFixed(2)));
  const figures =
    reference === null || ratio === null
      ? `${short(ours)} ${unit} (${low} to ${high})`
      : `ours ${short(ours)}, reference ${short(reference)} ${unit}; ratio ${ratio.toFixed(2)} (${low} to ${high})`;
  if (aim === null) return `${name}: ${figures}`;
  const bound = better === 'lower' ? 'at most' : 'at least';
  return `${name}: ${figures}, aim ${bound} ${aim}: ${met ? 'met' : 'not met'}`;
}

function short(value: number): string {
  if (value === 0) return '0';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
