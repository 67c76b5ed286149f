/** A Postgres of the benchmark's own, with fsync on, and the platform's databases in it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadModule } from './platform-module.ts';

/** A migrated database without shops, as each login reaches it. */
export type BenchDatabase = {
  readonly adminUrl: string;
  readonly migratorUrl: string;
  readonly tenantUrl: string;
  readonly platformUrl: string;
};

export type Cluster = {
  /** Makes a database of this name; the second and later ones are copies of the first as it then is. */
  createDatabase(name: string): Promise<BenchDatabase>;
  /** `PostgreSQL 18.1 …` */
  readonly version: string;
  stop(): Promise<void>;
};

type PostgresModule = {
  startPostgres(options: {
    dataDir: string;
    fsync: boolean;
    persistent: boolean;
  }): Promise<{ adminUrl: string; stop(): Promise<void> }>;
};

type EntryPointModule = {
  runEntryPoint(name: 'bootstrap' | 'migrate', env: Record<string, string>): Promise<string>;
};

/** Checkpoints would fall into one side's round and not into the other's. Durability is as it is by default. */
const SETTINGS = { max_wal_size: '8GB', checkpoint_timeout: '1h', maintenance_work_mem: '512MB' };

export async function startCluster(): Promise<Cluster> {
  const { startPostgres } = await loadModule<PostgresModule>('local/postgres.ts');
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-postgres-'));
  const server = await startPostgres({ dataDir, fsync: true, persistent: false });
  try {
    const version = await asAdmin(server.adminUrl, async (admin) => {
      for (const [name, value] of Object.entries(SETTINGS))
        await admin.query(`alter system set ${name} = '${value}'`);
      await admin.query('select pg_reload_conf()');
      const { rows } = await admin.query<{ version: string; fsync: string }>(
        `select version(), current_setting('fsync') as fsync`,
      );
      if (rows[0]?.fsync !== 'on') throw new Error('fsync is off');
      return rows[0].version;
    });
    const password = randomBytes(18).toString('hex');
    let first: string | undefined;
    return {
      version,
      createDatabase: async (name) => {
        const database = urlsOf(server.adminUrl, name, password);
        if (first === undefined) await migrate(server.adminUrl, database);
        else await copy(server.adminUrl, first, name);
        first ??= name;
        return database;
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function urlsOf(serverUrl: string, name: string, password: string): BenchDatabase {
  const url = (login?: string): string => {
    const result = new URL(serverUrl);
    result.pathname = `/${name}`;
    if (login !== undefined) Object.assign(result, { username: login, password });
    return result.href;
  };
  return {
    adminUrl: url(),
    migratorUrl: url('commerce_migrator'),
    tenantUrl: url('commerce_tenant'),
    platformUrl: url('commerce_platform'),
  };
}

async function migrate(serverUrl: string, database: BenchDatabase): Promise<void> {
  const { runEntryPoint } = await loadModule<EntryPointModule>('local/entry-point.ts');
  const env = {
    ENVIRONMENT: 'local',
    ADMIN_DATABASE_URL: serverUrl,
    MIGRATOR_DATABASE_URL: database.migratorUrl,
    TENANT_DATABASE_URL: database.tenantUrl,
    PLATFORM_DATABASE_URL: database.platformUrl,
  };
  await runEntryPoint('bootstrap', env);
  await runEntryPoint('migrate', env);
}

/** A copy has neither the owner nor the privileges of its template. Nobody may be connected to that one. */
async function copy(serverUrl: string, template: string, name: string): Promise<void> {
  await asAdmin(serverUrl, async (admin) => {
    await admin.query(`create database ${name} template ${template} owner commerce_migrator`);
    await admin.query(`revoke all on database ${name} from public`);
    await admin.query(
      `grant connect on database ${name} to commerce_tenant, commerce_platform, commerce_migrator`,
    );
  });
}

export async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
