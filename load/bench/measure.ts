import type { Case, CaseResult, Prepared, Side } from './bench.ts';
import { median, pairedInterval } from './statistics.ts';

/** Runs every case: ours and reference in turn, after one round of each that does not count; or ours alone. */
export async function measure(
  { cases, rounds }: Pick<Prepared, 'cases' | 'rounds'>,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const result =
      one.reference === undefined
        ? await measureAlone(one, one.rounds ?? rounds)
        : await measureInTurn(one, one.reference, one.rounds ?? rounds);
    progress(describe(result));
    results.push(result);
  }
  return results;
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

function judged({ name, unit, better, aim }: Case, ours: number[], interval: [number, number]) {
  const met = better === 'lower' ? interval[1] <= aim : interval[0] >= aim;
  return { name, unit, better, ours: median(ours), interval, aim, met };
}

function describe(result: CaseResult): string {
  const { name, unit, better, ours, reference, ratio, aim, met } = result;
  const [low, high] = result.interval.map((end) => (ratio === null ? short(end) : end.toFixed(2)));
  const figures =
    reference === null || ratio === null
      ? `${short(ours)} ${unit} (${low} to ${high})`
      : `ours ${short(ours)}, reference ${short(reference)} ${unit}; ratio ${ratio.toFixed(2)} (${low} to ${high})`;
  const bound = better === 'lower' ? 'at most' : 'at least';
  return `${name}: ${figures}, aim ${bound} ${aim}: ${met ? 'met' : 'not met'}`;
}

function short(value: number): string {
  if (value === 0) return '0';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
