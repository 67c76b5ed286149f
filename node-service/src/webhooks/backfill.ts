/**
 * The map from Stripe's objects to shops, filled from what a shop's own records name: orders, subscriptions, invoices and
 * customers. In steps, each one transaction of the shop: it may be stopped anywhere, repeated, and run twice at once.
 */
import type { Deps } from '../deps.ts';
import type { ShopTx } from '../platform/db.ts';
import {
  eachOnce,
  type FactRow,
  type OrderRow,
  objectsOfOrders,
  type Recorded,
} from './backfill.rules.ts';
import type { StripeObjectRef } from './identifiers.rules.ts';

export type BackfillStep = {
  /** Records of the shop that were read. */
  readonly examined: number;
  /** Objects that nobody knew. */
  readonly added: number;
  /** Objects that were this shop's already. */
  readonly known: number;
  /** Objects that the map has under another shop, and whose: they stay there. */
  readonly conflicts: readonly (StripeObjectRef & { readonly shopId: string })[];
  /** Where the next step begins; null at the end. */
  readonly next: string | null;
};

type Page = { readonly ids: readonly string[]; readonly objects: readonly Recorded[] };
type Source = (tx: ShopTx, after: string, limit: number) => Promise<Page>;

const ordersFrom: Source = async ({ sql, shopId }, after, limit) => {
  const orders = await sql<OrderRow>(
    `select order_id, checkout_session_id from sales_order
      where shop_id = $1 and order_id > $2 order by order_id limit $3`,
    [shopId, after, limit],
  );
  const ids = orders.map(({ order_id }) => order_id);
  const facts = await sql<FactRow>(
    `select f.order_id, f.kind, f.reference from unnest($2::text[]) as o (order_id)
       join order_fact f on f.shop_id = $1 and f.order_id = o.order_id`,
    [shopId, ids],
  );
  return { ids, objects: objectsOfOrders(orders, facts) };
};

function named(objectType: string, stripeId: string | null): Recorded[] {
  return stripeId === null ? [] : [{ objectType, stripeId, orderId: null }];
}

const subscriptionsFrom: Source = async ({ sql, shopId }, after, limit) => {
  const rows = await sql<{ id: string; customer: string; invoice: string | null }>(
    `select stripe_subscription_id as id, stripe_customer_id as customer, latest_invoice_id as invoice from subscription
      where shop_id = $1 and stripe_subscription_id > $2 order by stripe_subscription_id limit $3`,
    [shopId, after, limit],
  );
  const objects = rows.flatMap(({ id, customer, invoice }) => [
    ...named('subscription', id),
    ...named('invoice', invoice),
    ...named('customer', customer),
  ]);
  return { ids: rows.map(({ id }) => id), objects: eachOnce(objects) };
};

type PaymentRow = { id: string; paid_by: string; payment: string | null };

const invoicesFrom: Source = async ({ sql, shopId }, after, limit) => {
  const rows = await sql<{ id: string; subscription: string | null; customer: string | null }>(
    `select stripe_invoice_id as id, stripe_subscription_id as subscription, stripe_customer_id as customer from invoice
      where shop_id = $1 and stripe_invoice_id > $2 order by stripe_invoice_id limit $3`,
    [shopId, after, limit],
  );
  const ids = rows.map(({ id }) => id);
  const payments = await sql<PaymentRow>(
    `select p.stripe_invoice_payment_id as id, p.paid_by, p.payment_reference as payment from unnest($2::text[]) as i (id)
       join invoice_payment p on p.shop_id = $1 and p.stripe_invoice_id = i.id`,
    [shopId, ids],
  );
  const objects = [
    ...rows.flatMap(({ id, subscription, customer }) => [
      ...named('invoice', id),
      ...named('subscription', subscription),
      ...named('customer', customer),
    ]),
    ...payments.flatMap(({ id, paid_by, payment }) => [
      ...named('invoice_payment', id),
      ...named(paid_by, payment),
    ]),
  ];
  return { ids, objects: eachOnce(objects) };
};

