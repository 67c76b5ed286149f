import { raiseShopAlert } from '../alerts/index.ts';
import type { HoldState } from '../inventory/index.ts';
import type { Row, ShopTx } from '../platform/db.ts';
import { hasMoney, paysForCart } from './give-back.rules.ts';
import type { FactKind, Order, OrderFact, OrderToOpen, SessionState } from './order.entities.ts';
import { holdInForce, type OrderFacts } from './order-status.rules.ts';

export type NewFact = {
  readonly kind: FactKind;
  /** The Stripe object it happened by, or the name of our own act. With the kind, what makes it one fact. */
  readonly reference: string;
  readonly occurredAt: Date;
  readonly amountMinor?: number;
  readonly currency?: string;
  readonly detail?: string;
};

const COLUMNS = `shop_id, order_id, cart_id, hold_id, session_state, checkout_session_id, client_secret, session_expires_at,
  hold_expires_at, currency, subtotal_minor, discount_minor, tax_minor, shipping_minor, deposit_minor, total_minor, email,
  token_version, request_id, created_at`;

function orderOf(row: Row): Order {
  const text = (column: string): string => row[column] as string;
  const textOrNull = (column: string): string | null => row[column] as string | null;
  const integer = (column: string): number => Number(row[column]);
  return {
    shopId: text('shop_id'),
    orderId: text('order_id'),
    cartId: textOrNull('cart_id'),
    holdId: text('hold_id'),
    sessionState: text('session_state') as SessionState,
    checkoutSessionId: textOrNull('checkout_session_id'),
    clientSecret: textOrNull('client_secret'),
    sessionExpiresAt: new Date(text('session_expires_at')),
    holdExpiresAt: new Date(text('hold_expires_at')),
    currency: text('currency'),
    subtotalMinor: integer('subtotal_minor'),
    discountMinor: integer('discount_minor'),
    taxMinor: integer('tax_minor'),
    shippingMinor: integer('shipping_minor'),
    depositMinor: integer('deposit_minor'),
    totalMinor: integer('total_minor'),
    email: textOrNull('email'),
    tokenVersion: integer('token_version'),
    requestId: text('request_id'),
    createdAt: new Date(text('created_at')),
  };
}

/** The order's row alone; `lock` makes whoever else changes this order wait. */
export async function findOrder(
  { sql, shopId }: ShopTx,
  orderId: string,
  lock: 'lock' | 'read' = 'read',
  then?: 'commit',
): Promise<Order | null> {
  const [row] = await sql(
    `select ${COLUMNS} from sales_order where shop_id = $1 and order_id = $2
      ${lock === 'lock' ? 'for update' : ''}`,
    [shopId, orderId],
    then,
  );
  return row === undefined ? null : orderOf(row);
}

/** With what its session is made by. */
export async function findOrderToOpen(
  { sql, shopId }: ShopTx,
  orderId: string,
  lock: 'lock' | 'read' = 'read',
  then?: 'commit',
): Promise<OrderToOpen | null> {
  const [row] = await sql<Row & Pick<OrderToOpen, 'stripeRequest'>>(
    `select ${COLUMNS}, stripe_request as "stripeRequest" from sales_order where shop_id = $1 and order_id = $2
      ${lock === 'lock' ? 'for update' : ''}`,
    [shopId, orderId],
    then,
  );
  return row === undefined ? null : { ...orderOf(row), stripeRequest: row.stripeRequest };
}

/** Ends the transaction. */
export async function findOrderBySession(
  { sql, shopId }: ShopTx,
  checkoutSessionId: string,
): Promise<Order | null> {
  const [row] = await sql(
    `select ${COLUMNS} from sales_order where shop_id = $1 and checkout_session_id = $2`,
    [shopId, checkoutSessionId],
    'commit',
  );
  return row === undefined ? null : orderOf(row);
}

/** Those that may still be, or were, paid. */
export async function findOrdersOfCart({ sql, shopId }: ShopTx, cartId: string): Promise<Order[]> {
  const rows = await sql(
    `select ${COLUMNS} from sales_order
      where shop_id = $1 and cart_id = $2 and session_state in ('creating', 'open', 'complete')`,
    [shopId, cartId],
  );
  return rows.map(orderOf);
}

