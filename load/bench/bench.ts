/** What a benchmark is: ours and a reference, measured in turn, compared by ratio. */

/** One measurement of each side, in the case's unit. */
export type Side = () => Promise<number>;

export type Case = {
  name: string;
  unit: string;
  /** Which way the figure is good. */
  better: 'lower' | 'higher';
  /** The ratio, ours to reference, that is to be reached. */
  aim: number;
  ours: Side;
  reference: Side;
};

/** What a benchmark's file exports as `prepare`. `close` is called whatever happens. */
export type Prepared = {
  cases: Case[];
  rounds: number;
  /** What `--quick` did not run, in words. */
  leftOut: string[];
  close(): Promise<void>;
};

export type Prepare = (options: { quick: boolean }) => Promise<Prepared>;

export type CaseResult = {
  name: string;
  unit: string;
  better: 'lower' | 'higher';
  /** Medians over the rounds. */
  ours: number;
  reference: number;
  ratio: number;
  /** The paired 95 % interval of the ratio. */
  interval: [number, number];
  aim: number;
  met: boolean;
  rounds: { ours: number[]; reference: number[] };
};
