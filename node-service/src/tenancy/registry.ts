import type { Database } from '../platform/db.ts';
import { type Shop, ShopEntity } from './shop.entity.ts';

/** Which shops there are. There is no first one and no default. */
export type ShopRegistry = {
  /** The shop, or null. Answers may be a second old. */
  find(shopId: string): Promise<Shop | null>;
  all(): Promise<readonly Shop[]>;
};

const FRESH_FOR_MS = 1_000;
const MAX_REMEMBERED = 10_000;

type Remembered = { readonly shop: Promise<Shop | null>; readonly until: number };

/** Every call needs its shop, and a shop rarely changes: each is read once a second, by one reader at a time. */
export function createShopRegistry(db: Database): ShopRegistry {
  const remembered = new Map<string, Remembered>();
  const read = (shopId: string): Promise<Shop | null> =>
    db.withEntities.asPlatform('find a shop', (tx) => tx.em.findOne(ShopEntity, { shopId }));
  return {
    find: (shopId) => {
      const known = remembered.get(shopId);
      if (known !== undefined && known.until > performance.now()) return known.shop;
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      const shop = read(shopId);
      remembered.set(shopId, { shop, until: performance.now() + FRESH_FOR_MS });
      shop.catch(() => remembered.delete(shopId));
      return shop;
    },
    all: () =>
      db.withEntities.asPlatform('list the shops', (tx) =>
        tx.em.find(ShopEntity, {}, { orderBy: { shopId: 'asc' } }),
      ),
  };
}
