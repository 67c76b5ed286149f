import pg from 'pg';
import type { Platform } from './platform.ts';

/**
 * One statement in a platform's own database, as its administrator: for tests, of what no wire can do, such as letting
 * an hour pass.
 */
export async function platformRows<Row extends pg.QueryResultRow>(
  { urls }: Pick<Platform, 'urls'>,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: urls.adminDatabase });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
