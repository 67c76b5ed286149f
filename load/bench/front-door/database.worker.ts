/**
 * D1 for plain workerd: the `cloudflare-internal:d1-api` binding speaks JSON over HTTP to a Worker, and this one
 * answers from the SQLite of a Durable Object, as D1 does. It counts the statements that read `host_mapping`.
 */

interface Query {
  readonly sql: string;
  readonly params?: readonly (string | number | null)[];
}

interface Env {
  readonly DATABASE: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

interface Sql {
  exec(
    sql: string,
    ...params: readonly unknown[]
  ): {
    raw(): Iterable<unknown[]>;
    readonly columnNames: string[];
    readonly rowsRead: number;
    readonly rowsWritten: number;
  };
}

export class Database {
  readonly #storage: Storage;
  #reads = 0;

  constructor({ storage }: { readonly storage: Storage }) {
    this.#storage = storage;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/reads') return Response.json({ reads: this.#reads });
    const asked: Query | Query[] = await request.json();
    const queries = Array.isArray(asked) ? asked : [asked];
    const storage = this.#storage;
    try {
      return Response.json(
        storage.transactionSync(() => queries.map((query) => this.#run(storage.sql, query))),
      );
    } catch (error) {
      return Response.json({ success: false, error: String(error) }, { status: 500 });
    }
  }

  #run(sql: Sql, query: Query): object {
    if (/^\s*select\b/i.test(query.sql)) this.#reads += 1;
    const before = changesOf(sql);
    const cursor = sql.exec(query.sql, ...(query.params ?? []));
    const results = { columns: cursor.columnNames, rows: [...cursor.raw()] };
    const changes = changesOf(sql) - before;
    return {
      success: true,
      results,
      meta: { duration: 0, changes, rows_read: cursor.rowsRead, rows_written: cursor.rowsWritten },
    };
  }
}

interface Storage {
  readonly sql: Sql;
  transactionSync<T>(run: () => T): T;
}

function changesOf(sql: Sql): number {
  const [row] = [...sql.exec('select total_changes()').raw()];
  return Number(row?.[0]);
}

export default {
  fetch: (request: Request, { DATABASE }: Env): Promise<Response> =>
    DATABASE.get(DATABASE.idFromName('hosts')).fetch(request),
};
