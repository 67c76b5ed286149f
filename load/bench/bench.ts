/** What a benchmark is: ours and a reference, measured in turn, compared by ratio. */

/** One measurement of each side, in the case's unit. */
export type Side = () => Promise<number>;

export type Case = {
  name: string;
  unit: string;
  /** Which way the figure is good. */
  better: 'lower' | 'higher';
  /** The ratio, ours to reference, that is to be reached; without a reference, the figure itself. */
  aim: number;
  ours: Side;
  /** None where there is nothing to compare with, since the figure is a promise of its own: a count, a bound. */
  reference?: Side;
  /** Rounds of this case, where they are not the benchmark's. */
  rounds?: number;
};

/** What a round of one side of a contest found, by figure: `holdsPerSecond`, `p99Ms`, … */
export type Figures = Readonly<Record<string, number>>;

/** Two sides of a contest compared in one of their figures. */
export type Comparison = {
  name: string;
  unit: string;
  better: 'lower' | 'higher';
  /** The ratio, ours to reference, that is to be reached; null where the figure is told and nothing is asked of it. */
  aim: number | null;
  ours: string;
  reference: string;
  figure: string;
};

/** Sides that are measured in turn, round by round, and compared in more than one way. */
export type Contest = {
  /** By name, each one round of it. */
  sides: Readonly<Record<string, () => Promise<Figures>>>;
  comparisons: readonly Comparison[];
  rounds?: number;
  /** Whether a round that does not count would only take time: a side that lasts for minutes warms up by itself. */
  isLong?: boolean;
  /** Before the first round. */
  begin?(): Promise<void>;
};

/** What a benchmark's file exports as `prepare`. `close` is called whatever happens. */
export type Prepared = {
  cases: (Case | Contest)[];
  rounds: number;
  /** What `--quick` did not run, in words. */
  leftOut: string[];
  /** What ran, where that is not plain from the names: said with the results. */
  notes?: string[];
  close(): Promise<void>;
};

export type PrepareOptions = {
  quick: boolean;
  /** Events of a backlog, where the benchmark has one and its own number is not meant. */
  events?: number;
};

export type Prepare = (options: PrepareOptions) => Promise<Prepared>;

export type CaseResult = {
  name: string;
  unit: string;
  better: 'lower' | 'higher';
  /** Medians over the rounds. */
  ours: number;
  /** Null where the case has no reference; so is the ratio. */
  reference: number | null;
  ratio: number | null;
  /** The paired 95 % interval of the ratio; without a reference, the least and the greatest round. */
  interval: [number, number];
  /** Null where nothing is asked of the figure; so is `met`. */
  aim: number | null;
  /** By the unfavourable end of the interval. */
  met: boolean | null;
  rounds: { ours: number[]; reference: number[] };
};
