/**
 * The database, as two logins that cannot do each other's work: the tenant's, whose every row is behind row-level
 * security, and the platform's, which has no right to a tenant table. Tenant data is reached through `inShop` alone.
 */
import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type { EntitySchema } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { CompiledQuery, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { platformEntities, tenantEntities } from './entities.ts';
import type { Param } from './flight.ts';
import { createPoolShares } from './pool-shares.ts';
import {
  type Beginning,
  CONNECTION_WAIT_MS,
  openPool,
  type Sql,
  transaction,
} from './transactions.ts';

export type Row = Record<string, unknown>;
export type { Param, Sql };

/** A transaction inside one shop: no row of another can be seen or written. */
export type ShopTx = { readonly kind: 'shop'; readonly shopId: string; readonly sql: Sql };

/** A transaction on the platform's own tables. */
export type PlatformTx = { readonly kind: 'platform'; readonly sql: Sql };

/** The same, for what reads well as entities: each costs some three times what a statement by `sql` does. */
export type WithEntities<Tx> = Tx & { readonly em: EntityManager };

export type TransactionLimits = {
  /** How long a statement may wait for a row lock. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /**
   * For a report that reads much: every statement sees the same moment, none may write, and each is planned by what the
   * tables are now. Default false.
   */
  readonly snapshot?: boolean;
};

/** Runs `work` in one transaction of this shop, under row-level security. Rolls back when it throws. */
export type InShop = <T>(
  shopId: string,
  work: (tx: ShopTx) => Promise<T>,
  limits?: TransactionLimits,
) => Promise<T>;

/** Runs `work` in one transaction on platform tables. `reason` says why, in the log of slow transactions. */
export type AsPlatform<Tx = PlatformTx> = <T>(
  reason: string,
  work: (tx: Tx) => Promise<T>,
  limits?: TransactionLimits,
) => Promise<T>;

export type Database = {
  readonly inShop: InShop;
  readonly asPlatform: AsPlatform;
  readonly withEntities: {
    inShop<T>(shopId: string, work: (tx: WithEntities<ShopTx>) => Promise<T>): Promise<T>;
    readonly asPlatform: AsPlatform<WithEntities<PlatformTx>>;
  };
  /** The allocator's, on connections of its own: it waits for nobody who reads. */
  readonly allocating: InShop;
  close(): Promise<void>;
};

const LIMITS: TransactionLimits = { lockTimeoutMs: 5_000, statementTimeoutMs: 10_000 };

/** The server ends what takes too long, unless it is gone: then nobody else would. */
const SILENCE_MS = 5_000;

/**
 * A statement is planned once, perhaps on a table that is still empty, and must be as good when it has ten million rows:
 * everything is reached by its key, and nothing is compiled. What no index serves is read whole all the same, by whoever
 * asks for it.
 */
const BY_KEY = [
  'jit=off',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_bitmapscan=off',
  'enable_material=off',
];

/** Within a shop each statement is asked again and again, and planned once; operators' lists are filtered in many ways. */
const TENANT_PLANNING = [...BY_KEY, 'plan_cache_mode=force_generic_plan'];

/** For a report, which joins whole tables. */
const FREE_PLANNING = Object.fromEntries(
  BY_KEY.filter((setting) => setting.startsWith('enable_')).map((setting) => [
    setting.slice(0, setting.indexOf('=')),
    'on',
  ]),
);

export type DatabaseOptions = {
  readonly tenantDatabaseUrl: string;
  readonly platformDatabaseUrl: string;
  readonly poolSize: number;
  readonly warn: (message: string, fields: Row) => void;
};

/** Within a shop, on the tenant's login. `databaseUrl` and `poolSize` as the options have them. */
export function openShopTransactions(
  options: Pick<DatabaseOptions, 'tenantDatabaseUrl' | 'poolSize' | 'warn'>,
): { readonly pool: pg.Pool; readonly inShop: InShop } {
  const pool = openPool({
    databaseUrl: options.tenantDatabaseUrl,
    poolSize: options.poolSize,
    settings: TENANT_PLANNING,
    warn: options.warn,
  });
  return {
    pool,
    inShop: (shopId, work, limits = LIMITS) =>
      transaction(pool, inShopWithin(shopId, limits), (sql) => work({ kind: 'shop', shopId, sql })),
  };
}

function checkShop(shopId: string): void {
  if (shopId === '') throw new Error('inShop needs a shop');
  if (!SHOP_ID_PATTERN.test(shopId)) throw new Error(`no shop id: ${JSON.stringify(shopId)}`);
}

function inShopWithin(shopId: string, limits: TransactionLimits): Beginning {
  checkShop(shopId);
  const { statementTimeoutMs, snapshot = false } = limits;
  return {
    statement: snapshot ? 'begin isolation level repeatable read read only' : 'begin',
    settings: {
      'app.shop_id': shopId,
      ...variables(limits),
      ...(snapshot ? { ...FREE_PLANNING, plan_cache_mode: 'force_custom_plan' } : {}),
    },
    keepsParsed: !snapshot,
    deadlineMs: statementTimeoutMs + SILENCE_MS,
  };
}

function variables({ lockTimeoutMs, statementTimeoutMs }: TransactionLimits) {
  return {
    lock_timeout: `${Math.round(lockTimeoutMs)}ms`,
    statement_timeout: `${Math.round(statementTimeoutMs)}ms`,
  };
}

function onPlatformWithin(limits: TransactionLimits): Beginning {
  return {
    statement: 'begin',
    settings: variables(limits),
    keepsParsed: true,
    deadlineMs: limits.statementTimeoutMs + SILENCE_MS,
  };
}

/** Entities on a pool that flights use too. */
async function openEntities(
  pool: pg.Pool,
  clientUrl: string,
  entities: readonly EntitySchema[],
  warn: DatabaseOptions['warn'],
): Promise<MikroORM> {
  await pool.query('select 1');
  return MikroORM.init({
    clientUrl,
    entities: [...entities],
    // Whoever opened the pool closes it.
    driverOptions: new PostgresDialect({
      pool: { connect: () => pool.connect(), end: async () => {}, options: pool.options },
    }),
    colors: false,
    logger: (message) => warn('database', { detail: message }),
  });
}

/** Not em.execute, which writes the parameters into the text. */
function sqlOf(em: EntityManager): Sql {
  return async (text, params = []) =>
    (await em.getKysely().executeQuery(CompiledQuery.raw(text, [...params]))).rows as never;
}

function watchSlow(warn: DatabaseOptions['warn']) {
  return async <T>(reason: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      const latencyMs = Math.round(performance.now() - startedAt);
      if (latencyMs > 1_000) warn('slow platform transaction', { reason, latencyMs });
    }
  };
}

