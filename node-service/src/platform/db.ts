/**
 * The database, as two logins that cannot do each other's work: the tenant's, whose every row is behind row-level
 * security, and the platform's, which has no right to a tenant table. Tenant data is reached through `inShop` alone.
 */
import type { EntitySchema } from '@mikro-orm/core';
import { type EntityManager, IsolationLevel, MikroORM } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { platformEntities, tenantEntities } from './entities.ts';
import { discardLostConnections } from './lost-connections.ts';
import { createPoolShares } from './pool-shares.ts';
import { openPrepared, type PreparedDatabase } from './prepared.ts';

export type Row = Record<string, unknown>;

type Transaction = {
  readonly em: EntityManager;
  /** Runs one statement with `$1` placeholders, bound by the server, and answers its rows. */
  sql<T extends Row = Row>(text: string, params?: readonly unknown[]): Promise<T[]>;
};

/** A transaction inside one shop: no row of another can be seen or written. */
export type ShopTx = Transaction & { readonly kind: 'shop'; readonly shopId: string };

/** A transaction on the platform's own tables. */
export type PlatformTx = Transaction & { readonly kind: 'platform' };

export type TransactionLimits = {
  /** How long a statement may wait for a row lock. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Every statement sees the same moment, and none may write. Default false. */
  readonly snapshot?: boolean;
};

export type Database = {
  /** Runs `work` in one transaction of this shop, under row-level security. Rolls back when it throws. */
  inShop<T>(
    shopId: string,
    work: (tx: ShopTx) => Promise<T>,
    limits?: TransactionLimits,
  ): Promise<T>;
  /** Runs `work` in one transaction on platform tables. `reason` says why, in the log of slow transactions. */
  asPlatform<T>(reason: string, work: (tx: PlatformTx) => Promise<T>): Promise<T>;
  /** The allocator's own way in, see prepared.ts. */
  readonly prepared: PreparedDatabase;
  close(): Promise<void>;
};

/** How long to wait for a connection. */
const CONNECTION_WAIT_MS = 5_000;

const LIMITS: TransactionLimits = { lockTimeoutMs: 5_000, statementTimeoutMs: 10_000 };

export type DatabaseOptions = {
  readonly tenantDatabaseUrl: string;
  readonly platformDatabaseUrl: string;
  readonly poolSize: number;
  readonly warn: (message: string, fields: Row) => void;
};

async function connect(
  clientUrl: string,
  options: DatabaseOptions,
  entities: readonly EntitySchema[],
): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl,
    entities: [...entities],
    pool: { min: 0, max: options.poolSize, idleTimeoutMillis: 30_000 },
    driverOptions: {
      connectionTimeoutMillis: CONNECTION_WAIT_MS,
      keepAlive: true,
      onPoolCreated: discardLostConnections,
    },
    colors: false,
    logger: (message) => options.warn('database', { detail: message }),
  });
}

function variables(limits: TransactionLimits): Record<string, string> {
  return {
    lock_timeout: `${limits.lockTimeoutMs}ms`,
    statement_timeout: `${limits.statementTimeoutMs}ms`,
  };
}

function statements(em: EntityManager): Transaction {
  return {
    em,
    // Not em.execute, which writes the parameters into the text.
    sql: async <T extends Row>(text: string, params: readonly unknown[] = []) =>
      (await em.getKysely().executeQuery(CompiledQuery.raw(text, [...params]))).rows as T[],
  };
}

/** @throws when either login cannot connect. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const tenant = await connect(options.tenantDatabaseUrl, options, tenantEntities);
  const platform = await connect(options.platformDatabaseUrl, options, platformEntities);
  const { tenantDatabaseUrl: databaseUrl, poolSize, warn } = options;
  const prepared = openPrepared({ databaseUrl, poolSize, warn });
  const shares = createPoolShares({
    perShop: Math.ceil(poolSize / 2),
    waitMs: CONNECTION_WAIT_MS,
  });
  return {
    inShop: (shopId, work, limits = LIMITS) => {
      if (shopId === '') throw new Error('inShop needs a shop');
      return shares.use(shopId, () =>
        tenant.em.fork().transactional((em) => work({ ...statements(em), kind: 'shop', shopId }), {
          sessionContext: { variables: { 'app.shop_id': shopId, ...variables(limits) } },
          ...(limits.snapshot === true
            ? { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true }
            : {}),
        }),
      );
    },
    asPlatform: async (reason, work) => {
      const startedAt = performance.now();
      try {
        return await platform.em
          .fork()
          .transactional((em) => work({ ...statements(em), kind: 'platform' }), {
            sessionContext: { variables: variables(LIMITS) },
          });
      } finally {
        const latencyMs = Math.round(performance.now() - startedAt);
        if (latencyMs > 1_000) options.warn('slow platform transaction', { reason, latencyMs });
      }
    },
    prepared,
    close: async () => {
      await Promise.all([tenant.close(), platform.close(), prepared.close()]);
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
