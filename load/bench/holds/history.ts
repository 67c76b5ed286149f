/** Years of trade in the tables, and what a call reads of them. */
import type pg from 'pg';
import type { Case, Contest, Figures } from '../bench.ts';
import { asAdmin, type BenchDatabase } from '../cluster.ts';
import { SHOP } from './orders.ts';
import type { Stage } from './stage.ts';
import { type UseCases, useCasesOn } from './use-cases.ts';

/** A database with history or without, as the callers use it. */
export type Era = { readonly database: BenchDatabase; readonly stage: Stage };

/** What grows with every order that there ever was. */
const HISTORY =
  'hold, hold_line, hold_payment, sales_order, order_line, order_fact, ledger_transfer, idempotency_claim'.split(
    ', ',
  );
/** Rows of one statement. */
const CHUNK = 250_000;

/** Ids in the order of time, as UUIDv7 are: the newest of them an hour ago. */
const PAST = `
  past as (
    select i, lpad(to_hex(1700000000000 + i), 12, '0') as time, lpad(to_hex(i), 12, '0') as tail,
           now() - make_interval(hours => 1, secs => $3 - i) as at
      from generate_series($1::bigint, $2::bigint) i),
  ids as (
    select *, substr(time, 1, 8) || '-' || substr(time, 9) || '-7000-8000-' || tail as id,
           case i % 4 when 0 then 'released' when 1 then 'expired' else 'committed' end as state
      from past)`;

const PAST_HOLDS = `with ${PAST}
  insert into hold (shop_id, hold_id, order_id, state, expiry, expires_at, created_at, ended_at)
  select current_shop(), 'hold_' || id, 'ord_' || id, state, 'stripe', at, at, at from ids order by i`;
const LINES = `with ${PAST}
  insert into hold_line (shop_id, hold_id, variant_key, quantity)
  select current_shop(), 'hold_' || id, 'v1:sku-' || i % 1000, 1 from ids where $3 > 0 order by i`;
const ORDERS = `with ${PAST}
  insert into sales_order (shop_id, order_id, cart_id, hold_id, session_state, checkout_session_id, stripe_request,
                           session_expires_at, hold_expires_at, currency, subtotal_minor, discount_minor, tax_minor,
                           shipping_minor, deposit_minor, total_minor, request_id, created_at)
  select current_shop(), 'ord_' || id, 'cart_' || id, 'hold_' || id, case state when 'committed' then 'complete' else 'expired' end,
         'cs_past_' || tail, '{}', at, at, 'EUR', 100, 0, 0, 0, 0, 100, 'past', at from ids order by i`;
const FACTS = `with ${PAST}
  insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, occurred_at)
  select current_shop(), 'ord_' || id, case state when 'committed' then 'payment_succeeded' else 'session_expired' end,
         'pi_past_' || tail, 100, 'EUR', at from ids order by i`;
/** Holds that no checkout made, and a payment was named for. */
const PAYMENTS = `with ${PAST}
  insert into hold_payment (shop_id, payment_reference, hold_id, committed_at)
  select current_shop(), 'pi_past_' || tail, 'hold_' || id, at from ids where state = 'committed' and i % 5 = 2 order by i`;
/** Keys are random: sorted here, since a tree of millions that grows in no order takes hours. */
const CLAIMS = `with ${PAST}
  insert into idempotency_claim (shop_id, operation, principal, key, request_hash, state, lease_until, recovery_point,
                                 answer_status, answer_body, created_at)
  select current_shop(), 'createHold', key, key, key, 'done', at, 'hold_' || id, 201,
         jsonb_build_object('holdId', 'hold_' || id, 'state', 'active'), at
    from (select *, md5(i::text) as key from ids) k order by key`;

/** Writes so many past holds, each with its line, its order, a fact of it and a claim. They refer to each other rightly. */
export async function fillHistory({ database }: Era, count: number): Promise<void> {
  await asAdmin(database.adminUrl, async (admin) => {
    await admin.query(`select set_config('app.shop_id', $1, false)`, [SHOP]);
    // Checks of foreign keys take half of the time, and find nothing: no row is made of what came in.
    await admin.query(`set session_replication_role = replica`);
    for (const statement of [PAST_HOLDS, LINES, ORDERS, FACTS, PAYMENTS])
      for (let first = 1; first <= count; first += CHUNK)
        await admin.query(statement, [first, Math.min(count, first + CHUNK - 1), count]);
    await admin.query(CLAIMS, [1, count, count]);
    await admin.query(`vacuum analyze ${HISTORY.join(', ')}`);
    await admin.query('checkpoint');
  });
}

type Reads = { readonly rows: number; readonly sequentialScans: number };

