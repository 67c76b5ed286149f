import type { PlatformTx } from '../platform/db.ts';
import type { Identifiers } from './identifiers.rules.ts';
import { objectKey } from './resolution.rules.ts';

/** What a shop's event names, and the order of theirs that it is about, where there is one. */
export type Lesson = {
  readonly identifiers: Pick<Identifiers, 'objects' | 'customerId'>;
  readonly shopId: string;
  readonly orderId: string | null;
};

/** One payment of one order has these. A subscription's invoices are paid by other payments than its first order. */
const OF_AN_ORDER: ReadonlySet<string> = new Set([
  'checkout.session',
  'payment_intent',
  'charge',
  'refund',
  'dispute',
]);

type Entry = { type: string; id: string; shop: string; order: string | null };

function entriesOf(lessons: readonly Lesson[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const { identifiers, shopId, orderId } of lessons) {
    for (const { objectType: type, stripeId: id } of identifiers.objects) {
      const key = objectKey(type, id);
      const order = OF_AN_ORDER.has(type) ? orderId : null;
      const known = entries.get(key);
      if (known === undefined || (known.order === null && known.shop === shopId))
        entries.set(key, { type, id, shop: shopId, order });
    }
  }
  return sorted(entries);
}

function customersOf(lessons: readonly Lesson[]): { id: string; shop: string }[] {
  const customers = new Map<string, { id: string; shop: string }>();
  for (const { identifiers, shopId } of lessons) {
    const id = identifiers.customerId;
    if (id !== null) customers.set(`${id} ${shopId}`, { id, shop: shopId });
  }
  return sorted(customers);
}

/** In one order in every process, so that two of them never wait for each other. */
function sorted<T>(byKey: ReadonlyMap<string, T>): T[] {
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}

/**
 * Writes down whose the objects and the customer of some events are, to know later events by. Only what is proven may
 * teach: an event of which an object is known to be the shop's, or one that its shop has applied. Metadata alone might
 * be wrong, and an object that is mapped never changes its shop; nor does one that is another's already.
 */
export async function learnFrom(
  tx: PlatformTx,
  environment: string,
  lessons: readonly Lesson[],
): Promise<void> {
  const entries = entriesOf(lessons);
  const customers = customersOf(lessons);
  if (entries.length > 0)
    await tx.sql(
      `insert into stripe_object_shop_map as known (environment, object_type, stripe_id, shop_id, order_id)
       select $1, l.object_type, l.stripe_id, l.shop_id, l.order_id
         from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as l (object_type, stripe_id, shop_id, order_id)
        where not exists (select from stripe_object_shop_map m
                           where m.environment = $1 and m.object_type = l.object_type and m.stripe_id = l.stripe_id
                             and (m.order_id is not null or l.order_id is null or m.shop_id <> l.shop_id))
           on conflict (environment, object_type, stripe_id) do update set order_id = excluded.order_id
        where known.shop_id = excluded.shop_id and known.order_id is null and excluded.order_id is not null`,
      [
        environment,
        entries.map(({ type }) => type),
        entries.map(({ id }) => id),
        entries.map(({ shop }) => shop),
        entries.map(({ order }) => order),
      ],
    );
  if (customers.length > 0)
    await tx.sql(
      `insert into stripe_customer_shop (environment, stripe_customer_id, shop_id)
       select $1, * from unnest($2::text[], $3::text[]) on conflict do nothing`,
      [environment, customers.map(({ id }) => id), customers.map(({ shop }) => shop)],
    );
}
