/** An event about an order: its facts and its part of the ledger in one transaction, then whatever follows for stock. */
import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { ShopTx } from '../platform/db.ts';
import { fromStripeAmount, outcomeOf } from '../platform/stripe/index.ts';
import { bookPayments } from './book-payments.ts';
import {
  type EventReading,
  movesStock,
  type OrderEvent,
  readOrderEvent,
} from './event-facts.rules.ts';
import { givenBackMinor } from './give-back.rules.ts';
import type { Order } from './order.entities.ts';
import {
  claimStripeObject,
  findOrder,
  type NewFact,
  readOrderFacts,
  recordAppliedEvent,
  recordFacts,
  recordSession,
  setSessionState,
} from './order-rows.ts';
import { raiseAttention } from './raise-attention.ts';
import { recordRefunds } from './record-refunds.ts';
import { type Decided, decideSettlement, settleOrder } from './settle-order.ts';

export type OrderOutcome = 'applied' | 'ignored' | 'unknown_order';

type Recorded =
  | { readonly kind: 'unknown_order' }
  | { readonly kind: 'refunds_unknown'; readonly order: Order; readonly chargeId: string }
  | {
      readonly kind: 'recorded';
      readonly added: readonly NewFact[];
      /** What the event asks for; null where it moves no stock. */
      readonly decided: Decided | null;
    };

function idOf(reference: string | { readonly id: string } | null): string | null {
  return reference === null || typeof reference === 'string' ? reference : reference.id;
}

/** A session or an intent says itself whose it is; a charge, a refund and a dispute belong to an intent, which does. */
function intentOf(event: OrderEvent): string | null {
  const { object } = event.data;
  const isIntents =
    object.object === 'charge' || object.object === 'refund' || object.object === 'dispute';
  return isIntents ? idOf(object.payment_intent) : null;
}

type Named = { readonly orderId: string } | 'ignored' | 'unknown_order';

/** What names this shop must name an order of it; what names no shop is not ours, but a subscription's, or made by hand. */
function orderNamedBy(metadata: Stripe.Metadata | null, shopId: string): Named {
  const { shop_id: shop, order_id: orderId } = metadata ?? {};
  if (shop === undefined) return 'ignored';
  return shop === shopId && orderId !== undefined ? { orderId } : 'unknown_order';
}

/**
 * The order of an event that neither the map nor its own metadata gives one: the first that is heard of its payment may
 * be that it is given back or contested. Its intent is asked for.
 * @throws while Stripe does not answer
 */
async function askWhose(
  deps: Pick<Deps, 'stripe' | 'metrics'>,
  shopId: string,
  event: OrderEvent,
): Promise<Named> {
  const { object } = event.data;
  if (object.object === 'checkout.session' && object.mode !== 'payment') return 'ignored';
  const own = orderNamedBy(object.metadata, shopId);
  const intentId = intentOf(event);
  if (intentId === null) return own;
  const outcome = await outcomeOf(() => deps.stripe.paymentIntents.retrieve(intentId));
  const call = 'paymentIntents.retrieve';
  deps.metrics.stripeCalls.inc({ shop: shopId, call, outcome: outcome.kind });
  if (outcome.kind === 'ok') return orderNamedBy(outcome.value.metadata, shopId);
  if (outcome.kind === 'refused' && outcome.status === 404) return 'unknown_order';
  throw new Error(`the payment of ${event.type} ${event.id} is not known yet: ${outcome.kind}`);
}

async function record(
  deps: Pick<Deps, 'config' | 'clock'>,
  tx: ShopTx,
  orderId: string,
  event: OrderEvent,
): Promise<Recorded> {
  const order = await findOrder(tx, orderId, 'lock');
  if (order === null) return { kind: 'unknown_order' };
  const reading = readOrderEvent(event, order, fromStripeAmount);
  if (reading === null) return { kind: 'unknown_order' };
  const { refunded } = reading;
  if (refunded !== null) {
    const facts = await readOrderFacts(tx, orderId);
    if (givenBackMinor({ facts }, refunded.paymentReference) < refunded.amountMinor)
      return { kind: 'refunds_unknown', order, chargeId: refunded.chargeId };
  }
  const added = await write(deps, tx, order, event.id, reading);
  // Books what was written, and ends the transaction.
  if (movesStock(reading))
    return { kind: 'recorded', added, decided: await decideSettlement(deps, tx, orderId) };
  if (reading.facts.length > 0) await bookPayments(tx, order);
  return { kind: 'recorded', added, decided: null };
}

async function write(
  { config }: Pick<Deps, 'config'>,
  tx: ShopTx,
  order: Order,
  eventId: string,
  { facts, objects, session }: EventReading,
): Promise<NewFact[]> {
  const { orderId } = order;
  const { environment } = config;
  const [added] = await Promise.all([
    recordFacts(tx, orderId, facts),
    recordAppliedEvent(tx, eventId),
    ...(session === null ? [] : [recordSession(tx, order, session, environment)]),
    ...objects.map(({ objectType, stripeId }) =>
      claimStripeObject(tx, environment, objectType, stripeId, orderId),
    ),
    ...(session === null || session.state === 'open'
      ? []
      : [setSessionState(tx, orderId, session.state)]),
  ]);
  return added;
}

/** Refunds that Stripe has told of only by their sum: they are asked for, one by one. @throws while it does not answer */
async function lookUpRefunds(
  deps: Deps,
  shopId: string,
  event: OrderEvent,
  { order, chargeId }: Extract<Recorded, { kind: 'refunds_unknown' }>,
): Promise<void> {
  const outcome = await outcomeOf(() =>
    deps.stripe.refunds.list({ charge: chargeId, limit: 100 }).autoPagingToArray({ limit: 1_000 }),
  );
  deps.metrics.stripeCalls.inc({ shop: shopId, call: 'refunds.list', outcome: outcome.kind });
  if (outcome.kind !== 'ok')
    throw new Error(`the refunds of ${chargeId} are not known yet: ${outcome.kind}`);
  const seenAt = deps.clock.now();
  await recordRefunds(deps, shopId, order, outcome.value, { seenAt, eventId: event.id });
}

/**
 * Applies the event to the order that it is about. Safe to repeat.
 * @param orderId as the map or the event's metadata has it
 * @throws so that the job comes back: while Stripe or the database does not answer
 */
export async function applyOrderEvent(
  deps: Deps,
  shopId: string,
  orderId: string | null,
  event: OrderEvent,
): Promise<OrderOutcome> {
  const named = orderId === null ? await askWhose(deps, shopId, event) : { orderId };
  if (typeof named === 'string') return named;
  const recorded = await deps.db.inShop(shopId, (tx) => record(deps, tx, named.orderId, event));
  if (recorded.kind === 'unknown_order') return 'unknown_order';
  if (recorded.kind === 'refunds_unknown') {
    await lookUpRefunds(deps, shopId, event, recorded);
    return 'applied';
  }
  raiseAttention(deps, shopId, named.orderId, recorded.added);
  deps.killPoint('webhook.after_facts');
  if (recorded.decided !== null) await settleOrder(deps, shopId, named.orderId, recorded.decided);
  return 'applied';
}
