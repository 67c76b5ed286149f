import type { StockLevel } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Ops } from './ops.ts';

/** What there is of one variant; null where the shop never had any. */
export async function findLevel(
  ops: Ops,
  shopId: string,
  variantKey: string,
): Promise<StockLevel | null> {
  for await (const level of ops.levels(shopId)) if (level.variantKey === variantKey) return level;
  return null;
}
