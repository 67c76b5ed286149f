import { runEntryPoint } from './entry-point.ts';
import type { Demo, Secrets } from './keys.ts';

/** The platform's database, as each of its roles reaches it. */
export type DatabaseUrls = { admin: string; migrator: string; tenant: string; platform: string };

const DATABASE = 'commerce';

/** URLs of the platform's database on the server of an administrator's URL, whose parameters (TLS …) they keep. */
export function databaseUrls(
  serverUrl: string,
  passwords: Secrets['databasePasswords'],
): DatabaseUrls {
  const url = (login?: { role: string; password: string }) => {
    const result = new URL(serverUrl);
    result.pathname = `/${DATABASE}`;
    if (login) {
      result.username = login.role;
      result.password = login.password;
    }
    return result.href;
  };
  return {
    admin: url(),
    migrator: url({ role: 'commerce_migrator', password: passwords.migrator }),
    tenant: url({ role: 'commerce_tenant', password: passwords.tenant }),
    platform: url({ role: 'commerce_platform', password: passwords.platform }),
  };
}

export type PrepareDatabase = {
  /** The administrator's own URL, of a database that exists already. */
  serverUrl: string;
  urls: DatabaseUrls;
  tokenKeys: Secrets['tokenKeys'];
  /** Tells of each step before it starts. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
};

/** Creates logins and database, migrates, and seeds the demo shops: each of them safe to repeat. */
export async function prepareDatabase(options: PrepareDatabase): Promise<Demo> {
  const { serverUrl, urls, tokenKeys, step } = options;
  const env = {
    ENVIRONMENT: 'local',
    TENANT_DATABASE_URL: urls.tenant,
    PLATFORM_DATABASE_URL: urls.platform,
    MIGRATOR_DATABASE_URL: urls.migrator,
    TOKEN_KEYS: JSON.stringify(tokenKeys),
  };
  await step('creating the database and its logins', () =>
    runEntryPoint('bootstrap', { ...env, ADMIN_DATABASE_URL: serverUrl }),
  );
  await step('applying migrations', () => runEntryPoint('migrate', env));
  const printed = await step('seeding the demo shops', () => runEntryPoint('seed-demo', env));
  return parseDemo(printed);
}

function parseDemo(printed: string): Demo {
  const line = printed.trim().split('\n').at(-1) ?? '';
  let demo: Partial<Demo>;
  try {
    demo = JSON.parse(line) as Partial<Demo>;
  } catch {
    throw new Error(`the demo seed did not print a JSON object, but: ${line.slice(0, 200)}`);
  }
  const { operatorToken, reconciliationTokens, staffTokens, customerTokens, shops } = demo;
  if (
    !operatorToken ||
    !reconciliationTokens ||
    !staffTokens ||
    !customerTokens ||
    !shops?.length
  ) {
    throw new Error('the demo seed printed no operator token, no tokens by shop, or no shops');
  }
  return { operatorToken, reconciliationTokens, staffTokens, customerTokens, shops };
}
