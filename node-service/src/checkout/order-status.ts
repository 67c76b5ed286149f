import type { Order as OrderAnswer } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import type { TokenClaims } from '../tenancy/index.ts';
import { isDisputed } from './dispute.rules.ts';
import type { Order } from './order.entities.ts';
import { findOrderBySession, type KnownOrder, readOrder, recordFacts } from './order-rows.ts';
import { orderStatus } from './order-status.rules.ts';
import { checkOrderToken } from './order-token.ts';
import { syncSession } from './sync-session.ts';

function present({ orderId }: Order, known: KnownOrder): OrderAnswer {
  const status = orderStatus(known);
  return {
    orderId,
    status,
    disputed: isDisputed(known.facts),
    finalized: status !== 'processing' && status !== 'needs_attention',
  };
}

/** @throws Problem order_not_found, forbidden, unauthenticated */
export async function getOrderStatus(
  deps: Pick<Deps, 'db'>,
  call: { readonly shopId: string; readonly orderId: string; readonly buyer: TokenClaims },
): Promise<OrderAnswer> {
  return deps.db.inShop(call.shopId, async (tx) => {
    const read = await readOrder(tx, call.orderId);
    if (read === null)
      throw new Problem('order_not_found', { detail: 'This shop has no such order.' });
    checkOrderToken(call.buyer, read.order);
    return present(read.order, read.known);
  });
}

type SessionCall = {
  readonly shopId: string;
  readonly checkoutSessionId: string;
  readonly buyer: TokenClaims;
};

/** The order of a session, if it is this buyer's. @throws Problem checkout_session_not_found, forbidden, unauthenticated */
export async function ordersOwn(deps: Pick<Deps, 'db'>, call: SessionCall): Promise<Order> {
  const order = await deps.db.inShop(call.shopId, (tx) =>
    findOrderBySession(tx, call.checkoutSessionId),
  );
  if (order === null)
    throw new Problem('checkout_session_not_found', {
      detail: 'This shop has no such checkout session.',
    });
  checkOrderToken(call.buyer, order);
  return order;
}

async function sync(
  deps: Deps,
  call: SessionCall,
  order: Order,
  how: 'look' | 'expire',
): Promise<OrderAnswer> {
  if (!(await syncSession(deps, call.shopId, order, how))) {
    throw new Problem(
      'payment_outcome_unknown',
      { detail: 'The payment provider has not answered. Try again.' },
      { retryAfterMs: 2_000 },
    );
  }
  return getOrderStatus(deps, { shopId: call.shopId, orderId: order.orderId, buyer: call.buyer });
}

/** The fast path that need not wait for the webhook: asks Stripe how the session stands. @throws Problem */
export async function finalizeCheckoutSession(deps: Deps, call: SessionCall): Promise<OrderAnswer> {
  return sync(deps, call, await ordersOwn(deps, call), 'look');
}

/**
 * The buyer gives up: the session is ended at Stripe, and only then is the stock free. An order that was paid
 * meanwhile, or has ended, answers with its status.
 * @throws Problem
 */
export async function cancelCheckoutSession(deps: Deps, call: SessionCall): Promise<OrderAnswer> {
  const order = await ordersOwn(deps, call);
  if (order.sessionState === 'open') {
    await deps.db.inShop(call.shopId, (tx) =>
      recordFacts(tx, order.orderId, [
        { kind: 'cancel_requested', reference: 'buyer', occurredAt: deps.clock.now() },
      ]),
    );
  }
  return sync(deps, call, order, 'expire');
}
