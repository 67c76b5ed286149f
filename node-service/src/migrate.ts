/** Applies the migrations, as the migrator: the job queue's own first, then ours. Safe to repeat. */
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { runMigrations } from 'graphile-worker';
import { escapeIdentifier, Pool } from 'pg';
import { readDatabaseUrl } from './config.ts';
import { migrations } from './platform/migrations.ts';

/** graphile-worker's tables belong to the platform login, which runs the jobs. */
async function migrateJobQueue(url: string): Promise<void> {
  const migrator = new Pool({ connectionString: url, max: 1 });
  const platform = new Pool({
    connectionString: url,
    max: 1,
    options: '-c role=commerce_platform',
  });
  for (const pool of [migrator, platform]) {
    pool.on('error', (error) => console.error(error.message));
    pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)));
  }
  try {
    const database = escapeIdentifier(new URL(url).pathname.slice(1));
    await migrator.query(`grant create on database ${database} to commerce_platform`);
    try {
      await runMigrations({ pgPool: platform });
    } finally {
      await migrator.query(`revoke create on database ${database} from commerce_platform`);
    }
  } finally {
    await Promise.all([migrator.end(), platform.end()]);
  }
}

async function main(): Promise<void> {
  const url = readDatabaseUrl('MIGRATOR_DATABASE_URL');
  await migrateJobQueue(url);
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations(), snapshot: false, tableName: 'migration' },
  });
  try {
    const applied = await orm.migrator.up();
    console.log(JSON.stringify({ msg: 'migrated', applied: applied.map(({ name }) => name) }));
  } finally {
    await orm.close();
  }
}

await main();
