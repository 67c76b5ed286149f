/** What the runner asks of the service, as an operator would at the control host, and as a buyer who asks for an order. */
import { randomUUID } from 'node:crypto';
import { signToken } from '@commerce/contracts/vocabulary/token.ts';
import type {
  ImportStockRequest,
  InventoryAudit,
  StockLevelList,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Order } from '@commerce/generated/public-v1/client/types.gen.ts';
import type { ShopTarget } from '../scenarios/settings.ts';
import { requestJson } from './request.ts';
import type { Keys } from './target.ts';

export type Operator = {
  audit(shopId: string): Promise<InventoryAudit>;
  /** Sets what is on hand of these variants. */
  stockUp(shopId: string, variantKeys: readonly string[], onHand: number): Promise<void>;
  /** One variant's units now. */
  level(shopId: string, variantKey: string): Promise<{ onHand: number; held: number } | null>;
  /** What the shop answers to the buyer of this order. */
  orderStatus(shop: ShopTarget, order: PaidFor): Promise<Order['status']>;
};

export type PaidFor = { readonly orderId: string; readonly checkoutSessionId: string };

const TOKEN_SECONDS = 600;
const MAX_ROWS = 1_000;
const PAGE = 100;

/** A buyer's token, as the shop itself makes them: the runner has the local platform's key, and is handed no one's token. */
async function buyersToken(keys: Keys, shopId: string, order: PaidFor): Promise<string> {
  const [key] = keys.tokenKeys;
  if (key === undefined) throw new Error('keys.json has no token key');
  const claims = {
    kind: 'order' as const,
    shopId,
    subject: order.orderId,
    checkoutSessionId: order.checkoutSessionId,
    version: 1,
    expiresAt: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS,
    tokenId: randomUUID(),
  };
  return signToken(claims, key);
}

export function createOperator(keys: Keys): Operator {
  const bearer = { authorization: `Bearer ${keys.operatorToken}` };
  const url = (shopId: string, path: string): string =>
    `${keys.urls.ops}/ops/v1/shops/${encodeURIComponent(shopId)}${path}`;
  return {
    audit: (shopId) => requestJson({ url: url(shopId, '/inventory/audit'), headers: bearer }),
    stockUp: async (shopId, variantKeys, onHand) => {
      if (variantKeys.length > MAX_ROWS) throw new Error(`${variantKeys.length} variants at once`);
      const body: ImportStockRequest = {
        reason: 'Stock for a load run',
        rows: variantKeys.map((variantKey, index) => ({ row: index + 1, variantKey, onHand })),
      };
      const path = `/stock/imports/load-${randomUUID()}`;
      await requestJson({ url: url(shopId, path), method: 'PUT', headers: bearer, body });
    },
    level: async (shopId, variantKey) => {
      let after = '';
      for (;;) {
        const query = `?limit=${PAGE}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
        const page: StockLevelList = await requestJson({
          url: url(shopId, `/stock${query}`),
          headers: bearer,
        });
        const found = page.items.find((item) => item.variantKey === variantKey);
        if (found !== undefined) return found;
        if (page.next === undefined) return null;
        after = page.next;
      }
    },
    orderStatus: async ({ shopId, origin }, order) => {
      const token = await buyersToken(keys, shopId, order);
      const { status } = await requestJson<Order>({
        url: `${origin}/api/order-status?orderId=${encodeURIComponent(order.orderId)}`,
        headers: { authorization: `Bearer ${token}` },
      });
      return status;
    },
  };
}
