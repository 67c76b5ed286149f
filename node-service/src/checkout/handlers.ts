import { SHOP_CONTEXT_HEADERS } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { CreateCheckoutSessionRequest } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { Handler, ShopCall } from '../http/operation.ts';
import { Problem } from '../platform/problem.ts';
import type { TokenClaims } from '../tenancy/index.ts';
import { createCheckoutSession } from './create-checkout-session.ts';
import { cancelCheckoutSession, finalizeCheckoutSession, getOrderStatus } from './order-status.ts';

/** The pipeline has checked that the bearer is there. */
function buyerOf({ bearer }: ShopCall): TokenClaims {
  if (bearer === undefined)
    throw new Error('an operation for the buyer of an order asks for no token');
  return bearer;
}

export function checkoutHandlers(deps: Deps) {
  const onSession = (operate: typeof finalizeCheckoutSession): Handler => ({
    scope: 'shop',
    handle: async (call) => {
      const checkoutSessionId = call.params.checkoutSessionId ?? '';
      const body = await operate(deps, {
        shopId: call.shop.shopId,
        checkoutSessionId,
        buyer: buyerOf(call),
      });
      return { status: 200, body };
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
        const headers = answer.replayed ? { 'idempotency-replayed': 'true' } : {};
        return { status: 201, body: answer.body, headers };
      },
    },
    finalizeCheckoutSession: onSession(finalizeCheckoutSession),
    cancelCheckoutSession: onSession(cancelCheckoutSession),
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
