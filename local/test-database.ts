import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import './test-postgres.ts';
import { runEntryPoint } from './entry-point.ts';

/** A database of one test file: migrated, empty, and its own. URLs differ in the role that they log in as. */
export type TestDatabase = {
  name: string;
  /** Role commerce_tenant: row-level security applies. */
  tenantUrl: string;
  /** Role commerce_platform. */
  platformUrl: string;
  /** Role commerce_migrator: owns the schema. */
  migratorUrl: string;
  /** Superuser, for looking at what no role may see. */
  adminUrl: string;
  /** Drops the database, ending the sessions that are still open. */
  drop(): Promise<void>;
};

const TEMPLATE = 'commerce_test_template';
const ROLE_PASSWORD = 'local-tests-only';
// Any constant will do: it serialises the test processes of one run while the first of them makes the template.
const TEMPLATE_LOCK = 20_260_101;

/**
 * Makes a database from a template that the first caller of the run bootstraps and migrates (about 2 s; then some
 * 50 ms each). Needs the global setup of `test-postgres.ts`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const clusterUrl = inject('postgresAdminUrl');
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asAdmin(clusterUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    try {
      await ensureTemplate(admin, clusterUrl);
      await copyTemplate(admin, name);
    } finally {
      await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
    }
  });
  return testDatabase(clusterUrl, name);
}

/** A database with all that is in `source`, whose sessions it ends: nothing may be using it. */
export async function copyTestDatabase(source: TestDatabase): Promise<TestDatabase> {
  const clusterUrl = inject('postgresAdminUrl');
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asAdmin(clusterUrl, async (admin) => {
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      source.name,
    ]);
    await copyTemplate(admin, name, source.name);
  });
  return testDatabase(clusterUrl, name);
}

function testDatabase(clusterUrl: string, name: string): TestDatabase {
  const drop = () =>
    asAdmin(clusterUrl, async (admin) => {
      await admin.query(`drop database if exists ${name} with (force)`);
    });
  return { name, ...databaseUrls(clusterUrl, name), drop };
}

function databaseUrls(clusterUrl: string, database: string) {
  const url = (role?: string) => {
    const result = new URL(clusterUrl);
    result.pathname = `/${database}`;
    if (role) {
      result.username = role;
      result.password = ROLE_PASSWORD;
    }
    return result.href;
  };
  return {
    tenantUrl: url('commerce_tenant'),
    platformUrl: url('commerce_platform'),
    migratorUrl: url('commerce_migrator'),
    adminUrl: url(),
  };
}

async function ensureTemplate(admin: pg.Client, clusterUrl: string): Promise<void> {
  const { rows } = await admin.query('select datistemplate from pg_database where datname = $1', [
    TEMPLATE,
  ]);
  if (rows[0]?.datistemplate) return;
  // Left by a run that was stopped between bootstrap and the end of the migrations.
  if (rows.length > 0) await admin.query(`drop database ${TEMPLATE} with (force)`);
  const urls = databaseUrls(clusterUrl, TEMPLATE);
  const env = {
    ENVIRONMENT: 'local',
    ADMIN_DATABASE_URL: clusterUrl,
    TENANT_DATABASE_URL: urls.tenantUrl,
    PLATFORM_DATABASE_URL: urls.platformUrl,
    MIGRATOR_DATABASE_URL: urls.migratorUrl,
  };
  await runEntryPoint('bootstrap', env);
  await runEntryPoint('migrate', env);
  await admin.query(`alter database ${TEMPLATE} with is_template true allow_connections false`);
}

/** `create database … template` copies neither owner, nor privileges on the database, nor settings per role. */
async function copyTemplate(admin: pg.Client, name: string, source = TEMPLATE): Promise<void> {
  const owner = await admin.query(
    'select pg_get_userbyid(datdba) as name, datacl is not null as restricted from pg_database where datname = $1',
    [source],
  );
  await admin.query(`create database ${name} template ${source} owner "${owner.rows[0].name}"`);
  if (owner.rows[0].restricted) {
    await admin.query(`revoke all on database ${name} from public`);
    const grants = await admin.query(
      `select privilege_type as privilege, case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end as grantee
         from pg_database, aclexplode(datacl) where datname = $1`,
      [source],
    );
    for (const { privilege, grantee } of grants.rows) {
      await admin.query(`grant ${privilege} on database ${name} to ${grantee}`);
    }
  }
  const settings = await admin.query(
    `select quote_ident(pg_get_userbyid(setrole)) as role, split_part(setting, '=', 1) as key,
            quote_literal(substr(setting, strpos(setting, '=') + 1)) as value
       from pg_db_role_setting join pg_database on pg_database.oid = setdatabase, unnest(setconfig) as setting
      where datname = $1 and setrole <> 0`,
    [TEMPLATE],
  );
  for (const { role, key, value } of settings.rows) {
    await admin.query(`alter role ${role} in database ${name} set ${key} to ${value}`);
  }
}

async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
