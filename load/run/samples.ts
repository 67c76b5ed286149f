/** k6's stream of samples, added up while it runs: it would be gigabytes on a disk. */

/** One line of `k6 run --out json`. */
type Point = {
  readonly type: string;
  readonly metric: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly tags?: Readonly<Record<string, string>> | null;
  };
};

export type Percentiles = {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
};

export type StepFigures = {
  readonly step: string;
  readonly calls: number;
  /** Of single calls, in milliseconds; waiting between tries is not in it. */
  readonly latencyMs: Percentiles;
  /** Calls by status; `0` where there was no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Repetitions by what they were made for. */
  readonly retries: Readonly<Record<string, number>>;
};

export type Second = {
  /** Seconds since the first sample. */
  readonly at: number;
  readonly calls: number;
  readonly confirmed: number;
};

export type Figures = {
  readonly startedAt: string | null;
  readonly seconds: number;
  readonly calls: number;
  readonly steps: readonly StepFigures[];
  readonly timeline: readonly Second[];
  /** Journeys by how they ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** From the payment to the confirmation, in milliseconds; null where nobody bought. */
  readonly confirmedMs: Percentiles | null;
  /** Checkouts that were sent twice on purpose. */
  readonly repeats: number;
  /** Clicks on "Try again", after the last try of the policy. */
  readonly triesAgain: number;
  /** Of the quiet shop's calls in the scenarios of these names, in milliseconds. */
  readonly byScenario: Readonly<Record<string, Percentiles & { readonly calls: number }>>;
};

/** The figure that `share` of them are at most: the nearest rank. */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(sorted.length * share));
  return sorted[rank - 1] ?? 0;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    p50: round(percentile(sorted, 0.5)),
    p95: round(percentile(sorted, 0.95)),
    p99: round(percentile(sorted, 0.99)),
    max: round(sorted.at(-1) ?? 0),
  };
}

type Counts = Record<string, number>;
type Gathered = { durationsMs: number[]; statuses: Counts; retries: Counts };

export type Samples = {
  /** Takes one line of k6's output; whatever is no sample is passed over. */
  read(line: string): void;
  /** What came in so far, for a person who waits. */
  progress(): { readonly calls: number; readonly confirmed: number; readonly ended: number };
  figures(): Figures;
};

/** Steps that are no calls to the platform: they are shown, and not compared. */
const NOT_OURS = 'pay at the stand-in';

function add(counts: Counts, name: string, value = 1): void {
  counts[name] = (counts[name] ?? 0) + value;
}

/** Everything that came in so far. */
type Sums = {
  readonly steps: Map<string, Gathered>;
  readonly scenarios: Map<string, number[]>;
  /** By second of Unix time. */
  readonly callsAt: Counts;
  readonly confirmedAt: Counts;
  readonly outcomes: Counts;
  readonly confirmedMs: number[];
  calls: number;
  repeats: number;
  triesAgain: number;
  firstMs: number;
  lastMs: number;
};

type Tags = Readonly<Record<string, string>>;
type Take = (sums: Sums, value: number, tags: Tags, second: string) => void;

function stepOf({ steps }: Sums, name: string): Gathered {
  const step = steps.get(name) ?? { durationsMs: [], statuses: {}, retries: {} };
  steps.set(name, step);
  return step;
}

const TAKE: Readonly<Record<string, Take>> = {
  http_req_duration: (sums, value, { name = 'other', status = '0', scenario = '' }, second) => {
    const step = stepOf(sums, name);
    step.durationsMs.push(value);
    add(step.statuses, status);
    add(sums.callsAt, second);
    sums.calls += 1;
    if (name === NOT_OURS) return;
    const ofScenario = sums.scenarios.get(scenario) ?? [];
    sums.scenarios.set(scenario, ofScenario);
    ofScenario.push(value);
  },
  retries: (sums, value, { name = 'other', why = 'unknown' }) =>
    add(stepOf(sums, name).retries, why, value),
  outcomes: (sums, value, { outcome = 'unknown' }, second) => {
    add(sums.outcomes, outcome, value);
    if (outcome === 'confirmed') add(sums.confirmedAt, second, value);
  },
  confirmed_ms: (sums, value) => void sums.confirmedMs.push(value),
  repeats: (sums, value) => {
    sums.repeats += value;
  },
  tries_again: (sums, value) => {
    sums.triesAgain += value;
  },
};

function read(sums: Sums, line: string): void {
  if (!line.includes('"Point"')) return;
  const { metric, data } = JSON.parse(line) as Point;
  const take = TAKE[metric];
  if (take === undefined) return;
  const atMs = Date.parse(data.time);
  sums.firstMs = Math.min(sums.firstMs, atMs);
  sums.lastMs = Math.max(sums.lastMs, atMs);
  take(sums, data.value, data.tags ?? {}, String(Math.floor(atMs / 1_000)));
}

function figuresOf(sums: Sums): Figures {
  const { firstMs, lastMs, confirmedMs } = sums;
  const isEmpty = lastMs === 0;
  return {
    startedAt: isEmpty ? null : new Date(firstMs).toISOString(),
    seconds: isEmpty ? 0 : Math.max(1, Math.round((lastMs - firstMs) / 1_000)),
    calls: sums.calls,
    steps: [...sums.steps].map(([step, { durationsMs, statuses, retries }]) => ({
      step,
      calls: durationsMs.length,
      latencyMs: percentilesOf(durationsMs),
      statuses,
      retries,
    })),
    timeline: timelineOf(firstMs, lastMs, sums.callsAt, sums.confirmedAt),
    outcomes: sums.outcomes,
    confirmedMs: confirmedMs.length === 0 ? null : percentilesOf(confirmedMs),
    repeats: sums.repeats,
    triesAgain: sums.triesAgain,
    byScenario: Object.fromEntries(
      [...sums.scenarios].map(([name, values]) => [
        name,
        { ...percentilesOf(values), calls: values.length },
      ]),
    ),
  };
}

export function createSamples(): Samples {
  const sums: Sums = {
    steps: new Map(),
    scenarios: new Map(),
    callsAt: {},
    confirmedAt: {},
    outcomes: {},
    confirmedMs: [],
    calls: 0,
    repeats: 0,
    triesAgain: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: 0,
  };
  return {
    read: (line) => read(sums, line),
    progress: () => ({
      calls: sums.calls,
      confirmed: sums.outcomes.confirmed ?? 0,
      ended: Object.values(sums.outcomes).reduce((sum, count) => sum + count, 0),
    }),
    figures: () => figuresOf(sums),
  };
}

/** More points than this would be a wider report, and no more to see. */
const MAX_POINTS = 600;

/** Each second that passed, also those without a call; of a long run, spans of several seconds in means a second. */
function timelineOf(firstMs: number, lastMs: number, calls: Counts, confirmed: Counts): Second[] {
  if (lastMs === 0) return [];
  const first = Math.floor(firstMs / 1_000);
  const last = Math.floor(lastMs / 1_000);
  const span = Math.ceil((last - first + 1) / MAX_POINTS);
  const points: Second[] = [];
  for (let from = first; from <= last; from += span) {
    const width = Math.min(span, last - from + 1);
    const seconds = Array.from({ length: width }, (_, index) => String(from + index));
    const mean = (counts: Counts): number =>
      Math.round((10 * seconds.reduce((sum, second) => sum + (counts[second] ?? 0), 0)) / width) /
      10;
    points.push({ at: from - first, calls: mean(calls), confirmed: mean(confirmed) });
  }
  return points;
}