/** What all sessions that have ended by now have read of the tables that grow. */
async function readsOf({ database }: Era): Promise<Reads> {
  return asAdmin(database.adminUrl, async (admin) => {
    // A session tells of its last reads when it ends.
    await untilAlone(admin);
    const { rows } = await admin.query<{ scans: string; rows: string }>(
      `select sum(seq_scan) as scans,
              sum(seq_tup_read) + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = any($1)) as rows
         from pg_stat_user_tables where relname = any($1) and schemaname = 'public'`,
      [HISTORY],
    );
    return { rows: Number(rows[0]?.rows), sequentialScans: Number(rows[0]?.scans) };
  });
}

const PATIENCE_MS = 10_000;

async function untilAlone(admin: pg.Client): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await admin.query(
      `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and usename like 'commerce%'`,
    );
    if (rows.length === 0) return;
    if (performance.now() > deadline) throw new Error('sessions of the service do not end');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A short run in a process of its own, so that its sessions end with it. */
async function readingRound(era: Era, seconds: number): Promise<Figures> {
  const before = await readsOf(era);
  const useCases = useCasesOn(era.stage);
  let calls = 0;
  try {
    const load = { callers: 64, skus: 1, processes: 1, seconds };
    for (const { allMs } of await useCases.drive('ours', load)) calls += allMs.length;
  } finally {
    await useCases.stop();
  }
  const after = await readsOf(era);
  return {
    rowsPerCall: (after.rows - before.rows) / calls,
    sequentialScans: after.sequentialScans - before.sequentialScans,
  };
}

type HistoryOptions = {
  readonly without: { readonly stage: Stage; readonly useCases: UseCases };
  /** Gets the history when a case first needs it. */
  readonly with: Era;
  readonly past: number;
  readonly seconds: number;
  readonly rounds: number;
};

type History = {
  readonly cases: (Case | Contest)[];
  stop(): Promise<void>;
};

/** Ours in a database with history, to ours in one without. */
export function historyCases(options: HistoryOptions): History {
  const { with: withHistory, without, past, seconds, rounds } = options;
  const said = `${past.toLocaleString('en')} past holds and orders`;
  const ours = { with: useCasesOn(withHistory.stage), without: without.useCases };
  let filled: Promise<void> | undefined;
  const fill = (): Promise<void> => {
    filled ??= fillHistory(withHistory, past);
    return filled;
  };
  const load = { callers: 64, skus: 1, processes: 1, seconds, keep: true } as const;
  const speed: Contest = {
    rounds,
    begin: async () => {
      await fill();
      await without.stage.reset();
    },
    sides: {
      with: () => ours.with.round('ours', load),
      without: () => ours.without.round('ours', load),
    },
    comparisons: [
      { ...RATE, name: `use case, 1 SKU, 64 callers: holds/s with ${said}, to none` },
      { ...P99, name: `use case, 1 SKU, 64 callers: p99 with ${said}, to none` },
    ],
  };
  // Whoever still is connected has reads to tell of.
  const begin = async (): Promise<void> => {
    await fill();
    await ours.with.stop();
  };
  return {
    cases: [speed, ...readCases(options, { said, begin })],
    stop: ours.with.stop,
  };
}

/** Counted once, of one run: neither figure is a matter of luck. */
function readCases(
  { with: withHistory, seconds }: HistoryOptions,
  { said, begin }: { readonly said: string; begin(): Promise<void> },
): Case[] {
  let counted: Promise<Figures> | undefined;
  const count = (): Promise<Figures> => {
    counted ??= begin().then(() => readingRound(withHistory, seconds));
    return counted;
  };
  const read = async (figure: string): Promise<number> => (await count())[figure] ?? Number.NaN;
  return [
    {
      ...ROWS,
      name: `rows that a call reads of tables with ${said}`,
      ours: () => read('rowsPerCall'),
    },
    {
      ...SCANS,
      name: `sequential scans of tables with ${said}`,
      ours: () => read('sequentialScans'),
    },
  ];
}

/** A call reads what it is about, and its keys: the stock, a hold and its line, a payment, a claim. */
const MAX_ROWS_A_CALL = 10;

const ERAS = { ours: 'with', reference: 'without' } as const;
const RATE = {
  ...ERAS,
  figure: 'holdsPerSecond',
  unit: 'holds/s',
  better: 'higher',
  aim: 0.9,
} as const;
const P99 = { ...ERAS, figure: 'p99Ms', unit: 'ms', better: 'lower', aim: null } as const;
const ROWS = { unit: 'rows', better: 'lower', aim: MAX_ROWS_A_CALL, rounds: 1 } as const;
const SCANS = { unit: 'scans', better: 'lower', aim: 0, rounds: 1 } as const;
