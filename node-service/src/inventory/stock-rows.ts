/** The rows behind a batch: locked and read by one statement, in one order by everybody. */
import { parseVariantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { ShopTx } from '../platform/db.ts';
import type { ClaimKey, ClaimRow } from '../platform/idempotency.ts';
import {
  type Action,
  type HoldInHand,
  type HoldLine,
  type HoldState,
  holdIdsOf,
  variantKeysOf,
  type World,
} from './allocation.rules.ts';

type HoldRow = {
  hold_id: string;
  state: HoldState;
  expiry: 'clock' | 'stripe';
  expires_at: string;
  returned_at: string | null;
  lines: { variant_key: string; quantity: number }[];
};

/** As the key has it: normalised. */
export function skuOf(variantKey: string): string {
  return parseVariantKeyV1(variantKey).sku;
}

function holdInHand(row: HoldRow): HoldInHand {
  return {
    holdId: row.hold_id,
    lines: row.lines.map(
      ({ variant_key, quantity }): HoldLine => ({
        variantKey: variant_key,
        sku: skuOf(variant_key),
        quantity,
      }),
    ),
    expiry: row.expiry,
    state: row.state,
    expiresAt: new Date(row.expires_at),
    returned: row.returned_at !== null,
  };
}

/** What a hold is for. */
export async function readHoldLines(tx: ShopTx, holdId: string): Promise<HoldLine[]> {
  const rows = await tx.sql<{ variant_key: string; quantity: string }>(
    'select variant_key, quantity from hold_line where shop_id = $1 and hold_id = $2 order by variant_key',
    [tx.shopId, holdId],
  );
  return rows.map((row) => ({
    variantKey: row.variant_key,
    sku: skuOf(row.variant_key),
    quantity: Number(row.quantity),
  }));
}

/** A batch frees no more holds than this whose time ran out, so that a backlog of them delays nobody for long. */
const MAX_DUE_HOLDS = 500;

/**
 * Holds before stock, each in the order of their keys, so that two batches never wait for each other. Takes in the
 * holds that the actions name, and those whose time ran out on a variant that is wanted. Everything is reached by its
 * key alone, which each `limit` and `offset` makes sure of: history does not slow a sale.
 */
const LOCK_BATCH = `
with known_claim as (
  select i.operation, i.principal, i.key, i.request_hash, i.state, i.lease_until, i.recovery_point,
         i.answer_status, i.answer_body
    from jsonb_to_recordset($3) as c (operation text, principal text, key text)
   cross join lateral (
         select * from idempotency_claim
          where shop_id = $1 and operation = c.operation and principal = c.principal and key = c.key
          limit 1) i),
due as materialized (
  select h.hold_id from hold h
   cross join lateral (
         select from hold_line w
          where w.shop_id = $1 and w.hold_id = h.hold_id and w.variant_key = any($5) limit 1) w
   where h.shop_id = $1 and h.state = 'active' and h.expiry = 'clock' and h.expires_at <= $2
   order by h.expires_at limit ${MAX_DUE_HOLDS}),
wanted_hold as materialized (
  select unnest($4::text[]) as hold_id union select hold_id from due order by hold_id),
locked_hold as materialized (
  select h.hold_id, h.state, h.expiry, h.expires_at, h.returned_at
    from wanted_hold w cross join lateral (
      select * from hold where shop_id = $1 and hold_id = w.hold_id for update) h),
line as materialized (
  select l.hold_id, l.variant_key, l.quantity
    from locked_hold h cross join lateral (
      select * from hold_line where shop_id = $1 and hold_id = h.hold_id offset 0) l),
wanted_stock as materialized (
  select unnest($5::text[]) as variant_key union select variant_key from line order by variant_key),
locked_stock as materialized (
  select s.variant_key, s.on_hand, s.held
    from wanted_stock w cross join lateral (
      select * from stock where shop_id = $1 and variant_key = w.variant_key for update) s)
select (select coalesce(json_agg(c), '[]') from known_claim c) as claims,
       (select coalesce(json_agg(json_build_object(
                 'hold_id', h.hold_id, 'state', h.state, 'expiry', h.expiry, 'expires_at', h.expires_at,
                 'returned_at', h.returned_at,
                 'lines', (select coalesce(json_agg(json_build_object('variant_key', l.variant_key, 'quantity', l.quantity)
                                                    order by l.variant_key), '[]')
                             from line l where l.hold_id = h.hold_id))), '[]')
          from locked_hold h) as holds,
       (select coalesce(json_agg(s), '[]') from locked_stock s) as stock`;

type LockedBatch = {
  readonly claims: ClaimRow[];
  readonly holds: HoldRow[];
  readonly stock: { variant_key: string; on_hand: number; held: number }[];
};

/** What a batch has in hand: the rows that its requests may change, and what is known of their keys already. */
export type Locked = {
  readonly world: World;
  readonly claims: readonly ClaimRow[];
};

/** Locks and reads every row that the requests may change, and reads what they claim. One round trip. */
export async function lockBatch(
  { sql, shopId }: ShopTx,
  batch: { readonly actions: readonly Action[]; readonly claims: readonly ClaimKey[] },
  now: Date,
): Promise<Locked> {
  const claims = batch.claims.map(({ operation, principal, key }) => ({
    operation,
    principal,
    key,
  }));
  const holdIds = batch.actions.flatMap(holdIdsOf);
  const variantKeys = batch.actions.flatMap(variantKeysOf);
  const params = [shopId, now, JSON.stringify(claims), holdIds, variantKeys];
  const [row] = await sql<LockedBatch>(LOCK_BATCH, params);
  if (row === undefined) throw new Error('the lock of a batch answered no row');
  return {
    claims: row.claims,
    world: {
      stock: new Map(
        row.stock.map(({ variant_key, on_hand, held }) => [variant_key, { onHand: on_hand, held }]),
      ),
      holds: new Map(row.holds.map((hold) => [hold.hold_id, holdInHand(hold)])),
    },
  };
}
