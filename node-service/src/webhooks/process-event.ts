import type Stripe from 'stripe';
import {
  bookPayments,
  claimStripeObject,
  findOrder,
  type Order,
  raiseAttention,
  recordAppliedEvent,
  recordFacts,
  recordRefunds,
  recordSnapshot,
  settleOrder,
} from '../checkout/index.ts';
import type { Deps } from '../deps.ts';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { identifiersOf } from './identifiers.rules.ts';

export type EventJob = {
  readonly shopId: string;
  readonly requestId: string;
  readonly stripeEventId: string;
};

type Outcome = 'applied' | 'ignored' | 'unknown_order';

/** The order an event is about, by its own metadata, else by an object of it that the map knows. */
async function findOrderOf(deps: Deps, shopId: string, event: Stripe.Event): Promise<Order | null> {
  const { orderId, objects } = identifiersOf(event);
  const mapped = await deps.db.asPlatform('find the order of an event', (tx) =>
    tx.sql<{ order_id: string }>(
      `select order_id from stripe_object_shop_map
        where environment = $1 and shop_id = $2 and order_id is not null and stripe_id = any($3) limit 1`,
      [deps.config.environment, shopId, objects.map(({ stripeId }) => stripeId)],
    ),
  );
  const found = mapped[0]?.order_id ?? orderId;
  return found === null ? null : deps.db.inShop(shopId, (tx) => findOrder(tx, found));
}

async function applySession(
  deps: Deps,
  shopId: string,
  event: Stripe.Event,
  session: Stripe.Checkout.Session,
): Promise<Outcome> {
  const order = await findOrderOf(deps, shopId, event);
  if (order === null) return 'unknown_order';
  // A session that was not made by this order's one call says nothing of this order, whatever its metadata.
  if (order.checkoutSessionId != null && order.checkoutSessionId !== session.id)
    return 'unknown_order';
  const failed = event.type === 'checkout.session.async_payment_failed';
  await recordSnapshot(deps, shopId, order, session, {
    occurredAt: new Date(event.created * 1_000),
    failed,
    eventId: event.id,
  });
  deps.killPoint('webhook.after_facts');
  await settleOrder(deps, shopId, order.orderId);
  return 'applied';
}

/** A payment seen by its intent: the same fact as its session gives, whichever comes first. */
async function applyPayment(
  deps: Deps,
  shopId: string,
  event: Stripe.Event,
  intent: Stripe.PaymentIntent,
): Promise<Outcome> {
  const order = await findOrderOf(deps, shopId, event);
  if (order === null) return 'unknown_order';
  const occurredAt = new Date(event.created * 1_000);
  const currency = intent.currency.toUpperCase();
  const amountMinor = fromStripeAmount(intent.amount_received, currency);
  const agreed = amountMinor === order.totalMinor && currency === order.currency;
  const added = await deps.db.inShop(shopId, async (tx) => {
    await findOrder(tx, order.orderId, 'lock');
    await recordAppliedEvent(tx, event.id);
    await claimStripeObject(
      tx,
      deps.config.environment,
      'payment_intent',
      intent.id,
      order.orderId,
    );
    const payment = { reference: intent.id, occurredAt, amountMinor, currency };
    const detail = `intent ${intent.id} of ${amountMinor} ${currency}`;
    const facts = await recordFacts(
      tx,
      order.orderId,
      agreed
        ? [{ ...payment, kind: 'payment_succeeded' }]
        : [
            { ...payment, kind: 'payment_mismatched' },
            { kind: 'needs_attention', reference: 'amount_mismatch', occurredAt, detail },
          ],
    );
    await bookPayments(tx, order);
    return facts;
  });
  raiseAttention(deps, shopId, order.orderId, added);
  await settleOrder(deps, shopId, order.orderId);
  return 'applied';
}

/** A refund, whoever made it. One of a payment that is no order's is nothing to us. */
async function applyRefund(
  deps: Deps,
  shopId: string,
  event: Stripe.Event,
  refund: Stripe.Refund,
): Promise<Outcome> {
  const order = await findOrderOf(deps, shopId, event);
  if (order === null) return 'ignored';
  const seenAt = new Date(event.created * 1_000);
  await recordRefunds(deps, shopId, order, [refund], { seenAt, eventId: event.id });
  deps.killPoint('webhook.after_facts');
  return 'applied';
}

/** Nothing to apply, but an object to know again: a refund or a dispute names only this. */
async function learnObject(deps: Deps, shopId: string, event: Stripe.Event): Promise<Outcome> {
  const order = await findOrderOf(deps, shopId, event);
  const [own] = identifiersOf(event).objects;
  if (order === null || own === undefined) return 'ignored';
  await deps.db.inShop(shopId, (tx) =>
    claimStripeObject(tx, deps.config.environment, own.objectType, own.stripeId, order.orderId),
  );
  return 'ignored';
}

async function apply(deps: Deps, shopId: string, event: Stripe.Event): Promise<Outcome> {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired':
      return applySession(deps, shopId, event, event.data.object);
    case 'payment_intent.succeeded':
      return applyPayment(deps, shopId, event, event.data.object);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return applyRefund(deps, shopId, event, event.data.object);
    case 'payment_intent.created':
    case 'payment_intent.processing':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled':
    case 'charge.succeeded':
    // Its refunds are told by events of their own.
    case 'charge.refunded':
    case 'charge.updated':
      return learnObject(deps, shopId, event);
    default:
      return 'ignored';
  }
}

/** Applies one event of the inbox to its shop. Safe to repeat. @throws so that the job comes back. */
export async function processEvent(deps: Deps, job: EventJob): Promise<void> {
  const { environment } = deps.config;
  const where = [environment, job.stripeEventId, job.shopId];
  const [row] = await deps.db.asPlatform('read a webhook event', (tx) =>
    tx.sql<{ payload: Stripe.Event; status: string }>(
      `update webhook_inbox set attempts = attempts + 1
        where environment = $1 and stripe_event_id = $2 and shop_id = $3 returning payload, status`,
      where,
    ),
  );
  if (row === undefined)
    throw new Error(`no event ${job.stripeEventId} of shop ${job.shopId} in the inbox`);
  if (row.status !== 'received') return;
  const outcome = await apply(deps, job.shopId, row.payload);
  deps.killPoint('webhook.before_finished');
  await deps.db.asPlatform('finish a webhook event', async (tx) => {
    if (outcome === 'unknown_order') {
      const { payload } = row;
      const detail = `${payload.type} names no order of ${job.shopId}`;
      await writeDeadLetter(tx, deps, {
        source: 'webhook',
        reference: payload.id,
        shopId: job.shopId,
        reason: outcome,
        detail,
        payload,
      });
      return;
    }
    await tx.sql(
      `update webhook_inbox set status = $4, finished_at = now()
        where environment = $1 and stripe_event_id = $2 and shop_id = $3 and status = 'received'`,
      [...where, outcome],
    );
  });
  deps.metrics.webhooks.inc({ shop: job.shopId, event_type: row.payload.type, outcome });
}