type FactRow = {
  readonly kind: FactKind;
  readonly reference: string;
  readonly amount_minor: string | null;
  readonly currency: string | null;
  readonly detail: string | null;
  readonly occurred_at: string;
};

/** All that happened to an order. */
export async function readOrderFacts(
  { sql, shopId }: ShopTx,
  orderId: string,
): Promise<OrderFact[]> {
  const rows = await sql<FactRow>(
    `select kind, reference, amount_minor, currency, detail, occurred_at from order_fact
      where shop_id = $1 and order_id = $2`,
    [shopId, orderId],
  );
  return rows.map(({ amount_minor, occurred_at, ...fact }) => ({
    ...fact,
    amountMinor: amount_minor === null ? null : Number(amount_minor),
    occurredAt: new Date(occurred_at),
  }));
}

type HoldRow = { readonly hold_id: string; readonly state: HoldState; readonly returned: boolean };

/** The holds that the order's stock is in, or was. `offset 0`: each is reached by its key. */
function readHolds({ sql, shopId }: ShopTx, orderId: string): Promise<HoldRow[]> {
  return sql<HoldRow>(
    `select h.hold_id, h.state, h.returned_at is not null as returned
       from (select hold_id from sales_order where shop_id = $1 and order_id = $2
             union all
             select detail from order_fact where shop_id = $1 and order_id = $2 and kind = 'stock_taken_again') w
      cross join lateral (select * from hold where shop_id = $1 and hold_id = w.hold_id offset 0) h`,
    [shopId, orderId],
  );
}

type OwnFacts = Omit<OrderFacts, 'facts'> & {
  readonly holdId: string;
  readonly facts: readonly OrderFact[];
};

/** `losingRivals` are other orders of the cart whose money is to be given back because of this one's. */
export type KnownOrder = OwnFacts & { readonly losingRivals: readonly string[] };

function ownFacts(order: Order, facts: readonly OrderFact[], holds: readonly HoldRow[]): OwnFacts {
  const holdId = holdInForce(order.holdId, facts);
  const hold = holds.find(({ hold_id }) => hold_id === holdId);
  if (hold === undefined) throw new Error(`order ${order.orderId} has no hold ${holdId}`);
  const { sessionState, totalMinor } = order;
  return { holdId, sessionState, totalMinor, hold, facts, cartIsPaidElsewhere: false };
}

/** The orders of the cart, this one left out, that money was told of. */
export async function findRivals(
  { sql, shopId }: ShopTx,
  { orderId, cartId }: Order,
  then?: 'commit',
): Promise<string[]> {
  if (cartId === null) return [];
  const rows = await sql<{ order_id: string }>(
    `select o.order_id from sales_order o
      where o.shop_id = $1 and o.cart_id = $2 and o.order_id <> $3
        and exists (select from order_fact f where f.shop_id = o.shop_id and f.order_id = o.order_id
                       and f.kind in ('payment_succeeded', 'payment_processing'))`,
    [shopId, cartId, orderId],
    then,
  );
  return rows.map(({ order_id }) => order_id);
}

/** Other orders of the same cart that money has come in for: rare, since a cart has one open checkout. */
async function readRivals(
  tx: ShopTx,
  order: Order,
): Promise<(OwnFacts & { readonly orderId: string })[]> {
  const rivals: (OwnFacts & { readonly orderId: string })[] = [];
  for (const rivalId of await findRivals(tx, order)) {
    const [rival, facts, holds] = await readRows(tx, rivalId, 'read');
    if (rival !== null) rivals.push({ ...ownFacts(rival, facts, holds), orderId: rivalId });
  }
  return rivals.filter(hasMoney);
}

async function withRivals(tx: ShopTx, order: Order, own: OwnFacts): Promise<KnownOrder> {
  const rivals = hasMoney(own) ? await readRivals(tx, order) : [];
  const losing = rivals.filter((rival) => paysForCart(own, rival));
  return {
    ...own,
    cartIsPaidElsewhere: losing.length < rivals.length,
    losingRivals: losing.map(({ orderId }) => orderId),
  };
}

/** One round trip. With `lock` all of it is as it is under the lock. */
function readRows(tx: ShopTx, orderId: string, lock: 'lock' | 'read') {
  return Promise.all([
    findOrder(tx, orderId, lock),
    readOrderFacts(tx, orderId),
    readHolds(tx, orderId),
  ]);
}

