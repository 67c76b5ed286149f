import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import type { Order } from './order.entities.ts';
import { readOrder, recordFacts } from './order-rows.ts';
import { isGivenBack, isPaid, isPaymentUnderWay, orderStatus } from './order-status.rules.ts';
import { syncSession } from './sync-session.ts';

/**
 * A cart has one open checkout, and is bought once: a newer one first ends the earlier ones at Stripe, whose stock it may
 * need.
 * @throws Problem cart_already_paid where an older one was paid, known or found out here; payment_outcome_unknown or
 * idempotency_in_progress where it cannot be ended yet.
 */
export async function releaseOtherCheckouts(
  deps: Deps,
  shopId: string,
  earlier: readonly Order[],
): Promise<void> {
  for (const order of earlier) {
    if (order.sessionState !== 'complete') await end(deps, shopId, order);
    await checkNotPaid(deps, shopId, order);
  }
}

/** @throws Problem idempotency_in_progress, payment_outcome_unknown where it cannot be ended yet. */
async function end(deps: Deps, shopId: string, order: Order): Promise<void> {
  if (order.checkoutSessionId == null) {
    throw new Problem(
      'idempotency_in_progress',
      { detail: 'An earlier checkout of this cart is not finished.' },
      { retryAfterMs: 5_000 },
    );
  }
  await deps.db.inShop(shopId, (tx) =>
    recordFacts(tx, order.orderId, [
      { kind: 'cancel_requested', reference: 'newer_checkout', occurredAt: deps.clock.now() },
    ]),
  );
  if (await syncSession(deps, shopId, order, 'expire')) return;
  throw new Problem(
    'payment_outcome_unknown',
    { detail: 'An earlier checkout of this cart cannot be ended yet.' },
    { retryAfterMs: 2_000 },
  );
}

/** @throws Problem cart_already_paid, also where money came in that a person must look at first. */
async function checkNotPaid(deps: Deps, shopId: string, { orderId }: Order): Promise<void> {
  const read = await deps.db.inShop(shopId, (tx) => readOrder(tx, orderId));
  if (read === null) throw new Error(`no order ${orderId}`);
  const facts = read.known;
  const isBought = isPaid(facts) || isPaymentUnderWay(facts);
  // Whoever gets all their money back, since there was no stock, may try again.
  const isUnclear = orderStatus(facts) === 'needs_attention' && !isGivenBack(facts);
  if (!isBought && !isUnclear) return;
  throw new Problem('cart_already_paid', { detail: `This cart was paid as order ${orderId}.` });
}
