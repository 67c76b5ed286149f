import type { Shop as ShopAnswer } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { Handler } from '../http/operation.ts';
import { Problem } from '../platform/problem.ts';
import { readCatalogue } from './read-catalogue.ts';

type Reading = Pick<Deps, 'db'>;

export function getShop(_deps: Reading): Handler {
  return {
    scope: 'shop',
    handle: async ({ shop }) => {
      const { shopId, displayName: name, tagline, currency, locale, theme, mayTrade } = shop;
      const body: ShopAnswer = { shopId, name, tagline, currency, locale, theme, mayTrade };
      return { status: 200, body };
    },
  };
}

export function listProducts(deps: Reading): Handler {
  return {
    scope: 'shop',
    handle: async ({ shop }) => {
      const items = await deps.db.inShop(shop.shopId, (tx) => readCatalogue(tx, shop.currency));
      return { status: 200, body: { items } };
    },
  };
}

export function getProduct(deps: Reading): Handler {
  return {
    scope: 'shop',
    handle: async ({ shop, params }) => {
      const [product] = await deps.db.inShop(shop.shopId, (tx) =>
        readCatalogue(tx, shop.currency, params.sku ?? ''),
      );
      if (product === undefined)
        throw new Problem('product_not_found', { detail: 'This shop has no such product.' });
      return { status: 200, body: product };
    },
  };
}
