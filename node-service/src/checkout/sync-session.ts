import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import { fromStripeAmount, outcomeOf, type StripeOutcome } from '../platform/stripe/index.ts';
import type { Order } from './order.entities.ts';
import {
  claimStripeObject,
  findOrder,
  recordFacts,
  recordSession,
  setSessionState,
} from './order-rows.ts';
import { raiseAttention } from './raise-attention.ts';
import { readSession, readSnapshot } from './session-facts.rules.ts';
import { type Decided, decideSettlement, settleOrder } from './settle-order.ts';

type Syncing = Pick<
  Deps,
  'db' | 'allocator' | 'clock' | 'metrics' | 'log' | 'config' | 'stripe' | 'killPoint'
>;

/**
 * Writes down what a snapshot of the order's session says, books its money, and decides what it asks for; `settleOrder`
 * moves the stock.
 */
export async function recordSnapshot(
  deps: Pick<Deps, 'db' | 'config' | 'metrics' | 'log' | 'clock'>,
  shopId: string,
  order: Order,
  session: Stripe.Checkout.Session,
  options: { readonly occurredAt: Date; readonly failed: boolean },
): Promise<Decided | null> {
  const snapshot = readSnapshot(session, fromStripeAmount);
  const reading = readSession(snapshot, order, options);
  const { orderId } = order;
  const { environment } = deps.config;
  const { state } = reading;
  const { paymentIntentId } = snapshot;
  const opened = { id: session.id, clientSecret: session.client_secret };
  const { added, decided } = await deps.db.inShop(shopId, async (tx) => {
    const [, added] = await Promise.all([
      findOrder(tx, orderId, 'lock'),
      recordFacts(tx, orderId, reading.facts),
      recordSession(tx, order, opened, environment),
      ...(state === 'open' ? [] : [setSessionState(tx, orderId, state)]),
      ...(paymentIntentId === null
        ? []
        : [claimStripeObject(tx, environment, 'payment_intent', paymentIntentId, orderId)]),
    ]);
    return { added, decided: await decideSettlement(deps, tx, orderId) };
  });
  raiseAttention(deps, shopId, orderId, added);
  return decided;
}

function count(deps: Syncing, shopId: string, call: string, outcome: StripeOutcome<unknown>): void {
  deps.metrics.stripeCalls.inc({ shop: shopId, call, outcome: outcome.kind });
}

async function expireOrRetrieve(
  deps: Syncing,
  shopId: string,
  sessionId: string,
): Promise<StripeOutcome<Stripe.Checkout.Session>> {
  // No key of ours: Stripe would repeat a stored failure to it, and expiring twice is harmless.
  const expired = await outcomeOf(() => deps.stripe.checkout.sessions.expire(sessionId));
  count(deps, shopId, 'checkout.sessions.expire', expired);
  // Refused because it is not open any more: what it became instead is what counts.
  return expired.kind === 'refused' ? retrieve(deps, shopId, sessionId) : expired;
}

async function retrieve(
  deps: Syncing,
  shopId: string,
  sessionId: string,
): Promise<StripeOutcome<Stripe.Checkout.Session>> {
  const outcome = await outcomeOf(() => deps.stripe.checkout.sessions.retrieve(sessionId));
  count(deps, shopId, 'checkout.sessions.retrieve', outcome);
  return outcome;
}

/**
 * Asks Stripe how the order's session stands, or ends it, and settles the order by the answer. Stock is freed only by
 * this answer, never by our clock: a session that was paid meanwhile is found out here.
 * @returns whether Stripe answered.
 */
export async function syncSession(
  deps: Syncing,
  shopId: string,
  order: Order,
  how: 'look' | 'expire',
): Promise<boolean> {
  if (order.checkoutSessionId == null) throw new Error(`order ${order.orderId} has no session`);
  const ask = how === 'expire' ? expireOrRetrieve : retrieve;
  const outcome = await ask(deps, shopId, order.checkoutSessionId);
  if (outcome.kind !== 'ok') return false;
  deps.killPoint('sync.after_stripe');
  const decided = await recordSnapshot(deps, shopId, order, outcome.value, {
    occurredAt: deps.clock.now(),
    failed: false,
  });
  deps.killPoint('sync.after_facts');
  await settleOrder(deps, shopId, order.orderId, decided);
  return true;
}
