/** `npm run load -- NAME`: plays buyers, asks the service how it ended, and writes it down. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { thisMachine } from './machine.ts';
import { reportPage } from './report/page.ts';
import { HELP, type LoadOptions, readCommandLine, SCENARIOS } from './run/arguments.ts';
import { findK6 } from './run/k6.ts';
import { createOperator } from './run/operator.ts';
import { askOracle, takeBaseline } from './run/oracle.ts';
import { play } from './run/play.ts';
import { buildReport, failuresOf, type LoadReport } from './run/report.ts';
import { openTarget, type Target } from './run/target.ts';
import { phasesOf } from './scenarios/phases.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXIT = { well: 0, notMet: 1, wrongArguments: 2, notRun: 3 } as const;

const startedMs = Date.now();
function say(line: string): void {
  console.log(`${((Date.now() - startedMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
}

async function versionOf(k6: string): Promise<string> {
  const { stdout } = await promisify(execFile)(k6, ['version']);
  return /v\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown';
}

/** Which variants are stocked up: the hot one for a sale, else each. */
async function stockUp({ scenario, units }: LoadOptions, { keys, shops }: Target): Promise<void> {
  const operator = createOperator(keys);
  const isSale = scenario === 'flash-sale' || scenario === 'two-shops';
  for (const [index, { shopId, items }] of shops.entries()) {
    const keysOfShop = items.map(({ variantKey }) => variantKey);
    const [hot] = keysOfShop;
    if (!isSale) await operator.stockUp(shopId, keysOfShop, units);
    else if (index === 0 && hot !== undefined) await operator.stockUp(shopId, [hot], units);
    // The quiet shop of two never runs out.
    else await operator.stockUp(shopId, keysOfShop, 100_000);
  }
}

async function runAgainst(
  target: Target,
  k6: string,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<LoadReport> {
  const { keys, shops, standIn, hosts, notes } = target;
  const operator = createOperator(keys);
  const asked = { operator, standIn, shops };
  await stockUp(options, target);
  const baseline = await takeBaseline(asked);
  const { scenario, buyers, units, seconds, seed } = options;
  const lastComeAfter = phasesOf(scenario, seconds).at(-1)?.at;
  say(
    `playing ${scenario}: ${buyers} buyers, ${units} units, seed ${seed}; the last come after ${lastComeAfter} s`,
  );
  const settings = { shops, standIn, hosts, buyers, units, durationSeconds: seconds, seed };
  const played = await play({ k6, scenario, settings, operator, say, signal });
  say('asking the service and the payment stand-in how it ended');
  const verdict = await askOracle(asked, baseline);
  const machine = { ...thisMachine(), k6: await versionOf(k6) };
  return buildReport(options, SCENARIOS[scenario].summary, { played, verdict, notes, machine });
}

async function write(report: LoadReport, out: string | undefined): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const folder = resolve(out ?? join(ROOT, 'reports', `${report.scenario}-${time}`));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeFile(join(folder, 'report.html'), reportPage(report));
  return folder;
}

function tell(report: LoadReport, folder: string): void {
  const outcomes = Object.entries(report.figures.outcomes).map(([name, n]) => `${name} ${n}`);
  const ends = outcomes.length === 0 ? '' : `; ${outcomes.join(', ')}`;
  say(`${report.figures.calls} calls in ${report.figures.seconds} s${ends}`);
  for (const { shopId, stocked, sold, held, free } of report.shops)
    say(`${shopId}: ${sold} sold + ${held} held + ${free} free, of ${stocked} stocked`);
  const { comparison } = report;
  if (comparison !== null) say(`${comparison.name}: ${comparison.ratio} times its own`);
  say(`report: ${relative(process.cwd(), join(folder, 'report.html'))}`);
  const failures = failuresOf(report);
  for (const failure of failures) console.error(failure);
  for (const complaint of failures.length > 0 ? report.complaints : [])
    console.error(`  ${complaint}`);
  console.log(report.passed ? 'all is well' : `${failures.length} not met`);
}

async function main(): Promise<number> {
  const command = readCommandLine(process.argv.slice(2), Math.floor(Math.random() * 1_000_000));
  if (command.kind === 'help') {
    console.log(HELP);
    return EXIT.well;
  }
  if (command.kind === 'wrong') {
    console.error(`${command.detail}\n\n${HELP}`);
    return EXIT.wrongArguments;
  }
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => abort.abort(new Error('stopped')));
  let target: Target | undefined;
  try {
    const k6 = await findK6(say);
    target = await openTarget(command.options.platform, say, abort);
    const report = await runAgainst(target, k6, command.options, abort.signal);
    tell(report, await write(report, command.options.out));
    return report.passed ? EXIT.well : EXIT.notMet;
  } catch (error) {
    console.error((error as Error).message);
    return EXIT.notRun;
  } finally {
    await target?.stop();
  }
}

process.exit(await main());
