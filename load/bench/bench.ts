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

/** What a benchmark's file exports as `prepare`. `close` is called whatever happens. */
export type Prepared = {
  cases: Case[];
  rounds: number;
  /** What `--quick` did not run, in words. */
  leftOut: string[];
  /** What ran, where that is not plain from the names: said with the results. */
  notes?: string[];
  close(): Promise<void>;
};

export type Prepare = (options: { quick: boolean }) => Promise<Prepared>;

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
  aim: number;
  /** By the unfavourable end of the interval. */
  met: boolean;
  rounds: { ours: number[]; reference: number[] };
};
