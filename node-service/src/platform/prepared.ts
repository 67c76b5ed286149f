/**
 * Transactions of few statements, each prepared once a connection, for the allocator: what it asks is always the same,
 * and planning it anew would cost as much as running it. The tenant's login, under row-level security, as `inShop`.
 */
import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import pg from 'pg';
import type { Row, TransactionLimits } from './db.ts';

/** Runs one statement with `$1` placeholders. Statements of one name must have one text. */
export type Sql = <T extends Row = Row>(
  statement: { readonly name?: string; readonly text: string },
  params: readonly unknown[],
) => Promise<T[]>;

export type PreparedDatabase = {
  /** Runs `work` in one transaction of this shop. Rolls back when it throws. */
  inShop<T>(shopId: string, limits: TransactionLimits, work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/**
 * A statement is planned once, perhaps on a table that is still empty, and must be as good when it has ten million rows:
 * everything is reached by its key, and no plan is made anew or compiled.
 */
const PLANNING = [
  'plan_cache_mode=force_generic_plan',
  'jit=off',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_bitmapscan=off',
  'enable_material=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

export function openPrepared(options: {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly warn: (message: string, fields: Row) => void;
}): PreparedDatabase {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5_000,
    options: PLANNING,
  });
  // A connection that dies while nobody uses it is replaced; without a listener it would end the process.
  pool.on('error', (error) => options.warn('database', { detail: error.message }));
  return {
    inShop: async (shopId, limits, work) => {
      const begin = beginText(shopId, limits);
      const client = await pool.connect();
      let failed: Error | undefined;
      try {
        await client.query(begin);
        const answer = await work((statement, params) => run(client, statement, params));
        await client.query('commit');
        return answer;
      } catch (error) {
        failed = error instanceof Error ? error : new Error(String(error));
        throw error;
      } finally {
        // After a failure nobody knows what the connection still holds, unless it says that it has rolled back.
        const broken = failed !== undefined && !(await rollback(client));
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

/** One round trip. No placeholders can be sent with it, so that what goes into the text is of a known form. */
function beginText(
  shopId: string,
  { lockTimeoutMs, statementTimeoutMs }: TransactionLimits,
): string {
  if (!SHOP_ID_PATTERN.test(shopId)) throw new Error(`no shop id: ${JSON.stringify(shopId)}`);
  const settings = [
    ['app.shop_id', shopId],
    ['lock_timeout', `${Math.round(lockTimeoutMs)}ms`],
    ['statement_timeout', `${Math.round(statementTimeoutMs)}ms`],
  ];
  return `begin; select ${settings.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(', ')}`;
}

async function run<T extends Row>(
  client: pg.PoolClient,
  { name, text }: { readonly name?: string; readonly text: string },
  params: readonly unknown[],
): Promise<T[]> {
  const config = { text, values: [...params], ...(name === undefined ? {} : { name }) };
  return (await client.query<T>(config)).rows;
}

async function rollback(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
