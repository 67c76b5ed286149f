/** Ours against a transaction for each hold, a statement for each, and no database at all: see holds/README.md. */
import type { Comparison, Contest, Figures, Prepared } from './bench.ts';
import { startCluster } from './cluster.ts';
import { historyCases } from './holds/history.ts';
import { type OverHttp, overHttpOn } from './holds/over-http.ts';
import { prepareStage } from './holds/stage.ts';
import { type Load, type UseCases, useCasesOn } from './holds/use-cases.ts';

const SECONDS = 1.5;
const QUICK_SECONDS = 0.25;
/** Of the cases that an aim is for; the others are there to be seen beside them. */
const ROUNDS = 10;
const OTHER_ROUNDS = 5;
const QUICK_ROUNDS = 3;
const PAST = 10_000_000;
const QUICK_PAST = 100_000;

type Cell = Omit<Load, 'seconds' | 'keep'>;

/** What has an aim: one SKU that everybody wants, one process. */
const HOT: readonly Cell[] = [1, 64, 512].map((callers) => ({ callers, skus: 1, processes: 1 }));
const OTHERS: readonly Cell[] = [
  { skus: 1, processes: 2 },
  { skus: 1_000, processes: 1 },
  { skus: 1_000, processes: 2 },
].flatMap((cell) => [1, 64, 512].map((callers) => ({ ...cell, callers })));

export async function prepare({ quick }: { quick: boolean }): Promise<Prepared> {
  const cluster = await startCluster();
  const closing: (() => Promise<void>)[] = [() => cluster.stop()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const without = await cluster.createDatabase('bench');
    const withHistory = await cluster.createDatabase('bench_history');
    const stage = await prepareStage(without);
    const useCases = useCasesOn(stage);
    closing.push(() => useCases.stop());
    const overHttp = await overHttpOn(stage);
    closing.push(() => overHttp.stop());
    const history = historyCases({
      without: { stage, useCases },
      with: { database: withHistory, stage: await prepareStage(withHistory) },
      ...(quick
        ? { past: QUICK_PAST, seconds: QUICK_SECONDS, rounds: QUICK_ROUNDS }
        : { past: PAST, seconds: SECONDS, rounds: ROUNDS }),
    });
    closing.push(() => history.stop());
    const contests = (cell: Cell, seconds: number, rounds: number): Contest[] => [
      useCaseContest(useCases, { ...cell, seconds }, rounds),
      httpContest(overHttp, { ...cell, seconds }, rounds),
    ];
    const cases = quick
      ? HOT.flatMap((cell) => contests(cell, QUICK_SECONDS, QUICK_ROUNDS).flatMap(aimed))
      : [
          ...HOT.flatMap((cell) => contests(cell, SECONDS, ROUNDS)),
          ...OTHERS.flatMap((cell) => contests(cell, SECONDS, OTHER_ROUNDS)),
        ];
    return {
      cases: [...cases, ...history.cases],
      rounds: ROUNDS,
      leftOut: quick ? leftOut() : [],
      notes: [cluster.version, ...NOTES],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const NOTES = [
  "holds/s counts holds that were made: of our calls a tenth are commits and releases, of the references' at the use-case level none",
  'each reference keeps its rows in tables of its own without row-level security, and writes no idempotency claim',
  'after each round the tables are held against the answers: held, active and sold units, or the run fails',
];

/** What of a contest an aim is for, and the sides that this needs. */
function aimed(contest: Contest): Contest[] {
  const comparisons = contest.comparisons.filter(({ aim }) => aim !== null);
  const needed = new Set(comparisons.flatMap(({ ours, reference }) => [ours, reference]));
  const sides = Object.fromEntries(
    Object.entries(contest.sides).filter(([name]) => needed.has(name)),
  );
  return comparisons.length === 0 ? [] : [{ ...contest, comparisons, sides }];
}

function leftOut(): string[] {
  return [
    `${ROUNDS - QUICK_ROUNDS} of ${ROUNDS} rounds, of ${QUICK_SECONDS} s instead of ${SECONDS}`,
    'every comparison without an aim, and HTTP with 1 caller',
    ...OTHERS.map((cell) => `use case and HTTP, ${said(cell)}`),
    `${PAST.toLocaleString('en')} past holds and orders: ${QUICK_PAST.toLocaleString('en')} instead`,
  ];
}

function said({ callers, skus, processes }: Cell): string {
  const place = processes === 1 ? '' : `, ${processes} processes`;
  const many = `${skus === 1 ? '1 SKU' : `${skus.toLocaleString('en')} SKUs`}`;
  return `${many}, ${callers} ${callers === 1 ? 'caller' : 'callers'}${place}`;
}

/** Whether an aim is for this cell. */
function isHot(cell: Cell, callers: number): boolean {
  return cell.skus === 1 && cell.processes === 1 && cell.callers === callers;
}

type Told = Omit<Comparison, 'ours' | 'name'>;

function comparison(prefix: string, name: string, told: Told): Comparison {
  return { name: `${prefix}: ${name}`, ours: 'ours', ...told };
}

function useCaseContest(useCases: UseCases, load: Load, rounds: number): Contest {
  const side = (way: 'ours' | 'naive' | 'single') => (): Promise<Figures> =>
    useCases.round(way, load);
  const prefix = `use case, ${said(load)}`;
  const rate = { figure: 'holdsPerSecond', unit: 'holds/s', better: 'higher' } as const;
  const p99 = { figure: 'p99Ms', unit: 'ms', better: 'lower' } as const;
  const median = { figure: 'createMs', unit: 'ms', better: 'lower' } as const;
  const aim = (callers: number, value: number) => (isHot(load, callers) ? value : null);
  return {
    rounds,
    sides: { ours: side('ours'), naive: side('naive'), single: side('single') },
    comparisons: [
      comparison(prefix, 'holds/s, to a transaction each', {
        ...rate,
        reference: 'naive',
        aim: aim(64, 20),
      }),
      comparison(prefix, 'holds/s, to a statement each', {
        ...rate,
        reference: 'single',
        aim: null,
      }),
      comparison(prefix, 'p99, to a transaction each', {
        ...p99,
        reference: 'naive',
        aim: aim(512, 0.1),
      }),
      comparison(prefix, 'median of a hold, to a statement each', {
        ...median,
        reference: 'single',
        aim: aim(1, 1.15),
      }),
    ],
  };
}

function httpContest(overHttp: OverHttp, load: Load, rounds: number): Contest {
  const side = (way: 'ours' | 'memory' | 'naive') => (): Promise<Figures> =>
    overHttp.round(way, load);
  const prefix = `HTTP, ${said(load)}`;
  const rate = { figure: 'requestsPerSecond', unit: 'requests/s', better: 'higher' } as const;
  const p99 = { figure: 'p99Ms', unit: 'ms', better: 'lower', aim: null } as const;
  const aim = isHot(load, 64) ? 0.75 : isHot(load, 512) ? 0.9 : null;
  return {
    rounds,
    sides: { ours: side('ours'), memory: side('memory'), naive: side('naive') },
    comparisons: [
      comparison(prefix, 'requests/s, to answered from memory', {
        ...rate,
        reference: 'memory',
        aim,
      }),
      comparison(prefix, 'requests/s, to a transaction each', {
        ...rate,
        reference: 'naive',
        aim: null,
      }),
      comparison(prefix, 'p99, to answered from memory', { ...p99, reference: 'memory' }),
      comparison(prefix, 'p99, to a transaction each', { ...p99, reference: 'naive' }),
    ],
  };
}
