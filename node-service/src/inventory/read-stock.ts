import type { ShopTx } from '../platform/db.ts';
import type { StockLevel } from './allocation.rules.ts';

/**
 * Stock of these variants, by one statement however many there are, as it is now, unlocked: an answer, never a promise. What is held by a hold whose own time
 * ran out counts as free, since the next allocation frees it.
 */
export async function readStock(
  tx: ShopTx,
  variantKeys: readonly string[],
  now: Date,
  then?: 'commit',
): Promise<Map<string, StockLevel>> {
  // `offset 0` keeps the lines' lookup a nested loop over the few due holds: no plan reads all lines there ever were.
  const rows = await tx.sql<{ variant_key: string; on_hand: string; held: string }>(
    `with due as (
       select l.variant_key, sum(l.quantity) as units
         from hold h
        cross join lateral (select variant_key, quantity from hold_line
                             where shop_id = h.shop_id and hold_id = h.hold_id offset 0) l
        where h.shop_id = $1 and h.state = 'active' and h.expiry = 'clock' and h.expires_at <= $3
          and l.variant_key = any($2)
        group by l.variant_key)
     select s.variant_key, s.on_hand, s.held - coalesce(due.units, 0) as held
       from stock s left join due using (variant_key)
      where s.shop_id = $1 and s.variant_key = any($2)`,
    [tx.shopId, variantKeys, now],
    then,
  );
  return new Map(
    rows.map((row) => [row.variant_key, { onHand: Number(row.on_hand), held: Number(row.held) }]),
  );
}
