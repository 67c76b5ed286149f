/** The rows behind a batch: locked in one order by everybody, read once, written once. */
import { parseVariantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { ShopTx } from '../platform/db.ts';
import type { Action, HoldInHand, HoldLine, HoldState, World } from './allocation.rules.ts';

type HoldRow = {
  hold_id: string;
  state: HoldState;
  expiry: 'clock' | 'stripe';
  expires_at: string;
  returned_at: string | null;
  lines: { variant_key: string; quantity: number }[];
};

function skuOf(variantKey: string): string {
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

/**
 * Holds before stock, both in the order of their keys, so that two batches never wait for each other. Takes in the
 * holds that the actions name, and those whose time ran out on a variant that is wanted.
 */
async function lockHolds(tx: ShopTx, actions: readonly Action[], now: Date): Promise<HoldInHand[]> {
  const named = actions.map(({ holdId }) => holdId);
  const wanted = actions.flatMap((action) =>
    'lines' in action ? action.lines.map(({ variantKey }) => variantKey) : [],
  );
  const rows = await tx.sql<HoldRow>(
    `select h.hold_id, h.state, h.expiry, h.expires_at, h.returned_at,
            (select json_agg(json_build_object('variant_key', l.variant_key, 'quantity', l.quantity) order by l.variant_key)
               from hold_line l where l.shop_id = h.shop_id and l.hold_id = h.hold_id) as lines
       from hold h
      where h.shop_id = $1
        and (h.hold_id = any($2)
             or (h.state = 'active' and h.expiry = 'clock' and h.expires_at <= $3
                 and exists (select from hold_line w where w.shop_id = h.shop_id and w.hold_id = h.hold_id and w.variant_key = any($4))))
      order by h.hold_id
        for update of h`,
    [tx.shopId, named, now, wanted],
  );
  return rows.map(holdInHand);
}

/** Locks and reads every row that the actions may change. */
export async function lockWorld(tx: ShopTx, actions: readonly Action[], now: Date): Promise<World> {
  const holds = await lockHolds(tx, actions, now);
  const keys = new Set([
    ...holds.flatMap(({ lines }) => lines.map(({ variantKey }) => variantKey)),
    ...actions.flatMap((action) =>
      'lines' in action ? action.lines.map(({ variantKey }) => variantKey) : [],
    ),
  ]);
  const stock = await tx.sql<{ variant_key: string; on_hand: string; held: string }>(
    `select variant_key, on_hand, held from stock
      where shop_id = $1 and variant_key = any($2) order by variant_key for update`,
    [tx.shopId, [...keys]],
  );
  return {
    stock: new Map(
      stock.map((row) => [
        row.variant_key,
        { onHand: Number(row.on_hand), held: Number(row.held) },
      ]),
    ),
    holds: new Map(holds.map((found) => [found.holdId, found])),
  };
}

type Change = {
  readonly before: World;
  readonly after: World;
  readonly actions: readonly Action[];
  readonly now: Date;
};

async function writeNewHolds(tx: ShopTx, { before, after, actions, now }: Change): Promise<void> {
  const orders = new Map(
    actions.map((action) => [action.holdId, 'orderId' in action ? action.orderId : null]),
  );
  const created = [...after.holds.values()].filter(({ holdId }) => !before.holds.has(holdId));
  if (created.length === 0) return;
  const rows = created.map((found) => ({
    shop_id: tx.shopId,
    hold_id: found.holdId,
    order_id: orders.get(found.holdId) ?? null,
    state: found.state,
    expiry: found.expiry,
    expires_at: found.expiresAt,
    created_at: now,
    ended_at: found.state === 'active' ? null : now,
  }));
  const lines = created.flatMap(({ holdId, lines }) =>
    lines.map(({ variantKey, quantity }) => ({
      shop_id: tx.shopId,
      hold_id: holdId,
      variant_key: variantKey,
      quantity,
    })),
  );
  await tx.sql(
    `with holds as (
       insert into hold (shop_id, hold_id, order_id, state, expiry, expires_at, created_at, ended_at)
       select shop_id, hold_id, order_id, state, expiry, expires_at, created_at, ended_at
         from jsonb_populate_recordset(null::hold, $1))
     insert into hold_line (shop_id, hold_id, variant_key, quantity)
     select shop_id, hold_id, variant_key, quantity from jsonb_populate_recordset(null::hold_line, $2)`,
    [JSON.stringify(rows), JSON.stringify(lines)],
  );
}

async function writeChangedHolds(tx: ShopTx, { before, after, now }: Change): Promise<void> {
  const changed = [...after.holds.values()].filter((found) => {
    const was = before.holds.get(found.holdId);
    return (
      was !== undefined &&
      (was.state !== found.state ||
        was.returned !== found.returned ||
        was.expiresAt.getTime() !== found.expiresAt.getTime())
    );
  });
  for (const found of changed) {
    await tx.sql(
      `update hold
          set state = $3, expires_at = $4,
              ended_at = case when $3 = 'active' then null else coalesce(ended_at, $5) end,
              returned_at = case when $6 then coalesce(returned_at, $5) end
        where shop_id = $1 and hold_id = $2`,
      [tx.shopId, found.holdId, found.state, found.expiresAt, now, found.returned],
    );
  }
}

/** Writes what the decisions changed, each row once. */
export async function writeWorld(tx: ShopTx, change: Change): Promise<void> {
  await writeNewHolds(tx, change);
  await writeChangedHolds(tx, change);
  const stock = [...change.after.stock].flatMap(([variantKey, level]) => {
    const was = change.before.stock.get(variantKey);
    const same = was !== undefined && was.onHand === level.onHand && was.held === level.held;
    return same ? [] : [{ variant_key: variantKey, on_hand: level.onHand, held: level.held }];
  });
  if (stock.length === 0) return;
  await tx.sql(
    `update stock set on_hand = changed.on_hand, held = changed.held
       from jsonb_to_recordset($2) as changed (variant_key text, on_hand bigint, held bigint)
      where stock.shop_id = $1 and stock.variant_key = changed.variant_key`,
    [tx.shopId, JSON.stringify(stock)],
  );
}
