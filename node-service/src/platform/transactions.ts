/**
 * Transactions of few statements, by flights: the beginning travels with the first statement, and, where it is told which
 * one is the last, the end with that.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Row } from './db.ts';
import { type Asked, fly, type Param, type Statement, TYPES } from './flight.ts';
import { discardLostConnections } from './lost-connections.ts';

/**
 * Runs one statement with `$1` placeholders, bound by the server, and answers its rows. Statements that are asked for at
 * once, without waiting for each other (`Promise.all`), are one round trip, and fail together. With `commit` it is the
 * transaction's last one, and takes the end along.
 */
export type Sql = <T extends Row = Row>(
  text: string,
  params?: readonly Param[],
  then?: 'commit',
) => Promise<T[]>;

/** What a transaction begins with. */
export type Beginning = {
  readonly statement: string;
  /** Set for this transaction alone. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether statements are parsed once a connection, or, where each is seldom asked, every time. */
  readonly keepsParsed: boolean;
  /** When a server that says nothing is given up. */
  readonly deadlineMs: number;
};

/** How long to wait for a connection. */
export const CONNECTION_WAIT_MS = 5_000;

/** @param settings of every connection, such as `jit=off` */
export function openPool(options: {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly settings: readonly string[];
  readonly warn: (message: string, fields: Row) => void;
}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    keepAlive: true,
    types: TYPES,
    options: options.settings.map((setting) => `-c ${setting}`).join(' '),
  });
  discardLostConnections(pool);
  // A connection that dies while nobody uses it is replaced; without a listener it would end the process.
  pool.on('error', (error) => options.warn('database', { detail: error.message }));
  return pool;
}

/** Runs `work` in one transaction. Rolls back when it throws, and when it went on after a statement that failed. */
export async function transaction<T>(
  pool: pg.Pool,
  beginning: Beginning,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const flights = new Flights(client, beginning);
  let isBroken = false;
  try {
    const answer = await work(flights.sql);
    await flights.end();
    return answer;
  } catch (error) {
    // After a failure nobody knows what the connection still holds, unless it says that it has rolled back.
    isBroken = isOutdated(error) || !(await flights.rollback());
    throw error;
  } finally {
    client.release(isBroken);
  }
}

const COMMIT: Asked = { statement: { name: 'commit', text: 'commit' }, params: [] };

type Waiting = { readonly asked: Asked; readonly answer: PromiseWithResolvers<Row[]> };

class Flights {
  readonly #client: pg.PoolClient;
  readonly #beginning: Beginning;
  #waiting: Waiting[] = [];
  #hasBegun = false;
  #isOver = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(client: pg.PoolClient, beginning: Beginning) {
    this.#client = client;
    this.#beginning = beginning;
  }

  readonly sql: Sql = (text, params = [], then) => {
    if (this.#isOver)
      return Promise.reject(new Error('a statement after the end of its transaction'));
    const statement = this.#beginning.keepsParsed ? parsedOnce(text) : { text };
    const answer = Promise.withResolvers<Row[]>();
    this.#waiting.push({ asked: { statement, params }, answer });
    if (then === 'commit') {
      this.#isOver = true;
      this.#send('commit');
    } else if (this.#waiting.length === 1) queueMicrotask(() => this.#send());
    return answer.promise as Promise<never>;
  };

  /** Sends what is waiting: what was asked for at once travels together. */
  #send(then?: 'commit'): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const { statement: begin, settings, deadlineMs } = this.#beginning;
    const isWhole = !this.#hasBegun && then === 'commit' && begin === 'begin';
    const before = this.#hasBegun ? [] : beginningOf(isWhole ? null : begin, settings);
    this.#hasBegun = true;
    const asked = [...before, ...waiting.map((one) => one.asked)];
    if (then === 'commit' && !isWhole) asked.push(COMMIT);
    fly(this.#client, asked, deadlineMs).then(
      (answers) => {
        for (const [index, { answer }] of waiting.entries())
          answer.resolve(answers[before.length + index] ?? []);
      },
      (error: unknown) => {
        this.#failure ??= { error };
        for (const { answer } of waiting) answer.reject(error);
      },
    );
  }

  /** Commits what is open. @throws the error of a statement that failed: the database has given the transaction up. */
  async end(): Promise<void> {
    this.#send();
    if (this.#failure === null && this.#hasBegun && !this.#isOver) {
      this.#isOver = true;
      await fly(this.#client, [COMMIT], this.#beginning.deadlineMs);
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** @returns whether the connection is as good as before. */
  async rollback(): Promise<boolean> {
    this.#isOver = true;
    for (const { answer } of this.#waiting.splice(0))
      answer.reject(new Error('its transaction is rolled back'));
    if (!this.#hasBegun) return true;
    try {
      await this.#client.query('rollback');
      return true;
    } catch {
      return false;
    }
  }
}

/** A flight without `begin` is a transaction by itself. */
function beginningOf(begin: string | null, settings: Beginning['settings']): Asked[] {
  const names = Object.keys(settings);
  const asked: Asked[] = [];
  if (begin !== null) asked.push({ statement: parsedOnce(begin), params: [] });
  if (names.length > 0) {
    const calls = names.map((name, index) => `set_config('${name}', $${index + 1}, true)`);
    const text = `select ${calls.join(', ')}`;
    asked.push({ statement: parsedOnce(text), params: Object.values(settings) });
  }
  return asked;
}

/** A migration has changed what a statement that was parsed before answers: on a new connection it is parsed anew. */
function isOutdated(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '0A000';
}

/** Texts are ours and few; those of a statement that is put together are bounded all the same. */
const MAX_NAMES = 2_000;
const names = new Map<string, Statement>();

/** One name for one text, the same on every connection. */
function parsedOnce(text: string): Statement {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MAX_NAMES) return { text };
  const name = createHash('sha256').update(text).digest('base64').slice(0, 24);
  const made = { name, text };
  names.set(text, made);
  return made;
}
