import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';

/** A D1 database as Miniflare hands it to Node. */
type D1Database = Awaited<ReturnType<Miniflare['getD1Database']>>;

/**
 * Applies the `.sql` files of a folder to a local D1 database, in the order of their names, each once and as a whole.
 * What was applied is kept in the table that wrangler keeps it in.
 */
export async function applyMigrations(database: D1Database, folder: string): Promise<void> {
  await database
    .prepare(
      `create table if not exists d1_migrations (
         id integer primary key autoincrement,
         name text unique,
         applied_at timestamp not null default current_timestamp
       )`,
    )
    .run();
  const { results } = await database
    .prepare('select name from d1_migrations')
    .all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names) {
    if (applied.has(name)) continue;
    const statements = splitStatements(await readFile(join(folder, name), 'utf8'));
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare('insert into d1_migrations (name) values (?)').bind(name),
    ]);
  }
}

/** Statements end with a semicolon at the end of a line. A trigger's body would need more than this. */
function splitStatements(sql: string): string[] {
  return sql
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
