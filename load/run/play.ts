/** Runs k6, reads its samples while they come, and watches the stock meanwhile. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { phaseAt, phasesOf } from '../scenarios/phases.ts';
import type { ScenarioSettings } from '../scenarios/settings.ts';
import type { ScenarioName } from './arguments.ts';
import type { Operator } from './operator.ts';
import { createSamples, type Figures } from './samples.ts';

export type StockPoint = {
  /** Seconds since the run began. */
  readonly at: number;
  readonly sold: number;
  readonly held: number;
  readonly free: number;
};

export type Threshold = {
  readonly metric: string;
  readonly condition: string;
  readonly met: boolean;
};

export type Played = {
  readonly figures: Figures;
  readonly stock: readonly StockPoint[];
  readonly thresholds: readonly Threshold[];
  /** What k6 and the scenario complained of, the first lines. */
  readonly complaints: readonly string[];
};

export type Play = {
  readonly k6: string;
  readonly scenario: ScenarioName;
  readonly settings: Omit<ScenarioSettings, 'summaryFile'>;
  readonly operator: Operator;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

const MAX_COMPLAINTS = 40;
const MAX_STOCK_POINTS = 600;
const PROGRESS_EVERY_MS = 5_000;
/** k6's own code for "a threshold was missed"; what else is not 0 is a run that was none. */
const THRESHOLDS_MISSED = 99;

type Summary = {
  readonly metrics: Readonly<
    Record<string, { readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>> }>
  >;
};

/** From what k6 leaves at its end. @throws where it is no summary */
export function readThresholds(text: string): Threshold[] {
  const { metrics } = JSON.parse(text) as Summary;
  return Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([condition, { ok }]) => ({ metric, condition, met: ok })),
  );
}

/** Looks at the hot variant each second, or more rarely in a long run. */
function watchStock(play: Play, everyMs: number): { stop(): Promise<StockPoint[]> } {
  const { operator, settings } = play;
  const shop = settings.shops[0];
  const hot = shop?.items[0];
  const startedMs = Date.now();
  const points: StockPoint[] = [];
  const stopping = new AbortController();
  const look = async (): Promise<void> => {
    if (shop === undefined || hot === undefined) return;
    const level = await operator.level(shop.shopId, hot.variantKey).catch(() => null);
    if (level === null) return;
    const at = Math.round((Date.now() - startedMs) / 100) / 10;
    const { onHand, held } = level;
    points.push({ at, sold: settings.units - onHand, held, free: onHand - held });
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await new Promise<void>((done) => {
        const timer = setTimeout(done, everyMs);
        stopping.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          done();
        });
      });
    }
  })();
  const end = async (): Promise<StockPoint[]> => {
    stopping.abort();
    await watching;
    await look();
    return points;
  };
  let ended: Promise<StockPoint[]> | undefined;
  return {
    stop: () => {
      ended ??= end();
      return ended;
    },
  };
}

const MESSAGE = /\bmsg="?((?:[^"\\]|\\.)*)"?/;

/** k6's log has times and levels around what is said. */
export function complaintOf(line: string): string {
  return (MESSAGE.exec(line)?.[1] ?? line).replaceAll('\\"', '"').trim().slice(0, 500);
}

async function runK6(
  { k6, scenario, settings, signal, say }: Play,
  summaryFile: string,
): Promise<Pick<Played, 'figures' | 'complaints'>> {
  const script = fileURLToPath(new URL(`../scenarios/${scenario}.ts`, import.meta.url));
  const child = spawn(
    k6,
    ['run', '--quiet', '--no-usage-report', '--no-color', '--out', 'json=-', script],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        SETTINGS: JSON.stringify({ ...settings, summaryFile }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const interrupt = () => void child.kill('SIGINT');
  signal.addEventListener('abort', interrupt);
  const samples = createSamples();
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', samples.read);
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.trim() !== '' && complaints.length < MAX_COMPLAINTS)
      complaints.push(complaintOf(line));
  });
  const phases = phasesOf(scenario, settings.durationSeconds);
  const startedMs = Date.now();
  const progress = setInterval(() => {
    const { calls, confirmed, ended } = samples.progress();
    const phase = phaseAt(phases, (Date.now() - startedMs) / 1_000);
    say(`${phase}: ${calls} calls, ${ended} journeys ended, ${confirmed} orders confirmed`);
  }, PROGRESS_EVERY_MS);
  try {
    const code = await new Promise<number | null>((done, reject) => {
      child.once('error', reject);
      child.once('close', done);
    });
    signal.throwIfAborted();
    if (code !== 0 && code !== THRESHOLDS_MISSED)
      throw new Error(`k6 ended with ${code}:\n${complaints.join('\n')}`);
    return { figures: samples.figures(), complaints };
  } finally {
    clearInterval(progress);
    signal.removeEventListener('abort', interrupt);
  }
}

/** Plays a scenario to its end. @throws where k6 could not run it, or it was stopped. */
export async function play(one: Play): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'commerce-load-k6-'));
  const summaryFile = join(folder, 'summary.json');
  const seconds = one.settings.durationSeconds;
  const stock = watchStock(one, Math.max(1_000, Math.ceil(seconds / MAX_STOCK_POINTS) * 1_000));
  try {
    const played = await runK6(one, summaryFile);
    const points = await stock.stop();
    const thresholds = readThresholds(await readFile(summaryFile, 'utf8'));
    return { ...played, stock: points, thresholds };
  } finally {
    await stock.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
