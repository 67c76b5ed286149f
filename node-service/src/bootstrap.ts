/**
 * Creates the three logins and the database, as an administrator. Safe to repeat; a changed password is taken over.
 * The service never holds the administrator's or the migrator's login.
 */
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { readDatabaseUrl } from './config.ts';

const LOGINS = {
  MIGRATOR_DATABASE_URL: 'commerce_migrator',
  TENANT_DATABASE_URL: 'commerce_tenant',
  PLATFORM_DATABASE_URL: 'commerce_platform',
} as const;

async function createLogin(admin: Client, login: string, url: URL): Promise<void> {
  if (url.username !== login)
    throw new Error(`the login in the URL is "${url.username}", and must be ${login}`);
  const found = await admin.query('select 1 from pg_roles where rolname = $1', [login]);
  const verb = found.rowCount === 0 ? 'create' : 'alter';
  const password = escapeLiteral(decodeURIComponent(url.password));
  await admin.query(
    `${verb} role ${escapeIdentifier(login)} login nosuperuser nobypassrls nocreatedb nocreaterole password ${password}`,
  );
}

async function createDatabase(admin: Client, name: string): Promise<void> {
  const found = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (found.rowCount === 0)
    await admin.query(`create database ${escapeIdentifier(name)} owner commerce_migrator`);
  await admin.query(`revoke all on database ${escapeIdentifier(name)} from public`);
  await admin.query(
    `grant connect on database ${escapeIdentifier(name)} to commerce_tenant, commerce_platform`,
  );
}

async function main(): Promise<void> {
  const admin = new Client({ connectionString: readDatabaseUrl('ADMIN_DATABASE_URL') });
  await admin.connect();
  try {
    for (const [variable, login] of Object.entries(LOGINS)) {
      await createLogin(admin, login, new URL(readDatabaseUrl(variable as keyof typeof LOGINS)));
    }
    // The migrator hands what belongs to the platform login over to it.
    await admin.query('grant commerce_platform to commerce_migrator');
    await createDatabase(
      admin,
      new URL(readDatabaseUrl('MIGRATOR_DATABASE_URL')).pathname.slice(1),
    );
  } finally {
    await admin.end();
  }
}

await main();
