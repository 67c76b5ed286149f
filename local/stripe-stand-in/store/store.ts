import { type JournalEntry, openJournal } from './journal.ts';
import { COLLECTION_NAMES, type CollectionName, type Collections } from './records.ts';

export interface Reader {
  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined;
  /** Committed records, oldest first. */
  all<C extends CollectionName>(collection: C): ReadonlyMap<string, Collections[C]>;
}

/** Reads see the transaction's own writes by `get`; `all` sees what is committed. */
export interface Transaction extends Reader {
  put<C extends CollectionName>(collection: C, id: string, value: Collections[C]): void;
  remove(collection: CollectionName, id: string): void;
}

export interface Changed {
  readonly collection: CollectionName;
  readonly id: string;
}

export interface Store extends Reader {
  /** Runs `work`; all it wrote becomes visible and durable at once when it returns, nothing when it throws. */
  transact<T>(work: (tx: Transaction) => T): T;
  onCommit(listener: (changes: readonly Changed[]) => void): void;
  close(): void;
}

type Tables = { [C in CollectionName]: Map<string, Collections[C]> };
type Staged = { [C in CollectionName]: Map<string, Collections[C] | null> };

/** Superseded records a journal may hold before it is rewritten at start. */
const COMPACTION_THRESHOLD = 2_000;

/** Opens the store: in `dataDir`, with what former runs left there, or in memory alone without it. */
export function openStore(dataDir?: string): Store {
  const tables = emptyTables<Tables>();
  const opened = dataDir === undefined ? undefined : openJournal(dataDir);
  let entries = 0;
  for (const commit of opened?.commits ?? []) {
    for (const entry of commit) replay(tables, entry);
    entries += commit.length;
  }
  const records = COLLECTION_NAMES.reduce((sum, name) => sum + tables[name].size, 0);
  if (entries - records > COMPACTION_THRESHOLD) opened?.compact(currentRecords(tables));

  const listeners: ((changes: readonly Changed[]) => void)[] = [];
  const reader: Reader = {
    get: (collection, id) => tables[collection].get(id),
    all: (collection) => tables[collection],
  };
  return {
    ...reader,
    transact(work) {
      const staged = emptyTables<Staged>();
      const result = work(transactionOver(tables, staged));
      const changes = stagedEntries(staged);
      if (changes.length > 0) {
        opened?.journal.append(changes);
        for (const entry of changes) replay(tables, entry);
        const changed = changes.map(([collection, id]) => ({ collection, id }));
        for (const listener of listeners) listener(changed);
      }
      return result;
    },
    onCommit: (listener) => {
      listeners.push(listener);
    },
    close: () => opened?.journal.close(),
  };
}

function transactionOver(tables: Tables, staged: Staged): Transaction {
  return {
    get<C extends CollectionName>(collection: C, id: string) {
      const own: Collections[C] | null | undefined = staged[collection].get(id);
      return own === undefined ? tables[collection].get(id) : (own ?? undefined);
    },
    all: (collection) => tables[collection],
    put<C extends CollectionName>(collection: C, id: string, value: Collections[C]) {
      staged[collection].set(id, value);
    },
    remove: (collection, id) => {
      staged[collection].set(id, null);
    },
  };
}

function emptyTables<T extends Tables | Staged>(): T {
  // Each collection gets a map of its own; that the map's values fit is what Tables and Staged say.
  return Object.fromEntries(COLLECTION_NAMES.map((name) => [name, new Map()])) as T;
}

function stagedEntries(staged: Staged): JournalEntry[] {
  return COLLECTION_NAMES.flatMap((name) =>
    [...staged[name]].map(([id, value]): JournalEntry => [name, id, value]),
  );
}

function* currentRecords(tables: Tables): Iterable<JournalEntry> {
  for (const name of COLLECTION_NAMES) {
    for (const [id, value] of tables[name]) yield [name, id, value];
  }
}

function replay<C extends CollectionName>(
  tables: Tables,
  [collection, id, value]: readonly [C, string, unknown],
): void {
  if (value === null) tables[collection].delete(id);
  // The value was typed when it was put; the journal carries it through JSON.
  else tables[collection].set(id, value as Collections[C]);
}