const customersFrom: Source = async ({ sql, shopId }, after, limit) => {
  const rows = await sql<{ id: string }>(
    `select stripe_customer_id as id from customer
      where shop_id = $1 and stripe_customer_id > $2 order by stripe_customer_id limit $3`,
    [shopId, after, limit],
  );
  return {
    ids: rows.map(({ id }) => id),
    objects: rows.flatMap(({ id }) => named('customer', id)),
  };
};

const SOURCES: readonly (readonly [name: string, read: Source])[] = [
  ['orders', ordersFrom],
  ['subscriptions', subscriptionsFrom],
  ['invoices', invoicesFrom],
  ['customers', customersFrom],
];

export class BackfillCursorError extends Error {
  override readonly name = 'BackfillCursorError';
}

/** `orders.ord_…`: the source, and the last of its records that was read. */
function placeOf(cursor: string | null): { readonly source: number; readonly after: string } {
  if (cursor === null) return { source: 0, after: '' };
  const dot = cursor.indexOf('.');
  const source = SOURCES.findIndex(([name]) => name === cursor.slice(0, dot));
  if (dot === -1 || source === -1)
    throw new BackfillCursorError(`a step begins after the "next" of another, not after ${cursor}`);
  return { source, after: cursor.slice(dot + 1) };
}

function nextOf(source: number, ids: readonly string[], limit: number): string | null {
  const last = ids.at(-1);
  if (ids.length === limit && last !== undefined) return `${SOURCES[source]?.[0]}.${last}`;
  const following = SOURCES[source + 1];
  return following === undefined ? null : `${following[0]}.`;
}

type Outcome = { object_type: string; stripe_id: string; outcome: 'added' | 'known' | 'conflict' };

/** Whose the objects are that are not this shop's: for the operator, who may know every shop. */
async function ownersOf(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  conflicts: readonly Outcome[],
): Promise<BackfillStep['conflicts']> {
  if (conflicts.length === 0) return [];
  const rows = await db.asPlatform('whose are the objects of a backfill', (tx) =>
    tx.sql<{ object_type: string; stripe_id: string; shop_id: string }>(
      `select m.object_type, m.stripe_id, m.shop_id
         from unnest($2::text[], $3::text[]) as o (object_type, stripe_id)
         join stripe_object_shop_map m
           on m.environment = $1 and m.object_type = o.object_type and m.stripe_id = o.stripe_id`,
      [
        config.environment,
        conflicts.map(({ object_type }) => object_type),
        conflicts.map(({ stripe_id }) => stripe_id),
      ],
    ),
  );
  return rows.map(({ object_type: objectType, stripe_id: stripeId, shop_id: shopId }) => ({
    objectType,
    stripeId,
    shopId,
  }));
}

/**
 * One step, over at most `limit` of the shop's records.
 * @param step.after the `next` of the step before, or null to begin
 * @param alongside written in the step's own transaction, such as who asked for it
 * @throws BackfillCursorError for an `after` that no step has answered
 */
export async function backfillStep(
  deps: Pick<Deps, 'db' | 'config'>,
  shopId: string,
  step: { readonly after: string | null; readonly limit: number },
  alongside?: (tx: ShopTx) => Promise<void>,
): Promise<BackfillStep> {
  const { source, after } = placeOf(step.after);
  const [, read] = SOURCES[source] ?? [];
  if (read === undefined) throw new Error(`no source ${source}`);
  const { ids, outcomes } = await deps.db.inShop(shopId, async (tx) => {
    const page = await read(tx, after, step.limit);
    const rows = await tx.sql<Outcome>(
      'select object_type, stripe_id, outcome from backfill_stripe_objects($1, $2)',
      [deps.config.environment, JSON.stringify(page.objects)],
    );
    await alongside?.(tx);
    return { ids: page.ids, outcomes: rows };
  });
  const those = (outcome: Outcome['outcome']): Outcome[] =>
    outcomes.filter((one) => one.outcome === outcome);
  return {
    examined: ids.length,
    added: those('added').length,
    known: those('known').length,
    conflicts: await ownersOf(deps, those('conflict')),
    next: nextOf(source, ids, step.limit),
  };
}
