/**
 * Statements that travel together: sent at once, answered at once, one round trip. pg's own queries wait for each other;
 * this is a query of the kind that its cursors are (`Submittable`), so that the pool and everything else stays pg's.
 * Without a transaction around them, the statements of one flight are one.
 */
import pg from 'pg';
import type { Row } from './db.ts';

/** Statements of one name have one text: each connection parses it once. Without a name it is parsed each time. */
export type Statement = { readonly name?: string; readonly text: string };

export type Asked = { readonly statement: Statement; readonly params: readonly Param[] };

type Written = { readonly statement: Statement; readonly values: (string | null)[] };

type Scalar = string | number | bigint | boolean | Date | null;

/** What may be sent for a placeholder. JSON is sent as its text. */
export type Param = Scalar | readonly Scalar[];

type FieldDescription = { name: string; dataTypeID: number; format: string };
type Parser = (text: string) => unknown;

/** date, timestamp, timestamptz and interval stay the text that they are: a `Date` would cut microseconds off. */
const KEPT_AS_TEXT: ReadonlySet<number> = new Set([1082, 1114, 1184, 1186]);
const asText: Parser = (text) => text;

/** How values come back, by flights and by pg's own queries on the same pool. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    KEPT_AS_TEXT.has(oid)
      ? asText
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};
type Column = { readonly name: string; readonly parse: Parser };

/** As pg makes them; its types leave out what its cursors use. */
type Connection = {
  readonly stream: { cork(): void; uncork(): void; destroy(error: Error): void };
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: (string | null)[] }): void;
  describe(what: { type: 'P' }): void;
  execute(portal: object): void;
  sync(): void;
  on(event: 'parseComplete', listener: () => void): void;
  off(event: 'parseComplete', listener: () => void): void;
};

/** A connection keeps no more parsed than this: what comes after it is parsed each time. */
const MAX_PARSED = 300;

/** What a connection has parsed, by name, and the columns that each answers. */
const parsedBy = new WeakMap<Connection, Map<string, readonly Column[] | undefined>>();

class Flight {
  readonly #asked: readonly Written[];
  readonly #answers: Row[][];
  readonly #settle: PromiseWithResolvers<Row[][]>;
  readonly #parsing: string[] = [];
  /** What each statement went by on this connection, `''` for none. */
  readonly #names: string[] = [];
  #columns: (readonly Column[] | undefined)[] = [];
  #at = 0;
  #known = new Map<string, readonly Column[] | undefined>();
  #stopListening = (): void => {};

  constructor(asked: readonly Written[], settle: PromiseWithResolvers<Row[][]>) {
    this.#asked = asked;
    this.#answers = asked.map(() => []);
    this.#settle = settle;
  }

  submit(connection: Connection): void {
    this.#known = parsedBy.get(connection) ?? new Map();
    parsedBy.set(connection, this.#known);
    const onParsed = (): void => {
      const name = this.#parsing.shift();
      if (name) this.#known.set(name, undefined);
    };
    connection.on('parseComplete', onParsed);
    this.#stopListening = () => connection.off('parseComplete', onParsed);
    connection.stream.cork();
    try {
      for (const asked of this.#asked) this.#send(connection, asked);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  #send(connection: Connection, { statement, values }: Written): void {
    const { name: wanted = '', text } = statement;
    const isKnown = this.#known.has(wanted) || (wanted !== '' && this.#parsing.includes(wanted));
    const name = isKnown || this.#known.size + this.#parsing.length < MAX_PARSED ? wanted : '';
    const columns = this.#known.get(name);
    this.#names.push(name);
    if (!isKnown) {
      connection.parse({ name, text });
      this.#parsing.push(name);
    }
    connection.bind({ statement: name, values });
    if (columns === undefined) connection.describe({ type: 'P' });
    this.#columns.push(columns);
    connection.execute({});
  }

  handleRowDescription({ fields }: { fields: readonly FieldDescription[] }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: TYPES.getTypeParser(dataTypeID, 'text') as Parser,
    }));
    this.#columns[this.#at] = columns;
    const name = this.#names[this.#at];
    if (name) this.#known.set(name, columns);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const columns = this.#columns[this.#at] ?? [];
    const row: Row = {};
    for (const [index, { name, parse }] of columns.entries()) {
      const text = fields[index];
      row[name] = text === null || text === undefined ? null : parse(text);
    }
    this.#answers[this.#at]?.push(row);
  }

  handleCommandComplete(): void {
    // A statement that answers no rows is not described again.
    const name = this.#names[this.#at];
    if (name && this.#known.get(name) === undefined) this.#known.set(name, []);
    this.#at += 1;
  }

  handleEmptyQuery(): void {
    this.#at += 1;
  }

  /** The server has dropped the rest of the flight, and rolled back what was its own transaction. */
  handleError(error: unknown): void {
    this.#stopListening();
    this.#settle.reject(error);
  }

  handleReadyForQuery(): void {
    this.#stopListening();
    this.#settle.resolve(this.#answers);
  }
}

/**
 * Sends the statements in one message.
 * @param deadlineMs when a server that says nothing is given up, and the connection with it
 * @returns the rows of each, in their order
 * @throws the first one's error that fails; those after it did not run
 */
export async function fly(
  client: pg.ClientBase,
  asked: readonly Asked[],
  deadlineMs: number,
): Promise<Row[][]> {
  const settle = Promise.withResolvers<Row[][]>();
  // Before anything is sent: a server that got half of a flight would wait for the rest.
  const all = asked.map(({ statement, params }) => ({ statement, values: params.map(written) }));
  client.query(new Flight(all, settle) as unknown as pg.Submittable);
  const timer = setTimeout(() => {
    const { connection } = client as unknown as { readonly connection: Connection };
    connection.stream.destroy(new Error('connection terminated: the server has not answered'));
  }, deadlineMs);
  return settle.promise.finally(() => clearTimeout(timer));
}

function written(param: Param): string | null {
  if (param === null) return null;
  if (!Array.isArray(param)) return textOf(param as Exclude<Scalar, null>);
  const elements = param.map((element: Scalar) => {
    if (element === null) return 'null';
    return `"${textOf(element).replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}

function textOf(param: Exclude<Scalar, null>): string {
  switch (typeof param) {
    case 'string':
      return param;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(param);
  }
  if (param instanceof Date) return param.toISOString();
  throw new TypeError(`a statement cannot be sent ${JSON.stringify(param)}`);
}
