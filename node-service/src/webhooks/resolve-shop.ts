import type { PlatformTx } from '../platform/db.ts';
import type { Identifiers } from './identifiers.rules.ts';

export type Resolution =
  | { readonly kind: 'resolved'; readonly shopId: string; readonly by: 'metadata' | 'map' }
  | { readonly kind: 'unresolved' }
  /** Its metadata and the map name two shops: nobody's until a person has looked. */
  | { readonly kind: 'contradiction'; readonly detail: string };

/**
 * Whose event this is: the shop in the metadata, else the shop that the strongest object belongs to. Never a guess.
 */
export async function resolveShop(
  tx: PlatformTx,
  environment: string,
  identifiers: Identifiers,
): Promise<Resolution> {
  const [found] = await tx.sql<{ metadata_shop: string | null; mapped_shops: string[] }>(
    `select (select shop_id from shop where shop_id = $2) as metadata_shop,
            array(select m.shop_id
                    from jsonb_array_elements($3) with ordinality as o (ref, rank)
                    join stripe_object_shop_map m
                      on m.environment = $1 and m.object_type = o.ref ->> 'objectType' and m.stripe_id = o.ref ->> 'stripeId'
                   order by o.rank) as mapped_shops`,
    [environment, identifiers.metadataShopId, JSON.stringify(identifiers.objects)],
  );
  const mapped = [...new Set(found?.mapped_shops ?? [])];
  const named = found?.metadata_shop ?? null;
  const shops = [...new Set([...(named === null ? [] : [named]), ...mapped])];
  const [shopId] = shops;
  if (shops.length > 1)
    return {
      kind: 'contradiction',
      detail: `metadata names ${named ?? 'no shop'}, the map ${mapped.join(', ')}`,
    };
  if (identifiers.metadataShopId !== null && named === null) {
    return {
      kind: 'contradiction',
      detail: `metadata names ${identifiers.metadataShopId}, which is no shop`,
    };
  }
  if (shopId === undefined) return { kind: 'unresolved' };
  return { kind: 'resolved', shopId, by: named === null ? 'map' : 'metadata' };
}
