import type { CreateCheckoutSessionRequest } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import { OrderEntity } from './order.entities.ts';
import { findOrder, readFacts, recordFacts } from './order-rows.ts';
import { isPaid, isPaymentUnderWay } from './order-status.rules.ts';
import { syncSession } from './sync-session.ts';

/**
 * A cart has one open checkout: a newer one first ends the older at Stripe, whose stock it may need.
 * @throws Problem cart_already_paid where the older one was paid meanwhile; payment_outcome_unknown or
 * idempotency_in_progress where it cannot be ended yet.
 */
export async function releaseOtherCheckouts(
  deps: Deps,
  shopId: string,
  request: CreateCheckoutSessionRequest,
): Promise<void> {
  const cartId = request.items === undefined ? request.cart?.id : undefined;
  if (cartId === undefined) return;
  const open = await deps.db.inShop(shopId, (tx) =>
    tx.em.find(OrderEntity, { shopId, cartId, sessionState: { $in: ['creating', 'open'] } }),
  );
  for (const order of open) {
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
    if (!(await syncSession(deps, shopId, order, 'expire'))) {
      throw new Problem(
        'payment_outcome_unknown',
        { detail: 'An earlier checkout of this cart cannot be ended yet.' },
        { retryAfterMs: 2_000 },
      );
    }
    const facts = await deps.db.inShop(shopId, async (tx) => {
      const after = await findOrder(tx, order.orderId);
      if (after === null) throw new Error(`no order ${order.orderId}`);
      return readFacts(tx, after);
    });
    if (isPaid(facts) || isPaymentUnderWay(facts)) {
      throw new Problem('cart_already_paid', {
        detail: `This cart was paid as order ${order.orderId}.`,
      });
    }
  }
}
