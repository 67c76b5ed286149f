import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { sumTallies, type Tally, tallyReport, type VitestReport } from './check-report.rules.ts';
import { ROOT } from './entry-point.ts';

/** One part of `npm test`. */
export type Step = {
  name: string;
  what: string;
  /** @returns what it counted, and in `report` what is worth reading when nothing failed */
  run(onProgress: (text: string) => void): Promise<Tally & { report?: string }>;
};

/** A script of package.json that passes or fails as a whole, and counts as one. */
export function scriptStep(name: string, script: string, what: string): Step {
  const run = async (): Promise<Tally> => {
    const { code, output } = await runCommand('npm', ['run', '--silent', script]);
    if (code === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
    const message = output.trim() || `ended with exit code ${code} and said nothing`;
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: [{ where: `npm run ${script}`, message }],
    };
  };
  return { name, what, run };
}

/** The dry run of a deployment, which counts as one for each environment; its report is the bundles' sizes. */
export function deployStep(name: string, environments: readonly string[], what: string): Step {
  const program = join(ROOT, 'edge/deploy.ts');
  const run: Step['run'] = async (onProgress) => {
    const tallies: Tally[] = [];
    const reports: string[] = [];
    for (const environment of environments) {
      onProgress(environment);
      const args = [program, '--env', environment, '--dry-run'];
      const { code, output } = await runCommand(process.execPath, args);
      if (code === 0) {
        tallies.push({ passed: 1, failed: 0, skipped: 0, failures: [] });
        reports.push(output.trimEnd());
      } else {
        const where = `npm run deploy:edge -- --env ${environment} --dry-run`;
        const message = output.trim() || `ended with exit code ${code} and said nothing`;
        tallies.push({ passed: 0, failed: 1, skipped: 0, failures: [{ where, message }] });
      }
    }
    return { ...sumTallies(tallies), report: reports.join('\n') };
  };
  return { name, what, run };
}

/** A vitest project, each test of which counts as one. */
export function vitestStep(project: string, what: string): Step {
  return { name: project, what, run: (onProgress) => runProject(project, onProgress) };
}

async function runProject(project: string, onProgress: (text: string) => void): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'commerce-check-'));
  const reportFile = join(folder, 'report.json');
  const unhandledErrors: string[] = [];
  const onMessage = (message: ProgressMessage) => {
    if ('unhandled' in message) unhandledErrors.push(...message.unhandled);
    else onProgress(`${message.passed} passed, ${message.failed} failed  ${message.file}`);
  };
  const args = [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    `--project=${project}`,
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    `--reporter=${join(ROOT, 'local/vitest-progress.mjs')}`,
  ];
  try {
    const { code, output } = await runCommand(process.execPath, args, onMessage);
    const text = await readFile(reportFile, 'utf8').catch(() => undefined);
    if (text === undefined) return broken(project, `vitest wrote no report:\n${output.trim()}`);
    const report = JSON.parse(text) as VitestReport;
    for (const file of report.testResults) file.name = relative(ROOT, file.name);
    const tally = tallyReport(report, { unhandledErrors, mustRun });
    if (tally.passed + tally.failed + tally.skipped === 0) return broken(project, 'found no test');
    if (code === 0 || tally.failed > 0) return tally;
    const crash = broken(project, `vitest ended with exit code ${code}:\n${output.trim()}`);
    return sumTallies([tally, crash]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type ProgressMessage =
  | { passed: number; failed: number; skipped: number; file: string }
  | { unhandled: string[] };

/** In CI there is a browser and k6: a test that skips itself there hides something. */
function mustRun(file: string): boolean {
  return process.env.CI === 'true' && (file.includes('.browser.test.') || file.startsWith('load/'));
}

function broken(project: string, message: string): Tally {
  return { passed: 0, failed: 1, skipped: 0, failures: [{ where: `vitest ${project}`, message }] };
}

function runCommand(
  command: string,
  args: readonly string[],
  onMessage?: (message: ProgressMessage) => void,
): Promise<{ code: number | string; output: string }> {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: onMessage ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  if (onMessage) child.on('message', (message) => onMessage(message as ProgressMessage));
  return new Promise((done) => {
    child.once('error', (error) => done({ code: error.message, output }));
    child.once('close', (code, signal) => done({ code: code ?? String(signal), output }));
  });
}
