import type { Operator, ShopRecord } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { Handler } from '../http/operation.ts';
import { Problem } from '../platform/problem.ts';
import type { Shop } from '../tenancy/index.ts';

const DEFAULT_PAGE = 50;

function present(shop: Shop): ShopRecord {
  const { shopId, displayName, mayTrade, maySettle } = shop;
  return { shopId, displayName, mayTrade, maySettle, createdAt: shop.createdAt.toISOString() };
}

export function operatorHandlers(deps: Pick<Deps, 'shops'>) {
  return {
    getOperator: {
      scope: 'platform',
      handle: async ({ bearer }) => {
        if (bearer === undefined) throw new Error('getOperator asks for no token');
        const { subject, tokenId, expiresAt } = bearer;
        const body: Operator = {
          subject,
          tokenId,
          expiresAt: new Date(expiresAt * 1_000).toISOString(),
        };
        return { status: 200, body };
      },
    },
    listShops: {
      scope: 'platform',
      handle: async ({ query }) => {
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const after = query.get('after') ?? '';
        const rest = (await deps.shops.all()).filter(({ shopId }) => shopId > after);
        const page = rest.slice(0, limit).map(present);
        const last = page.at(-1);
        return {
          status: 200,
          body: {
            items: page,
            ...(rest.length > limit && last !== undefined ? { next: last.shopId } : {}),
          },
        };
      },
    },
    getShop: {
      scope: 'platform',
      handle: async ({ params }) => {
        const shop = await deps.shops.find(params.shopId ?? '');
        if (shop === null) throw new Problem('shop_unknown', { detail: 'There is no such shop.' });
        return { status: 200, body: present(shop) };
      },
    },
  } as const satisfies Record<string, Handler>;
}
