/**
 * Transactions of few statements, each prepared once a connection, for the allocator: what it asks is always the same,
 * and planning it anew would cost as much as running it. The tenant's login, under row-level security, as `inShop`.
 */
import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import pg from 'pg';
import type { Row, TransactionLimits } from './db.ts';
import { type Asked, fly, type Param, type Statement } from './flight.ts';
import { discardLostConnections } from './lost-connections.ts';

/**
 * Runs one statement with `$1` placeholders. The first of a transaction takes its beginning along; with `commit`, it
 * is the last one, and takes the end along.
 */
export type Sql = <T extends Row = Row>(
  statement: Statement,
  params: readonly Param[],
  then?: 'commit',
) => Promise<T[]>;

export type PreparedDatabase = {
  /** Runs `work` in one transaction of this shop. Rolls back when it throws. */
  inShop<T>(shopId: string, limits: TransactionLimits, work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs one statement that is a whole transaction of this shop, in one round trip. */
  alone<T extends Row = Row>(
    shopId: string,
    limits: TransactionLimits,
    statement: Statement,
    params: readonly Param[],
  ): Promise<T[]>;
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
    keepAlive: true,
    options: PLANNING,
  });
  discardLostConnections(pool);
  // A connection that dies while nobody uses it is replaced; without a listener it would end the process.
  pool.on('error', (error) => options.warn('database', { detail: error.message }));
  return {
    inShop: (shopId, limits, work) =>
      withConnection(pool, (client) => transaction(client, shopId, limits, work)),
    alone: async <T extends Row>(
      shopId: string,
      limits: TransactionLimits,
      statement: Statement,
      params: readonly Param[],
    ) =>
      withConnection(pool, async (client) => {
        const asked = [enterShop(shopId, limits), { statement, params }];
        const [, rows = []] = await fly(client, asked, deadlineMs(limits));
        return rows as T[];
      }),
    close: () => pool.end(),
  };
}

const BEGIN: Asked = { statement: { name: 'begin', text: 'begin' }, params: [] };
const COMMIT: Asked = { statement: { name: 'commit', text: 'commit' }, params: [] };

async function withConnection<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    return await work(client);
  } catch (error) {
    // After a failure nobody knows what the connection still holds, unless it says that it has rolled back.
    broken = !(await rollback(client));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function transaction<T>(
  client: pg.PoolClient,
  shopId: string,
  limits: TransactionLimits,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  let state = 'new' as 'new' | 'open' | 'over';
  const answer = await work(async (statement, params, then) => {
    if (state === 'over') throw new Error('a statement after the end of its transaction');
    const before = state === 'new' ? [BEGIN, enterShop(shopId, limits)] : [];
    state = then === 'commit' ? 'over' : 'open';
    const after = then === 'commit' ? [COMMIT] : [];
    const asked = [...before, { statement, params }, ...after];
    const answers = await fly(client, asked, deadlineMs(limits));
    return (answers[before.length] ?? []) as never;
  });
  if (state === 'open') await fly(client, [COMMIT], deadlineMs(limits));
  return answer;
}

/** The server ends what takes too long, unless it is gone: then nobody else would. */
function deadlineMs({ statementTimeoutMs }: TransactionLimits): number {
  return statementTimeoutMs + 5_000;
}

function enterShop(shopId: string, limits: TransactionLimits): Asked {
  if (!SHOP_ID_PATTERN.test(shopId)) throw new Error(`no shop id: ${JSON.stringify(shopId)}`);
  return {
    statement: {
      name: 'enter_shop',
      text: `select set_config('app.shop_id', $1, true), set_config('lock_timeout', $2, true),
                    set_config('statement_timeout', $3, true)`,
    },
    params: [
      shopId,
      `${Math.round(limits.lockTimeoutMs)}ms`,
      `${Math.round(limits.statementTimeoutMs)}ms`,
    ],
  };
}

async function rollback(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
