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
import { isApplied } from './event-types.rules.ts';
import { identifiersOf } from './identifiers.rules.ts';

export type EventJob = {
  readonly shopId: string;
  readonly requestId: string;
  readonly stripeEventId: string;
};

type Outcome = 'applied' | 'ignored' | 'unknown_order';

/** An event in hand, and the order that it is about: what the map knows its objects by, else what its metadata names. */
type InHand = {
  readonly event: Stripe.Event;
  readonly status: string;
  readonly orderId: string | null;
};

async function takeInHand(deps: Deps, { shopId, stripeEventId }: EventJob): Promise<InHand> {
  const { environment } = deps.config;
  return deps.db.asPlatform('read a webhook event', async (tx) => {
    const [row] = await tx.sql<{ payload: Stripe.Event; status: string }>(
      `select payload, status from webhook_inbox
        where environment = $1 and stripe_event_id = $2 and shop_id = $3`,
      [environment, stripeEventId, shopId],
    );
    if (row === undefined)
      throw new Error(`no event ${stripeEventId} of shop ${shopId} in the inbox`);
    const { payload: event, status } = row;
    const { orderId, objects } = identifiersOf(event);
    const [mapped] = await tx.sql<{ order_id: string }>(
      `select order_id from stripe_object_shop_map
        where environment = $1 and shop_id = $2 and order_id is not null and stripe_id = any($3) limit 1`,
      [environment, shopId, objects.map(({ stripeId }) => stripeId)],
    );
    return { event, status, orderId: mapped?.order_id ?? orderId };
  });
}

async function applySession(
  deps: Deps,
  shopId: string,
  order: Order | null,
  event: Stripe.Event,
  session: Stripe.Checkout.Session,
): Promise<Outcome> {
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
  order: Order | null,
  event: Stripe.Event,
  intent: Stripe.PaymentIntent,
): Promise<Outcome> {
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
  order: Order | null,
  event: Stripe.Event,
  refund: Stripe.Refund,
): Promise<Outcome> {
  if (order === null) return 'ignored';
  const seenAt = new Date(event.created * 1_000);
  await recordRefunds(deps, shopId, order, [refund], { seenAt, eventId: event.id });
  deps.killPoint('webhook.after_facts');
  return 'applied';
}

async function apply(
  deps: Deps,
  shopId: string,
  { event, orderId }: Pick<InHand, 'event' | 'orderId'>,
): Promise<Outcome> {
  if (!isApplied(event)) return 'ignored';
  const order =
    orderId === null ? null : await deps.db.inShop(shopId, (tx) => findOrder(tx, orderId));
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired':
      return applySession(deps, shopId, order, event, event.data.object);
    case 'payment_intent.succeeded':
      return applyPayment(deps, shopId, order, event, event.data.object);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return applyRefund(deps, shopId, order, event, event.data.object);
  }
}

const EVENT = 'environment = $1 and stripe_event_id = $2 and shop_id = $3';

/** Applies one event of the inbox to its shop. Safe to repeat. @throws so that the job comes back. */
export async function processEvent(deps: Deps, job: EventJob): Promise<void> {
  const { environment } = deps.config;
  const inHand = await takeInHand(deps, job);
  if (inHand.status !== 'received') return;
  const where = [environment, job.stripeEventId, job.shopId];
  const { event } = inHand;
  const outcome = await apply(deps, job.shopId, inHand).catch(async (error: unknown) => {
    await deps.db.asPlatform('count a failed attempt', (tx) =>
      tx.sql(`update webhook_inbox set attempts = attempts + 1 where ${EVENT}`, where),
    );
    throw error;
  });
  deps.killPoint('webhook.before_finished');
  await deps.db.asPlatform('finish a webhook event', async (tx) => {
    if (outcome === 'unknown_order') {
      const detail = `${event.type} names no order of ${job.shopId}`;
      await writeDeadLetter(tx, deps, {
        source: 'webhook',
        reference: event.id,
        shopId: job.shopId,
        reason: outcome,
        detail,
        payload: event,
      });
      return;
    }
    await tx.sql(
      `update webhook_inbox set status = $4, attempts = attempts + 1, finished_at = now()
        where ${EVENT} and status = 'received'`,
      [...where, outcome],
    );
  });
  deps.metrics.webhooks.inc({ shop: job.shopId, event_type: event.type, outcome });
}
