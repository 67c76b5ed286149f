import { HoldEntity } from '../inventory/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { hasMoney, paysForCart } from './give-back.rules.ts';
import {
  type FactKind,
  type Order,
  OrderEntity,
  OrderFactEntity,
  type SessionState,
} from './order.entities.ts';
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

/** The order's row alone; `lock` makes whoever else changes this order wait. */
export async function findOrder(
  tx: ShopTx,
  orderId: string,
  lock: 'lock' | 'read' = 'read',
): Promise<Order | null> {
  if (lock === 'lock') {
    await tx.sql('select 1 from sales_order where shop_id = $1 and order_id = $2 for update', [
      tx.shopId,
      orderId,
    ]);
  }
  return tx.em.findOne(OrderEntity, { shopId: tx.shopId, orderId });
}

export async function findOrderBySession(
  tx: ShopTx,
  checkoutSessionId: string,
): Promise<Order | null> {
  return tx.em.findOne(OrderEntity, { shopId: tx.shopId, checkoutSessionId });
}

type KnownOrder = OrderFacts & { readonly holdId: string };

async function readOwnFacts(tx: ShopTx, order: Order): Promise<KnownOrder> {
  const { shopId } = tx;
  const rows = await tx.em.find(OrderFactEntity, { shopId, orderId: order.orderId });
  const facts = rows.map(({ kind, reference, amountMinor, detail, occurredAt }) => ({
    kind,
    reference,
    amountMinor: amountMinor ?? null,
    detail: detail ?? null,
    occurredAt,
  }));
  const holdId = holdInForce(order.holdId, facts);
  const hold = await tx.em.findOne(HoldEntity, { shopId, holdId });
  if (hold === null) throw new Error(`order ${order.orderId} has no hold ${holdId}`);
  return {
    holdId,
    sessionState: order.sessionState,
    totalMinor: order.totalMinor,
    hold: { state: hold.state, returned: hold.returnedAt != null },
    facts,
    cartIsPaidElsewhere: false,
  };
}

/** Other orders of the same cart that money has come in for: rare, since a cart has one open checkout. */
async function readRivals(
  tx: ShopTx,
  { orderId, cartId }: Order,
): Promise<(KnownOrder & { readonly orderId: string })[]> {
  if (cartId == null) return [];
  const rows = await tx.sql<{ order_id: string }>(
    `select o.order_id from sales_order o
      where o.shop_id = $1 and o.cart_id = $2 and o.order_id <> $3
        and exists (select from order_fact f where f.shop_id = o.shop_id and f.order_id = o.order_id
                       and f.kind in ('payment_succeeded', 'payment_processing'))`,
    [tx.shopId, cartId, orderId],
  );
  const rivals: (KnownOrder & { readonly orderId: string })[] = [];
  for (const { order_id: rivalId } of rows) {
    const rival = await findOrder(tx, rivalId);
    if (rival !== null) rivals.push({ ...(await readOwnFacts(tx, rival)), orderId: rivalId });
  }
  return rivals.filter(hasMoney);
}

/**
 * What `order-status.rules` decides from, and which hold is in force. `losingRivals` are other orders of the cart whose
 * money is to be given back because of this one's.
 */
export async function readFacts(
  tx: ShopTx,
  order: Order,
): Promise<KnownOrder & { readonly losingRivals: readonly string[] }> {
  const own = await readOwnFacts(tx, order);
  const rivals = hasMoney(own) ? await readRivals(tx, order) : [];
  const losing = rivals.filter((rival) => paysForCart(own, rival));
  return {
    ...own,
    cartIsPaidElsewhere: losing.length < rivals.length,
    losingRivals: losing.map(({ orderId }) => orderId),
  };
}

/** Adds facts; one that is known already stays as it was first recorded. @returns those that are new. */
export async function recordFacts(
  tx: ShopTx,
  orderId: string,
  facts: readonly NewFact[],
): Promise<NewFact[]> {
  const added: NewFact[] = [];
  for (const fact of facts) {
    const rows = await tx.sql(
      `insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, detail, occurred_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1`,
      [
        tx.shopId,
        orderId,
        fact.kind,
        fact.reference,
        fact.amountMinor ?? null,
        fact.currency ?? null,
        fact.detail ?? null,
        fact.occurredAt,
      ],
    );
    if (rows.length > 0) added.push(fact);
  }
  return added;
}

/** Ends are final: a session that is complete, expired or refused never becomes anything else. */
export async function setSessionState(
  tx: ShopTx,
  orderId: string,
  state: SessionState,
): Promise<void> {
  await tx.sql(
    `update sales_order set session_state = $3
      where shop_id = $1 and order_id = $2 and session_state in ('creating', 'open')`,
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
  await tx.sql(
    `update sales_order
        set checkout_session_id = $3, client_secret = $4,
            session_state = case when session_state = 'creating' then 'open' else session_state end
      where shop_id = $1 and order_id = $2 and checkout_session_id is null`,
    [tx.shopId, order.orderId, session.id, session.clientSecret],
  );
  await claimStripeObject(tx, environment, 'checkout.session', session.id, order.orderId);
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
