import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What to put before a Postgres program, and the identity to spawn it with. */
export type PostgresIdentity = {
  uid?: number;
  gid?: number;
  /** Command and arguments that come before the program's own; empty in the usual case. */
  prefix: readonly string[];
};

/**
 * Postgres refuses to run as root. Root therefore runs it as the system user `postgres`, created when missing;
 * anyone else runs it as they are.
 * @param paths what Postgres must reach: its data folder and its programs. Where a folder above them is closed to
 * other users (root's home, a folder of mktemp), the process keeps the one capability that passes it.
 */
export async function postgresIdentity(paths: readonly string[]): Promise<PostgresIdentity> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const { uid, gid } = (await lookUpUser()) ?? (await createUser());
  const closed = await firstClosedFolder(paths);
  if (closed === undefined) return { uid, gid, prefix: [] };
  const setpriv = await findSetpriv();
  if (setpriv === undefined) {
    throw new Error(
      `Postgres cannot run as root, and the user "postgres" may not enter ${closed}: move the clone elsewhere (for example /srv), run "chmod o+x ${closed}", or start as an ordinary user`,
    );
  }
  const capability = '+dac_override';
  return {
    prefix: [
      setpriv,
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      '--',
    ],
  };
}

/** The identity in the form that `spawn` takes. */
export function identityIds(identity: PostgresIdentity): { uid?: number; gid?: number } {
  return identity.uid === undefined || identity.gid === undefined
    ? {}
    : { uid: identity.uid, gid: identity.gid };
}

/** The uid and gid to give the data folder to, or undefined when this process does not run as root. */
export async function postgresOwner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await lookUpUser()) ?? (await createUser());
}

async function lookUpUser(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', 'postgres']),
      run('id', ['-g', 'postgres']),
    ]);
    return { uid: Number.parseInt(uid.stdout, 10), gid: Number.parseInt(gid.stdout, 10) };
  } catch {
    return undefined;
  }
}

async function createUser(): Promise<{ uid: number; gid: number }> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  } catch (error) {
    // Another start may have created it at the same moment.
    const other = await lookUpUser();
    if (other) return other;
    throw new Error(
      `Postgres cannot run as root, and creating the user "postgres" failed (${(error as Error).message.trim()}): start as an ordinary user`,
    );
  }
  const created = await lookUpUser();
  if (!created) throw new Error('the user "postgres" was created but cannot be looked up');
  return created;
}

async function firstClosedFolder(paths: readonly string[]): Promise<string | undefined> {
  const othersMayEnter = 0o001;
  for (const path of paths) {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const { mode } = await stat(folder);
      if ((mode & othersMayEnter) === 0) return folder;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

async function findSetpriv(): Promise<string | undefined> {
  for (const path of ['/usr/bin/setpriv', '/bin/setpriv']) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // try the next place
    }
  }
  return undefined;
}
