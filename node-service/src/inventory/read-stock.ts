import type { ShopTx } from '../platform/db.ts';
import type { StockLevel } from './allocation.rules.ts';

/**
 * Stock of these variants as it is now, unlocked: an answer, never a promise. What is held by a hold whose own time
 * ran out counts as free, since the next allocation frees it.
 */
export async function readStock(
  tx: ShopTx,
  variantKeys: readonly string[],
  now: Date,
): Promise<Map<string, StockLevel>> {
  const rows = await tx.sql<{ variant_key: string; on_hand: string; held: string }>(
    `select s.variant_key, s.on_hand,
            s.held - coalesce((select sum(l.quantity) from hold h join hold_line l using (shop_id, hold_id)
                                where h.shop_id = s.shop_id and h.state = 'active' and h.expiry = 'clock'
                                  and h.expires_at <= $3 and l.variant_key = s.variant_key), 0) as held
       from stock s where s.shop_id = $1 and s.variant_key = any($2)`,
    [tx.shopId, variantKeys, now],
  );
  return new Map(
    rows.map((row) => [row.variant_key, { onHand: Number(row.on_hand), held: Number(row.held) }]),
  );
}
