/** Installs a peer, exactly as its lock file has it, into a folder that git ignores. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type PeerName = 'medusa' | 'vendure';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TIMEOUT_MS = 10 * 60_000;
const STAMP = '.installed';

/**
 * `.local/peers/NAME`: the peer's packages, and what this folder has for it. A second call finds it done.
 * @throws with what npm said first, where it does not install
 */
export async function installPeer(
  name: PeerName,
  progress: (line: string) => void,
): Promise<string> {
  const source = join(ROOT, 'load/bench/peers', name);
  const folder = join(ROOT, '.local/peers', name);
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(source)) await copyFile(join(source, file), join(folder, file));
  const wanted = await stampOf(folder);
  const found = await readFile(join(folder, STAMP), 'utf8').catch(() => '');
  if (found === wanted) return folder;
  progress(`${name}: npm install into .local/peers/${name}, a minute or two`);
  await npmInstall(name, folder);
  await writeFile(join(folder, STAMP), wanted);
  return folder;
}

async function stampOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json'])
    hash.update(await readFile(join(folder, file)));
  return hash.digest('hex');
}

/**
 * No script of a package runs: what is native comes built, within the packages. Not `npm ci`, which wants the
 * optional packages of every other platform in the lock file.
 */
function npmInstall(name: PeerName, folder: string): Promise<void> {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  let said = '';
  const listen = (text: string) => {
    said = (said + text).slice(0, 4_000);
  };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new Error(`${name} does not install (npm install in ${folder}): ${why}\n${said.trim()}`),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else fail(signal === null ? `exit code ${code}` : `${signal}, or ten minutes were over`);
    });
  });
}