/** What `order-status.rules` decides from, and which hold is in force. */
export async function readFacts(tx: ShopTx, order: Order): Promise<KnownOrder> {
  const { orderId } = order;
  const [facts, holds] = await Promise.all([readOrderFacts(tx, orderId), readHolds(tx, orderId)]);
  return withRivals(tx, order, ownFacts(order, facts, holds));
}

/** An order and all that is decided from: one round trip where its cart has no other order. */
export async function readOrder(
  tx: ShopTx,
  orderId: string,
  lock: 'lock' | 'read' = 'read',
): Promise<{ readonly order: Order; readonly known: KnownOrder } | null> {
  const [order, facts, holds] = await readRows(tx, orderId, lock);
  if (order === null) return null;
  return { order, known: await withRivals(tx, order, ownFacts(order, facts, holds)) };
}

/** Adds facts; one that is known already stays as it was first recorded. @returns those that are new. */
export async function recordFacts(
  tx: ShopTx,
  orderId: string,
  facts: readonly NewFact[],
): Promise<NewFact[]> {
  if (facts.length === 0) return [];
  const { sql, shopId } = tx;
  const rows = facts.map((fact) => ({
    shop_id: shopId,
    order_id: orderId,
    kind: fact.kind,
    reference: fact.reference,
    amount_minor: fact.amountMinor,
    currency: fact.currency,
    detail: fact.detail,
    occurred_at: fact.occurredAt,
  }));
  const added = await sql<{ kind: FactKind; reference: string }>(
    `insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, detail, occurred_at)
     select shop_id, order_id, kind, reference, amount_minor, currency, detail, occurred_at
       from jsonb_populate_recordset(null::order_fact, $1)
         on conflict do nothing returning kind, reference`,
    [JSON.stringify(rows)],
  );
  const isNew = new Set(added.map(({ kind, reference }) => `${kind} ${reference}`));
  // Of two that are the same in one call the first was written.
  const fresh = facts.filter(({ kind, reference }) => isNew.delete(`${kind} ${reference}`));
  for (const { kind, reference: reason, detail = '' } of fresh) {
    if (kind !== 'needs_attention') continue;
    const what = { reason, reference: orderId, detail };
    await raiseShopAlert(tx, { kind: 'order_needs_attention', ...what });
  }
  return fresh;
}

/** Ends are final: a session that is complete or refused never becomes anything else. Of two ends that were told of one
 * session it is complete: there may be money. */
export async function setSessionState(
  tx: ShopTx,
  orderId: string,
  state: SessionState,
): Promise<void> {
  await tx.sql(
    `update sales_order set session_state = $3
      where shop_id = $1 and order_id = $2
        and (session_state in ('creating', 'open') or session_state = 'expired' and $3 = 'complete')`,
    [tx.shopId, orderId, state],
  );
}

/** Writes down which session is the order's, and whose object it is. Learns nothing new when it was known. */
export async function recordSession(
  tx: ShopTx,
  order: Order,
  session: { readonly id: string; readonly clientSecret: string | null },
  environment: string,
): Promise<void> {
  await Promise.all([
    tx.sql(
      `update sales_order
          set checkout_session_id = $3, client_secret = $4,
              session_state = case when session_state = 'creating' then 'open' else session_state end
        where shop_id = $1 and order_id = $2 and checkout_session_id is null`,
      [tx.shopId, order.orderId, session.id, session.clientSecret],
    ),
    claimStripeObject(tx, environment, 'checkout.session', session.id, order.orderId),
  ]);
}

/** @throws where the object is another shop's. */
export async function claimStripeObject(
  tx: ShopTx,
  environment: string,
  objectType: string,
  stripeId: string,
  orderId: string | null,
): Promise<void> {
  await tx.sql('select claim_stripe_object($1, $2, $3, $4)', [
    environment,
    objectType,
    stripeId,
    orderId,
  ]);
}

/** That an event has been applied, in the transaction that applies it. The inbox's own status follows. */
export async function recordAppliedEvent(tx: ShopTx, stripeEventId: string): Promise<void> {
  await tx.sql(
    'insert into applied_event (shop_id, stripe_event_id) values ($1, $2) on conflict do nothing',
    [tx.shopId, stripeEventId],
  );
}
