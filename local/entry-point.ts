import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Root of the repository, absolute. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The programs of the node service that run to their end. */
export type OneShotEntryPoint = 'bootstrap' | 'migrate' | 'seed-demo';

/** A module that ends the process it is imported into when the one that started it goes away. */
export const DIE_WITH_PARENT = new URL('./die-with-parent.mjs', import.meta.url).href;

const TIMEOUT_MS = 120_000;

/**
 * The environment of a spawned entry point: what it is given and what a process needs to run at all. The rest of
 * ours stays out, so that a stray variable of a developer's shell cannot change what a service does.
 */
export function childEnv(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited: NodeJS.ProcessEnv = {};
  for (const name of [
    'PATH',
    'HOME',
    'TMPDIR',
    'TEMP',
    'SystemRoot',
    'LANG',
    'TZ',
    'CI',
    'NODE_EXTRA_CA_CERTS',
    'NODE_V8_COVERAGE',
  ]) {
    if (process.env[name] !== undefined) inherited[name] = process.env[name];
  }
  return { ...inherited, ...env };
}

/**
 * Runs an entry point of the node service to its end and returns what it printed to stdout.
 * Throws with its last lines when it fails or takes longer than two minutes.
 */
export async function runEntryPoint(
  name: OneShotEntryPoint,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const args = ['--import', DIE_WITH_PARENT, `${ROOT}node-service/src/${name}.ts`];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: childEnv(env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in the terminal is the platform's to answer.
    detached: true,
    timeout: TIMEOUT_MS,
  });
  let stdout = '';
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return done(stdout);
      const end = output.trimEnd().split('\n').slice(-20).join('\n');
      reject(
        new Error(`node-service/src/${name}.ts failed (${signal ?? `exit code ${code}`}):\n${end}`),
      );
    });
  });
}
