/** `npm test` and `npm run test:long`: everything that CI runs, with the true counts in the last line. */
import { parseArgs } from 'node:util';
import { NOTHING, summaryLine, sumTallies, type Tally } from './check-report.rules.ts';
import { deployStep, type Step, scriptStep, vitestStep } from './check-steps.ts';
import { progressLine } from './progress-line.ts';

const SHORT: readonly Step[] = [
  scriptStep('generate', 'generate:check', 'generated/ is what the contracts give'),
  scriptStep('contracts', 'lint:contracts', 'the contracts are sound'),
  scriptStep('types', 'types', 'TypeScript'),
  scriptStep('lint', 'lint', 'format and lint rules'),
  scriptStep('imports', 'imports', 'workspaces meet only through contracts/ and generated/'),
  deployStep('deploy', ['staging', 'production'], 'the Workers build for Cloudflare, small enough'),
  vitestStep('unit', 'tests that need nothing but Node'),
  vitestStep('integration', 'tests with Postgres, the node service and the Stripe stand-in'),
  vitestStep('edge', 'tests of the Workers in workerd'),
  vitestStep('conformance', 'the conformance suite against a platform of its own'),
  vitestStep('browser', 'the buyer’s journey in Chromium'),
];
const LONG: readonly Step[] = [vitestStep('long', 'faults, kills and races; minutes')];

const MAX_MESSAGE_LINES = 60;

const HELP = `npm test [-- --only NAME …]        everything but the long tests
npm run test:long                   faults, kills and races; takes minutes

  --only NAME   this step alone; may be repeated
  --long        the long steps instead of the short ones
  --help        this text

Steps:
${[...SHORT, ...LONG].map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}

A single test file: npx vitest run --project unit local/keys.test.ts
The last line counts every test once and every other step once. The exit code is 0 when nothing failed.`;

type Result = { step: Step; tally: Tally; seconds: number };

function chooseSteps(): readonly Step[] {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      long: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  if (values.only === undefined) return values.long ? LONG : SHORT;
  const all = [...SHORT, ...LONG];
  return values.only.map((name) => {
    const step = all.find((candidate) => candidate.name === name);
    if (!step) throw new Error(`there is no step "${name}"; there are: ${names(all)}`);
    return step;
  });
}

function names(steps: readonly Step[]): string {
  return steps.map(({ name }) => name).join(', ');
}

async function runStep(step: Step): Promise<Result> {
  const startedMs = Date.now();
  const line = progressLine(step.name);
  const tally = await step.run(line.update);
  line.end(summaryLine(tally));
  if (tally.report) console.log(tally.report.replaceAll(/^/gm, '      '));
  for (const { where, message } of tally.failures) console.log(failureText(where, message));
  return { step, tally, seconds: (Date.now() - startedMs) / 1000 };
}

function failureText(where: string, message: string): string {
  const lines = message.split('\n');
  const shown = lines.slice(0, MAX_MESSAGE_LINES).map((text) => `      ${text}`);
  if (lines.length > shown.length) shown.push(`      … ${lines.length - shown.length} more lines`);
  return `\n    ✗ ${where}\n${shown.join('\n')}\n`;
}

function table(results: readonly Result[]): string {
  const row = (name: string, tally: Tally, seconds: number) =>
    `  ${name.padEnd(12)} ${String(tally.passed).padStart(6)} ${String(tally.failed).padStart(6)} ${String(
      tally.skipped,
    ).padStart(7)} ${seconds.toFixed(1).padStart(8)}`;
  const total = results.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `  ${'step'.padEnd(12)} passed failed skipped  seconds`,
    ...results.map(({ step, tally, seconds }) => row(step.name, tally, seconds)),
    row('all', sumTallies(results.map(({ tally }) => tally)), total),
  ].join('\n');
}

let steps: readonly Step[];
try {
  steps = chooseSteps();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exit(2);
}
const results: Result[] = [];
for (const step of steps) results.push(await runStep(step));
const total = results.length > 0 ? sumTallies(results.map(({ tally }) => tally)) : NOTHING;
console.log(`\n${table(results)}\n\n${summaryLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
