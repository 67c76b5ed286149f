import type { Case, CaseResult, Prepared } from './bench.ts';
import { median, pairedInterval } from './statistics.ts';

/** Runs every case, ours and reference in turn, after one round of each that does not count. */
export async function measure(
  { cases, rounds }: Prepared,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const result = await measureCase(one, rounds);
    progress(describe(result));
    results.push(result);
  }
  return results;
}

async function measureCase(one: Case, rounds: number): Promise<CaseResult> {
  await one.ours();
  await one.reference();
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes second finds the caches warm, so that the sides take turns in going first.
    if (round % 2 === 0) {
      ours.push(await one.ours());
      reference.push(await one.reference());
    } else {
      reference.push(await one.reference());
      ours.push(await one.ours());
    }
  }
  const interval = pairedInterval(ours, reference);
  const { name, unit, better, aim } = one;
  return {
    name,
    unit,
    better,
    ours: median(ours),
    reference: median(reference),
    ratio: median(ours.map((value, round) => value / (reference[round] ?? Number.NaN))),
    interval,
    aim,
    met: better === 'lower' ? interval[1] <= aim : interval[0] >= aim,
    rounds: { ours, reference },
  };
}

function describe({ name, unit, better, ours, reference, ratio, interval, aim, met }: CaseResult) {
  const [low, high] = interval.map((end) => end.toFixed(2));
  return (
    `${name}: ours ${short(ours)}, reference ${short(reference)} ${unit}; ratio ${ratio.toFixed(2)} ` +
    `(${low} to ${high}), aim ${better === 'lower' ? 'at most' : 'at least'} ${aim}: ${met ? 'met' : 'not met'}`
  );
}

function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
