import type {
  ShippingRate,
  Shop as ShopAnswer,
} from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { Handler } from '../http/operation.ts';
import type { ShopTx, WithEntities } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { ShippingRateEntity } from './catalogue.entities.ts';
import { readCatalogue } from './read-catalogue.ts';

type Reading = Pick<Deps, 'db'>;

export function getShop(deps: Reading): Handler {
  return {
    scope: 'shop',
    handle: async ({ shop }) => {
      const { shopId, displayName: name, tagline, currency, locale, theme, mayTrade } = shop;
      const shippingRates = await deps.db.withEntities.inShop(shopId, (tx) =>
        readShippingRates(tx, currency),
      );
      const shown = { shopId, name, tagline, currency, locale, theme, mayTrade, shippingRates };
      return { status: 200, body: shown satisfies ShopAnswer };
    },
  };
}

/** The shop's ways to deliver, the cheapest first. */
async function readShippingRates(
  tx: WithEntities<ShopTx>,
  currency: string,
): Promise<ShippingRate[]> {
  const orderBy = { amountMinor: 'asc', shippingRateId: 'asc' } as const;
  const rates = await tx.em.find(ShippingRateEntity, { shopId: tx.shopId }, { orderBy });
  return rates.map(({ shippingRateId, name, amountMinor, countries }) => ({
    rateId: shippingRateId,
    name,
    amount: { amount: amountMinor, currency },
    countries,
  }));
}

export function listProducts(deps: Reading): Handler {
  return {
    scope: 'shop',
    handle: async ({ shop }) => {
      const items = await deps.db.withEntities.inShop(shop.shopId, (tx) =>
        readCatalogue(tx, shop.currency),
      );
      return { status: 200, body: { items } };
    },
  };
}

export function getProduct(deps: Reading): Handler {
  return {
    scope: 'shop',
    handle: async ({ shop, params }) => {
      const [product] = await deps.db.withEntities.inShop(shop.shopId, (tx) =>
        readCatalogue(tx, shop.currency, params.sku ?? ''),
      );
      if (product === undefined)
        throw new Problem('product_not_found', { detail: 'This shop has no such product.' });
      return { status: 200, body: product };
    },
  };
}
