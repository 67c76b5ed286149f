import { SHOP_CONTEXT_HEADERS } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { CreateCheckoutSessionRequest } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { Handler, ShopCall } from '../http/operation.ts';
import { answerOnce } from '../platform/answer-once.ts';
import { hashOf } from '../platform/content-hash.ts';
import { Problem } from '../platform/problem.ts';
import type { TokenClaims } from '../tenancy/index.ts';
import { createCheckoutSession } from './create-checkout-session.ts';
import {
  cancelCheckoutSession,
  finalizeCheckoutSession,
  getOrderStatus,
  ordersOwn,
} from './order-status.ts';

/** The pipeline has checked that the bearer is there. */
function buyerOf({ bearer }: ShopCall): TokenClaims {
  if (bearer === undefined)
    throw new Error('an operation for the buyer of an order asks for no token');
  return bearer;
}

function replayHeader(replayed: boolean): Record<string, string> {
  return replayed ? { 'idempotency-replayed': 'true' } : {};
}

export function checkoutHandlers(deps: Deps) {
  const onSession = (operation: string, operate: typeof finalizeCheckoutSession): Handler => ({
    scope: 'shop',
    handle: async (call) => {
      const { idempotencyKey: key, shop } = call;
      if (key === undefined) throw new Error(`${operation} asks for no key`);
      const checkoutSessionId = call.params.checkoutSessionId ?? '';
      const buyer = buyerOf(call);
      const requestHash = hashOf({ checkoutSessionId });
      const { shopId } = shop;
      const once = { shopId, operation, principal: buyer.subject, key, requestHash };
      // Before a stored answer is given: a revoked token gets none.
      await ordersOwn(deps, { shopId, checkoutSessionId, buyer });
      const answer = await answerOnce(deps, once, () =>
        operate(deps, { shopId, checkoutSessionId, buyer }),
      );
      return { status: 200, body: answer.body, headers: replayHeader(answer.replayed) };
    },
  });
  return {
    createCheckoutSession: {
      scope: 'shop',
      handle: async ({ shop, context, requestId, idempotencyKey, body }) => {
        if (idempotencyKey === undefined) throw new Error('checkout asks for no key');
        const canonicalHost = context.canonicalHost ?? context.host;
        if (canonicalHost === undefined) {
          const path = SHOP_CONTEXT_HEADERS.canonicalHost;
          throw new Problem('shop_context_required', {
            detail: 'A checkout needs the host that its buyer comes back to.',
            errors: [{ path, message: 'is required' }],
          });
        }
        const request = body as CreateCheckoutSessionRequest;
        const answer = await createCheckoutSession(deps, {
          shop,
          canonicalHost,
          requestId,
          idempotencyKey,
          request,
        });
        deps.killPoint('checkout.before_answer');
        const headers = replayHeader(answer.replayed);
        return { status: 201, body: answer.body, headers };
      },
    },
    finalizeCheckoutSession: onSession('finalizeCheckoutSession', finalizeCheckoutSession),
    cancelCheckoutSession: onSession('cancelCheckoutSession', cancelCheckoutSession),
    getOrderStatus: {
      scope: 'shop',
      handle: async (call) => {
        const orderId = call.params.orderId ?? '';
        return {
          status: 200,
          body: await getOrderStatus(deps, {
            shopId: call.shop.shopId,
            orderId,
            buyer: buyerOf(call),
          }),
        };
      },
    },
  } as const satisfies Record<string, Handler>;
}
