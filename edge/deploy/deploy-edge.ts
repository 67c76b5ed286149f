import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BundleSize, isOverLimit, measureBundle, sizeTable } from './bundle-sizes.ts';
import { findPlaceholders } from './placeholders.rules.ts';
import { offlineEnv, operatorEnv, runWrangler, type WranglerCommand } from './run-wrangler.ts';
import { configFile, type DeployEnvironment, WORKERS, type WorkerName } from './workers.ts';
import { readSettings } from './wrangler-config.ts';

export interface Deployment {
  /** Root of the repository, absolute. */
  readonly root: string;
  readonly environment: DeployEnvironment;
  readonly wrangler: WranglerCommand;
  /** Gets what is done, a line or more at a time. */
  readonly print: (text: string) => void;
}

/** Why a deployment did not go on; the message is for the operator. */
export class DeploymentRefused extends Error {}

/**
 * Builds the three Workers for the environment and measures them. Changes nothing and asks nobody: no account, no
 * network, no home folder.
 * @throws DeploymentRefused where one does not build, or weighs more than it may
 */
export async function dryRun(deployment: Deployment): Promise<void> {
  const { environment, print } = deployment;
  const folder = await mkdtemp(join(tmpdir(), 'deploy-edge-'));
  const sizes = new Map<WorkerName, BundleSize>();
  try {
    // One after another: each takes a core.
    for (const worker of WORKERS) sizes.set(worker, await build(deployment, worker, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  print(`${environment}, as it would be uploaded:\n${sizeTable(sizes)}`);
  const over = [...sizes].filter(([worker, size]) => isOverLimit(worker, size));
  if (over.length > 0) {
    const names = over.map(([worker]) => worker).join(', ');
    throw new DeploymentRefused(
      `Too large: ${names}. What came in? If it is needed, raise the limit in edge/deploy/bundle-sizes.ts.`,
    );
  }
}

async function build(
  { root, environment, wrangler }: Deployment,
  worker: WorkerName,
  folder: string,
): Promise<BundleSize> {
  const outdir = join(folder, worker);
  const args = ['deploy', ...target(worker, environment), '--dry-run', '--outdir', outdir];
  const env = offlineEnv(join(folder, 'home'));
  const end = await runWrangler(wrangler, args, { cwd: root, env, terminal: false });
  if (!end.ok) {
    throw new DeploymentRefused(`${worker} does not build (${end.how}):\n${reason(end.output)}`);
  }
  return measureBundle(outdir);
}

/** What our own bundler said, where it was that; wrangler adds pages of its own. */
function reason(output: string): string {
  const ours = [...output.matchAll(/^\[custom build\] (?!Running: )(.*\S.*)$/gm)];
  return ours.length > 0 ? ours.map(([, line]) => line).join('\n') : output.trim();
}

/**
 * Refuses settings that nobody has filled in.
 * @throws DeploymentRefused that names each file and field
 */
export async function refusePlaceholders({
  root,
  environment,
}: Pick<Deployment, 'root' | 'environment'>): Promise<void> {
  const found: string[] = [];
  for (const worker of WORKERS) {
    const settings = await readSettings(root, worker, environment);
    for (const { field, value } of findPlaceholders(settings, `env.${environment}`)) {
      found.push(`  ${configFile(worker)}: ${field} is still "${value}"`);
    }
  }
  if (found.length === 0) return;
  throw new DeploymentRefused(
    `Nothing has been changed: these are placeholders.\n${found.join('\n')}`,
  );
}

/**
 * Applies the migrations, then deploys the Workers in their order. What runs meanwhile is the old code on the new
 * tables, so a migration only adds. Every step may be repeated: run it again after a failure.
 * @throws DeploymentRefused before anything was changed, or at the first step that failed, with what was done by then
 */
export async function deployEdge(deployment: Deployment): Promise<void> {
  const { root, environment, wrangler, print } = deployment;
  await refusePlaceholders(deployment);
  await dryRun(deployment);
  const migrate = ['d1', 'migrations', 'apply', 'HOSTS_DB', '--remote'];
  const steps = [
    {
      what: 'migrations of HOSTS_DB',
      args: [...migrate, ...target('front-door', environment)],
    },
    ...WORKERS.map((worker) => ({
      what: worker,
      args: ['deploy', ...target(worker, environment)],
    })),
  ];
  for (const [index, { what, args }] of steps.entries()) {
    print(`\n${index + 1}/${steps.length} ${environment}: ${what}\n  wrangler ${args.join(' ')}`);
    const env = operatorEnv();
    const end = await runWrangler(wrangler, args, { cwd: root, env, terminal: true });
    if (end.ok) continue;
    const names = (part: typeof steps) => part.map((step) => step.what).join(', ') || 'nothing';
    throw new DeploymentRefused(
      `Stopped: ${what} failed (${end.how}).\n  done:     ${names(steps.slice(0, index))}\n  not done: ${names(steps.slice(index))}`,
    );
  }
  print(`\n${environment} is deployed.`);
}

function target(worker: WorkerName, environment: DeployEnvironment): string[] {
  return ['--config', configFile(worker), '--env', environment];
}