/** @throws when either login cannot connect. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { tenantDatabaseUrl, platformDatabaseUrl, poolSize, warn } = options;
  const tenant = openShopTransactions(options);
  const allocating = openShopTransactions(options);
  const platform = openPool({
    databaseUrl: platformDatabaseUrl,
    poolSize,
    settings: BY_KEY,
    warn,
  });
  const tenantEm = await openEntities(tenant.pool, tenantDatabaseUrl, tenantEntities, warn);
  const platformEm = await openEntities(platform, platformDatabaseUrl, platformEntities, warn);
  const shares = createPoolShares({
    perShop: Math.ceil(poolSize / 2),
    waitMs: CONNECTION_WAIT_MS,
  });
  const watched = watchSlow(warn);
  return {
    inShop: (shopId, work, limits) => {
      checkShop(shopId);
      return shares.use(shopId, () => tenant.inShop(shopId, work, limits));
    },
    asPlatform: (reason, work, limits = LIMITS) =>
      watched(reason, () =>
        transaction(platform, onPlatformWithin(limits), (sql) => work({ kind: 'platform', sql })),
      ),
    withEntities: {
      inShop: (shopId, work) => {
        const { settings } = inShopWithin(shopId, LIMITS);
        return shares.use(shopId, () =>
          tenantEm.em
            .fork()
            .transactional((em) => work({ kind: 'shop', shopId, em, sql: sqlOf(em) }), {
              sessionContext: { variables: settings },
            }),
        );
      },
      asPlatform: (reason, work) =>
        watched(reason, () =>
          platformEm.em
            .fork()
            .transactional((em) => work({ kind: 'platform', em, sql: sqlOf(em) }), {
              sessionContext: { variables: variables(LIMITS) },
            }),
        ),
    },
    allocating: allocating.inShop,
    close: async () => {
      await Promise.all([tenantEm.close(), platformEm.close()]);
      await Promise.all([tenant.pool.end(), allocating.pool.end(), platform.end()]);
    },
  };
}

/** The five-letter SQLSTATE of an error from the database, wherever the ORM wrapped it. */
export function sqlState(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    const { code } = current as { code?: unknown };
    // Every SQLSTATE has a digit; EPIPE has none.
    if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
    current =
      (current as { cause?: unknown; previous?: unknown }).cause ??
      (current as { previous?: unknown }).previous;
  }
  return undefined;
}

const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const CONNECTION_TEXT =
  /connection terminated|timeout exceeded when trying to connect|connection ended|client has encountered/i;

const UNIQUE_VIOLATION = '23505';

/** Whether somebody else has written the row first. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === UNIQUE_VIOLATION;
}

/** Whether a row could not be written because of what it says: unique, foreign key, check, not null. */
export function isConstraintViolation(error: unknown): boolean {
  return sqlState(error)?.startsWith('23') ?? false;
}

/** Whether a text was sent that no database of ours can hold, such as one with U+0000, or half of a surrogate pair. */
export function isUnstorableText(error: unknown): boolean {
  const state = sqlState(error);
  return state === '22021' || state === '22P02' || state === '22P05';
}

const CONTENTION: readonly string[] = ['55P03', '57014', '40P01', '40001'];

/** Whether others held what was needed for too long: nothing was done, and a retry may find it free. */
export function isContention(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && CONTENTION.includes(state);
}

/** Whether the database could not be reached, or was going down: a retry may help. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined)
    return state.startsWith('08') || state.startsWith('57P') || state === '53300';
  let current: unknown = error;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, message } = current as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && CONNECTION_ERRORS.has(code)) return true;
    if (typeof message === 'string' && CONNECTION_TEXT.test(message)) return true;
    current = (current as { cause?: unknown }).cause;
  }
  return false;
}
