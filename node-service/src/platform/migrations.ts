import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MigrationObject } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';

const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

function fromFile(name: string): MigrationObject {
  const sql = readFileSync(`${FOLDER}${name}`, 'utf8');
  return {
    name: name.replace(/\.sql$/, ''),
    class: class extends Migration {
      override up(): void {
        this.addSql(sql);
      }
    },
  };
}

/** The migrations in order: the SQL files of `migrations/`, each one transaction. Once released, a file never changes. */
export function migrations(): MigrationObject[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map(fromFile);
}
