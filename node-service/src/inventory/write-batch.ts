/** What a batch has decided, written by one statement: holds, stock, and the rows and jobs that came with requests. */
import type { Param, Row, ShopTx } from '../platform/db.ts';
import { type Job, MAX_ATTEMPTS } from '../platform/enqueue.ts';
import { type ClaimRequest, claimId, type StoredAnswer } from '../platform/idempotency.ts';
import type { Insert } from '../platform/insert.ts';
import type { Action, HoldInHand, HoldLine, World } from './allocation.rules.ts';

export type BatchWrite = {
  readonly before: World;
  readonly after: World;
  readonly actions: readonly Action[];
  readonly inserts: readonly Insert[];
  readonly jobs: readonly Job[];
  /** Claims that are new, with the answer where it is known already. */
  readonly claims: readonly (ClaimRequest & { readonly answer: StoredAnswer | null })[];
  readonly now: Date;
};

/**
 * One part of the statement; `params` are numbered from where the parts before it end, and nothing of it is done unless
 * the condition holds (`where …`, or nothing).
 */
type Part = {
  readonly text: (first: number, condition: string) => string;
  readonly params: readonly Param[];
};

/** What is null is left out, and what all rows share is sent once: each byte is written here and read there. */
function holdRow(found: HoldInHand, orderId: string | null, now: Date) {
  return {
    hold_id: found.holdId,
    ...(orderId === null ? {} : { order_id: orderId }),
    state: found.state,
    expiry: found.expiry,
    expires_at: found.expiresAt,
    ...(found.state === 'active' ? {} : { ended_at: now }),
    ...(found.returned ? { returned_at: now } : {}),
  };
}

function newHolds({ before, after, actions, now }: BatchWrite): Part[] {
  const created = [...after.holds.values()].filter(({ holdId }) => !before.holds.has(holdId));
  if (created.length === 0) return [];
  const orders = new Map(
    actions.flatMap((action) => ('orderId' in action ? [[action.holdId, action.orderId]] : [])),
  );
  const holds = created.map((found) => holdRow(found, orders.get(found.holdId) ?? null, now));
  const lines = created.flatMap(({ holdId, lines }) =>
    lines.map(({ variantKey, quantity }) => ({
      hold_id: holdId,
      variant_key: variantKey,
      quantity,
    })),
  );
  const columns = 'hold_id, order_id, state, expiry, expires_at, ended_at, returned_at';
  return [
    insertion('hold', columns, holds, { createdAt: now }),
    insertion('hold_line', 'hold_id, variant_key, quantity', lines),
  ];
}

function hasChanged(found: HoldInHand, was: HoldInHand | undefined): boolean {
  return (
    was !== undefined &&
    (was.state !== found.state ||
      was.returned !== found.returned ||
      was.expiresAt.getTime() !== found.expiresAt.getTime())
  );
}

/**
 * By way of its conflict with the row that is there, each row is reached by its key alone. A join would be planned by what
 * the table was when the statement was prepared, perhaps empty, and would read the whole history for ever after.
 */
function changedHolds({ before, after, now }: BatchWrite): Part[] {
  const changed = [...after.holds.values()].filter((found) =>
    hasChanged(found, before.holds.get(found.holdId)),
  );
  if (changed.length === 0) return [];
  const rows = changed.map((found) => holdRow(found, null, now));
  const end = `
    on conflict (shop_id, hold_id) do update
       set state = excluded.state, expires_at = excluded.expires_at,
           ended_at = coalesce(hold.ended_at, excluded.ended_at),
           returned_at = coalesce(hold.returned_at, excluded.returned_at)`;
  const columns = 'hold_id, state, expiry, expires_at, ended_at, returned_at';
  return [insertion('hold', columns, rows, { createdAt: now, end })];
}

function changedStock({ before, after }: BatchWrite): Part[] {
  const rows = [...after.stock].flatMap(([variantKey, level]) => {
    const was = before.stock.get(variantKey);
    if (was === undefined || (was.onHand === level.onHand && was.held === level.held)) return [];
    return [{ variant_key: variantKey, on_hand: level.onHand, held: level.held }];
  });
  if (rows.length === 0) return [];
  const end =
    'on conflict (shop_id, variant_key) do update set on_hand = excluded.on_hand, held = excluded.held';
  return [insertion('stock', 'variant_key, on_hand, held', rows, { end })];
}

/** A variant's first units. */
function newStock({ before, after }: BatchWrite): Part[] {
  const rows = [...after.stock].flatMap(([variantKey, { onHand, held }]) =>
    before.stock.has(variantKey) ? [] : [{ variant_key: variantKey, on_hand: onHand, held }],
  );
  return rows.length === 0 ? [] : [insertion('stock', 'variant_key, on_hand, held', rows)];
}

/** Table and columns are ours, never a client's. */
function insertion(
  table: string,
  columns: string,
  rows: readonly object[],
  { createdAt, end = '' }: { readonly createdAt?: Date; readonly end?: string } = {},
): Part {
  const isDated = createdAt !== undefined;
  return {
    text: (first, condition) => `
      insert into ${table} (shop_id, ${isDated ? 'created_at, ' : ''}${columns})
      select $1, ${isDated ? `$${first + 1}, ` : ''}${columns}
        from jsonb_populate_recordset(null::${table}, $${first}) ${condition} ${end}`,
    params: [JSON.stringify(rows), ...(isDated ? [createdAt] : [])],
  };
}

