import type { PlatformTx } from '../platform/db.ts';
import type { Identifiers } from './identifiers.rules.ts';
import {
  decide,
  type Known,
  type KnownShop,
  objectKey,
  type Resolution,
} from './resolution.rules.ts';

export type { Resolution } from './resolution.rules.ts';

/** As many as an operator is shown; two are enough to know that a customer decides nothing. */
const CUSTOMER_SHOPS = 5;

type Found = {
  readonly what: 'shop' | 'object' | 'customer';
  readonly object_type: string | null;
  readonly id: string;
  readonly shop_id: string;
  readonly order_id: string | null;
  readonly may_settle: boolean | null;
};

/**
 * Everything that the events name, by key, in one statement: each table is asked row by row, so that the plan is the
 * same however large the tables are.
 */
const LOOK_UP = `
  select 'shop' as what, null as object_type, s.shop_id as id, s.shop_id, null as order_id, s.may_settle
    from unnest($2::text[]) as named (shop_id)
    join lateral (select shop_id, may_settle from shop where shop.shop_id = named.shop_id limit 1) s on true
   union all
  select 'object', o.object_type, o.stripe_id, m.shop_id, m.order_id, null
    from unnest($3::text[], $4::text[]) as o (object_type, stripe_id)
    join lateral (select shop_id, order_id from stripe_object_shop_map known
                   where known.environment = $1 and known.object_type = o.object_type and known.stripe_id = o.stripe_id
                   limit 1) m on true
   union all
  select 'customer', null, c.customer_id, seen.shop_id, null, seen.may_settle
    from unnest($5::text[]) as c (customer_id)
    join lateral (select k.shop_id, shop.may_settle
                    from stripe_customer_shop k join shop on shop.shop_id = k.shop_id
                   where k.environment = $1 and k.stripe_customer_id = c.customer_id
                   order by k.shop_id limit ${CUSTOMER_SHOPS}) seen on true`;

async function lookUp(
  tx: PlatformTx,
  environment: string,
  all: readonly Identifiers[],
): Promise<Known> {
  const named = new Set(all.flatMap(({ metadataShopIds }) => metadataShopIds));
  const customers = new Set(all.flatMap(({ customerId }) => customerId ?? []));
  const objects = new Map(
    [
      ...all.flatMap((one) => one.objects),
      ...[...customers].map((stripeId) => ({ objectType: 'customer', stripeId })),
    ].map((ref) => [objectKey(ref.objectType, ref.stripeId), ref]),
  );
  if (named.size + objects.size === 0)
    return { shops: new Map(), owners: new Map(), customers: new Map() };
  const rows = await tx.sql<Found>(LOOK_UP, [
    environment,
    [...named],
    [...objects.values()].map(({ objectType }) => objectType),
    [...objects.values()].map(({ stripeId }) => stripeId),
    [...customers],
  ]);
  return asKnown(rows);
}

function asKnown(rows: readonly Found[]): Known {
  const shops = new Map<string, KnownShop>();
  const owners = new Map<string, { shopId: string; orderId: string | null }>();
  const customers = new Map<string, KnownShop[]>();
  for (const { what, object_type, id, shop_id: shopId, order_id, may_settle } of rows) {
    const shop = { shopId, maySettle: may_settle === true };
    if (what === 'shop') shops.set(id, shop);
    else if (what === 'object')
      owners.set(objectKey(object_type ?? '', id), { shopId, orderId: order_id });
    else customers.set(id, [...(customers.get(id) ?? []), shop]);
  }
  return { shops, owners, customers };
}

/** Whose each of these events is, in their order: one statement for all of them, and none where they name nothing. */
export async function resolveShops(
  tx: PlatformTx,
  environment: string,
  all: readonly Identifiers[],
): Promise<Resolution[]> {
  const known = await lookUp(tx, environment, all);
  return all.map((identifiers) => decide(identifiers, known));
}

/** Whose this event is. */
export async function resolveShop(
  tx: PlatformTx,
  environment: string,
  identifiers: Identifiers,
): Promise<Resolution> {
  return decide(identifiers, await lookUp(tx, environment, [identifiers]));
}
