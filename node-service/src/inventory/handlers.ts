import type {
  Availability,
  AvailabilityItem,
  ValidateInventoryRequest,
} from '@commerce/generated/node-v1/client/types.gen.ts';
import { keyLines } from '../catalogue/index.ts';
import type { Deps } from '../deps.ts';
import type { Handler } from '../http/operation.ts';
import { hashOf } from '../platform/content-hash.ts';
import { addUpLines, type StockLevel, shortages } from './allocation.rules.ts';
import { inventoryConflict } from './conflict.ts';
import { readStock } from './read-stock.ts';
import { skuOf } from './stock-rows.ts';

const LOW_STOCK_AT_MOST = 5;
/**
 * For how long the edge and browsers may show a preview: as it is, while a newer one is fetched, and while we fail
 * (contracts/decisions/0011-preview-and-attempts.md).
 */
const CACHE_CONTROL = 'public, max-age=2, stale-while-revalidate=10, stale-if-error=60';

function present(variantKey: string, level: StockLevel | undefined): AvailabilityItem {
  if (level === undefined) return { variantKey, available: 0, status: 'unknown' };
  const available = level.onHand - level.held;
  const status =
    available === 0 ? 'out_of_stock' : available <= LOW_STOCK_AT_MOST ? 'low_stock' : 'in_stock';
  return { variantKey, available, status };
}

export function inventoryHandlers(deps: Pick<Deps, 'db' | 'clock'>) {
  return {
    validateInventory: {
      scope: 'shop',
      handle: async ({ shop, body }) => {
        const { items } = body as ValidateInventoryRequest;
        const lines = addUpLines(
          keyLines(items, '/body/items').map(({ variantKey, quantity }) => ({
            variantKey,
            sku: skuOf(variantKey),
            quantity,
          })),
        );
        const keys = lines.map(({ variantKey }) => variantKey);
        const stock = await deps.db.inShop(shop.shopId, (tx) =>
          readStock(tx, keys, deps.clock.now(), 'commit'),
        );
        const refused = shortages(lines, stock);
        if (refused === null) return { status: 200, body: { ok: true } };
        if (refused.reason === 'hold_has_session') throw new Error('a validation met a hold');
        throw inventoryConflict(refused.reason, refused.items);
      },
    },
    getAvailability: {
      scope: 'shop',
      handle: async ({ shop, query }) => {
        const keys = [...new Set(query.getAll('variantKey'))];
        const now = deps.clock.now();
        const stock = await deps.db.inShop(shop.shopId, (tx) => readStock(tx, keys, now, 'commit'));
        const items = keys.map((key) => present(key, stock.get(key)));
        const body: Availability = { items, asOf: now.toISOString() };
        return {
          status: 200,
          body,
          headers: { 'cache-control': CACHE_CONTROL, etag: `"${hashOf(items).slice(0, 32)}"` },
        };
      },
    },
  } as const satisfies Record<string, Handler>;
}