/** Two batches that write the same unique keys wait for each other at most one way round. */
function inOneOrder<T>(keyOf: (row: T) => string) {
  return (one: T, other: T): number => (keyOf(one) < keyOf(other) ? -1 : 1);
}

/** Rows of one table and one shape go together, whichever request they came with. */
function insertedRows({ inserts }: BatchWrite): Part[] {
  const groups = new Map<string, { insert: Insert; columns: string; rows: Row[] }>();
  for (const insert of inserts) {
    const [first] = insert.rows;
    if (first === undefined) continue;
    const columns = Object.keys(first).join(', ');
    const id = `${insert.table} ${insert.onConflict} ${columns}`;
    const group = groups.get(id) ?? { insert, columns, rows: [] };
    group.rows.push(...insert.rows);
    if (insert.table === 'sales_order')
      group.rows.sort(inOneOrder(({ cart_id }) => String(cart_id)));
    groups.set(id, group);
  }
  return [...groups.values()].map(({ insert, columns, rows }) => {
    const end = insert.onConflict === 'ignore' ? 'on conflict do nothing' : '';
    return insertion(insert.table, columns, rows, { end });
  });
}

/** Fails where another process has claimed a key since it was looked for: the batch is then decided anew. */
function newClaims({ claims, now }: BatchWrite): Part[] {
  if (claims.length === 0) return [];
  const rows = [...claims]
    .sort(inOneOrder(claimId))
    .map(({ operation, principal, key, requestHash, leaseUntil, recoveryPoint, answer }) => ({
      operation,
      principal,
      key,
      request_hash: requestHash,
      state: answer === null ? 'running' : 'done',
      lease_until: leaseUntil,
      recovery_point: recoveryPoint,
      ...(answer === null ? {} : { answer_status: answer.status, answer_body: answer.body }),
    }));
  const columns =
    'operation, principal, key, request_hash, state, lease_until, recovery_point, answer_status, answer_body';
  return [insertion('idempotency_claim', columns, rows, { createdAt: now })];
}

/** Jobs last: whatever they are about is written by the same statement. */
function enqueued(shopId: string, { jobs }: BatchWrite): Part[] {
  if (jobs.length === 0) return [];
  const rows = jobs.map(({ task, payload, runAt, key }) => ({
    task,
    payload: { shopId, ...payload },
    run_at: runAt,
    key,
  }));
  return [
    {
      text: (first, condition) => `
        select count(enqueue_job($1, j.task, j.payload, j.run_at, j.key, ${MAX_ATTEMPTS}))
          from jsonb_to_recordset($${first}) as j (task text, payload json, run_at timestamptz, key text) ${condition}`,
      params: [JSON.stringify(rows)],
    },
  ];
}

/** The same parts make the same text, which is parsed once a connection. `$1` is the shop. */
function textOf(first: Part | undefined, parts: readonly Part[], last: Part | undefined): string {
  const condition = first === undefined ? '' : 'where exists (select from taken)';
  let next = 2;
  const write = (part: Part): string => {
    const text = part.text(next, condition);
    next += part.params.length;
    return text;
  };
  const ctes = [
    ...(first === undefined ? [] : [`taken as (${write(first)})`]),
    ...parts.map((part, index) => `part_${index} as (${write(part)})`),
    ...(last === undefined ? [] : [`jobs as (${write(last)})`]),
  ];
  const columns = [
    first === undefined ? '1' : '(select count(*) from taken)::int as taken',
    ...(last === undefined ? [] : ['(select * from jobs) as jobs']),
  ];
  return `with ${ctes.join(', ')} select ${columns.join(', ')}`;
}

/** Writes what was decided, each row once, and ends the transaction. One round trip, or none where nothing changed. */
export async function writeBatch({ sql, shopId }: ShopTx, write: BatchWrite): Promise<void> {
  const parts = [
    ...newClaims(write),
    ...newHolds(write),
    ...changedHolds(write),
    ...newStock(write),
    ...changedStock(write),
    ...insertedRows(write),
  ];
  const [jobs] = enqueued(shopId, write);
  if (parts.length === 0 && jobs === undefined) return;
  const params = [shopId, ...parts.flatMap((part) => part.params), ...(jobs?.params ?? [])];
  await sql(textOf(undefined, parts, jobs), params, 'commit');
}

/**
 * A new hold of one variant, with all that belongs to it, written if its units are free at this moment, and not at all
 * if they are not: decided by the database under the lock of the stock's row, which is taken before anything is written.
 */
export function takeIfFree(
  shopId: string,
  { variantKey, quantity }: HoldLine,
  write: Omit<BatchWrite, 'before'>,
): { readonly text: string; readonly params: readonly Param[] } {
  const taken: Part = {
    text: (first) => `
      update stock set held = held + $${first + 1}
       where shop_id = $1 and variant_key = $${first} and on_hand - held >= $${first + 1} returning 1`,
    params: [variantKey, quantity],
  };
  const all = { ...write, before: NOTHING };
  const parts = [...newClaims(all), ...newHolds(all), ...insertedRows(all)];
  const [jobs] = enqueued(shopId, all);
  return {
    text: textOf(taken, parts, jobs),
    params: [
      shopId,
      ...taken.params,
      ...parts.flatMap((part) => part.params),
      ...(jobs?.params ?? []),
    ],
  };
}

const NOTHING: World = { stock: new Map(), holds: new Map() };
