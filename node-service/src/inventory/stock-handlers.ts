import type {
  AdjustStockRequest,
  ImportStockRequest,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Answer, Handler, NamedShopCall } from '../http/operation.ts';
import { auditInventory } from './audit-inventory.ts';
import { adjustStock, importStock, type StockAnswer, type StockDeps } from './change-stock.ts';
import { listStock, listStockChanges } from './list-stock.ts';

const DEFAULT_PAGE = 50;

function pageOf({ shop, query }: NamedShopCall): { shopId: string; limit: number } {
  return { shopId: shop.shopId, limit: Number(query.get('limit') ?? DEFAULT_PAGE) };
}

function operatorOf({ shop, bearer, requestId }: NamedShopCall) {
  return { shopId: shop.shopId, operator: bearer.subject, requestId };
}

function answer({ body, replayed }: StockAnswer<unknown>): Answer {
  return {
    status: 200,
    body,
    ...(replayed ? { headers: { 'idempotency-replayed': 'true' } } : {}),
  };
}

export function stockHandlers(deps: StockDeps) {
  return {
    getStock: {
      scope: 'named_shop',
      handle: async (call) => {
        const after = call.query.get('after') ?? '';
        return { status: 200, body: await listStock(deps, { ...pageOf(call), after }) };
      },
    },
    getInventoryAudit: {
      scope: 'named_shop',
      handle: async ({ shop }) => ({ status: 200, body: await auditInventory(deps, shop.shopId) }),
    },
    listStockChanges: {
      scope: 'named_shop',
      handle: async (call) => {
        const variantKey = call.query.get('variantKey');
        const before = call.query.get('before');
        const page = { ...pageOf(call), variantKey, before };
        return { status: 200, body: await listStockChanges(deps, page) };
      },
    },
    adjustStock: {
      scope: 'named_shop',
      handle: async (call) => {
        const { idempotencyKey } = call;
        if (idempotencyKey === undefined) throw new Error('adjustStock asks for no key');
        const request = call.body as AdjustStockRequest;
        return answer(await adjustStock(deps, { ...operatorOf(call), idempotencyKey, request }));
      },
    },
    importStock: {
      scope: 'named_shop',
      handle: async (call) => {
        const { importId = '' } = call.params;
        const request = call.body as ImportStockRequest;
        return answer(await importStock(deps, { ...operatorOf(call), importId, request }));
      },
    },
  } as const satisfies Record<string, Handler>;
}
