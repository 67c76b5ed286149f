/** Where k6 comes from: the PATH, what was installed before, or Go. */
import { execFile, spawn } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** .ci/run installs the same one. */
export const K6_VERSION = 'v1.8.1';
const K6_MODULE = `go.k6.io/k6@${K6_VERSION}`;
/** Ignored, and kept by `npm start -- --fresh`. */
const CACHE = fileURLToPath(new URL(`../../.local/tools/k6-${K6_VERSION}`, import.meta.url));

export const NO_K6 = `k6 is not on the PATH, and there is no Go to install it with: install k6 1.x (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go, and run this again.`;

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Where k6 and Go are looked for. */
export type Places = { readonly path: string; readonly cache: string };

function usualPlaces(): Places {
  return { path: process.env.PATH ?? '', cache: CACHE };
}

async function onPath({ path }: Places, program: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, program);
    if (folder !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

/** Before 1.0 it did not read TypeScript by itself. */
async function isUsable(k6: string): Promise<boolean> {
  const { stdout } = await execute(k6, ['version']).catch(() => ({ stdout: '' }));
  return Number(/^k6(?:\.exe)? v(\d+)\./.exec(stdout)?.[1] ?? 0) >= 1;
}

/** A k6 that can be used now, without installing anything. */
async function presentK6(places: Places): Promise<string | undefined> {
  const candidates = [await onPath(places, 'k6'), join(places.cache, 'k6')];
  for (const k6 of candidates) if (k6 !== undefined && (await isUsable(k6))) return k6;
  return undefined;
}

export async function canHaveK6(places = usualPlaces()): Promise<boolean> {
  return ((await presentK6(places)) ?? (await onPath(places, 'go'))) !== undefined;
}

/**
 * The k6 to run, installed first where it must be.
 * @param say told before a step that takes minutes
 * @throws with one sentence where there is neither k6 nor Go, and with Go's last words where it fails.
 */
export async function findK6(say: (line: string) => void, places = usualPlaces()): Promise<string> {
  const present = await presentK6(places);
  if (present !== undefined) return present;
  const go = await onPath(places, 'go');
  if (go === undefined) throw new Error(NO_K6);
  say(`installing ${K6_MODULE} by Go, once; this takes some minutes`);
  await mkdir(places.cache, { recursive: true });
  await install(go, places.cache);
  return join(places.cache, 'k6');
}

async function install(go: string, folder: string): Promise<void> {
  const child = spawn(go, ['install', K6_MODULE], {
    env: { ...process.env, GOBIN: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((done, reject) => {
    child.once('error', reject);
    child.once('close', done);
  });
  if (code !== 0)
    throw new Error(`go install ${K6_MODULE} failed:\n${output.trim().slice(-1_000)}`);
}
