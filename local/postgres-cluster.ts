import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { identityIds, type PostgresIdentity, postgresOwner } from './postgres-user.ts';

const PASSWORD_FILE = 'superuser-password';

/** Makes the folder, closed to others and owned by whoever will run Postgres. */
export async function prepareFolder(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await chmod(dataDir, 0o700);
  const owner = await postgresOwner();
  if (owner) await chown(dataDir, owner.uid, owner.gid);
}

/**
 * Runs initdb unless the folder already holds a finished cluster; returns the superuser's password, which is kept
 * in the folder. Throws when the folder holds something else, or with initdb's output when it fails.
 */
export async function initialiseOnce(
  dataDir: string,
  binaries: PostgresBinaries,
  identity: PostgresIdentity,
  fsync: boolean,
): Promise<string> {
  const known = await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => undefined);
  if (known) return known;

  if ((await readdir(dataDir)).length > 0) {
    throw new Error(
      `${dataDir} is not empty and holds no database of this platform: move its content away`,
    );
  }
  // Made beside its final place and renamed when whole: an initdb that was killed half way leaves nothing to trip on.
  const unfinished = `${dataDir}.initialising`;
  await rm(unfinished, { recursive: true, force: true });
  await prepareFolder(unfinished);
  const password = randomBytes(18).toString('base64url');
  const handover = join(tmpdir(), `postgres-password-${randomBytes(8).toString('hex')}`);
  await writeFile(handover, `${password}\n`, { mode: 0o600 });
  const owner = await postgresOwner();
  if (owner) await chown(handover, owner.uid, owner.gid);
  const args = [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${handover}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(fsync ? [] : ['--no-sync']),
  ];
  try {
    await runToEnd(identity, binaries.initdb, args);
  } finally {
    await rm(handover, { force: true });
  }
  await writeFile(join(unfinished, PASSWORD_FILE), password, { mode: 0o600 });
  await rm(dataDir, { recursive: true });
  await rename(unfinished, dataDir);
  return password;
}

function runToEnd(
  identity: PostgresIdentity,
  program: string,
  args: readonly string[],
): Promise<void> {
  const [command, ...rest] = [...identity.prefix, program, ...args];
  const child = spawn(command as string, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...identityIds(identity),
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) done();
      else
        reject(
          new Error(`${program} failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`),
        );
    });
  });
}
