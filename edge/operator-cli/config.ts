import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './failure.ts';
import { type LocalPlatform, type Settings, settingsFrom } from './settings.ts';

const LOCAL_KEYS = new URL('../../.local/keys.json', import.meta.url);

/** Where `npm run` was called: npm itself changes into the repository's root. */
const CALLED_FROM = process.env.INIT_CWD ?? process.cwd();

/** The zone that the shops of this platform are in: `example.net`. */
export function shopsZoneVariable(): string | undefined {
  return process.env.SHOPS_ZONE;
}

/** Where to ask, and as whom: the command line, the environment, the local platform's keys. */
export function readConfig(options: {
  readonly opsUrl?: string | undefined;
  readonly connect?: string | undefined;
  readonly tokenFile?: string | undefined;
}): Settings {
  const { OPERATOR_TOKEN, OPS_URL } = process.env;
  return settingsFrom(
    { ...options, opsUrl: options.opsUrl ?? OPS_URL, tokenVariable: OPERATOR_TOKEN },
    readLocalPlatform(),
    readTextFile,
  );
}

/** Throws a UsageError for a file that cannot be read. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(resolve(CALLED_FROM, path), 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Null where there is none, or where it has not been seeded yet. */
function readLocalPlatform(): LocalPlatform | null {
  try {
    const keys = JSON.parse(readFileSync(LOCAL_KEYS, 'utf8')) as Partial<LocalPlatform>;
    const { operatorToken, urls } = keys;
    return operatorToken === undefined || urls === undefined ? null : { operatorToken, urls };
  } catch {
    return null;
  }
}
