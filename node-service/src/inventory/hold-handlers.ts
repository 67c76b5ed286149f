import type {
  CommitHoldRequest,
  CreateHoldRequest,
  ExtendHoldRequest,
} from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Answer, Handler, ShopCall } from '../http/operation.ts';
import {
  commitHold,
  createHold,
  extendHold,
  type HoldAnswer,
  type HoldDeps,
  releaseHold,
} from './holds.ts';

function answer(status: 200 | 201, { body, replayed }: HoldAnswer): Answer {
  return { status, body, ...(replayed ? { headers: { 'idempotency-replayed': 'true' } } : {}) };
}

function keyOf({ idempotencyKey }: ShopCall): string {
  if (idempotencyKey === undefined) throw new Error('the contract asks for no Idempotency-Key');
  return idempotencyKey;
}

function holdOf(call: ShopCall): { shopId: string; holdId: string; idempotencyKey: string } {
  const { holdId = '' } = call.params;
  return { shopId: call.shop.shopId, holdId, idempotencyKey: keyOf(call) };
}

export function holdHandlers(deps: HoldDeps) {
  return {
    createHold: {
      scope: 'shop',
      handle: async (call) => {
        const { items, ttlSeconds } = call.body as CreateHoldRequest;
        const idempotencyKey = keyOf(call);
        return answer(
          201,
          await createHold(deps, { shop: call.shop, items, ttlSeconds, idempotencyKey }),
        );
      },
    },
    extendHold: {
      scope: 'shop',
      handle: async (call) => {
        const { ttlSeconds } = call.body as ExtendHoldRequest;
        return answer(200, await extendHold(deps, { ...holdOf(call), ttlSeconds }));
      },
    },
    commitHold: {
      scope: 'shop',
      handle: async (call) => {
        const { paymentReference } = call.body as CommitHoldRequest;
        return answer(200, await commitHold(deps, { ...holdOf(call), paymentReference }));
      },
    },
    releaseHold: {
      scope: 'shop',
      handle: async (call) => answer(200, await releaseHold(deps, holdOf(call))),
    },
  } as const satisfies Record<string, Handler>;
}
