import { PROBLEM_CONTENT_TYPE, problem } from '@commerce/contracts/vocabulary/problem.ts';
import { json, type OriginAnswer, type RecordedCall } from '../../../local/recording-origin.ts';
import { AURORA, AURORA_PRODUCTS, SAMPLE_SHOPS } from '../../storefront/testing/sample-shops.ts';

const SHOPS: typeof SAMPLE_SHOPS = {
  ...SAMPLE_SHOPS,
  corvus: {
    shop: { ...AURORA, shopId: 'corvus', name: 'Corvus Books' },
    products: AURORA_PRODUCTS,
  },
};
export const SHOP_IDS: readonly string[] = Object.keys(SHOPS);

/**
 * Answers as the node service would for the sample shops: each with its own words, so that an answer that went to the
 * wrong buyer can be told from the right one. Undefined for what it leaves to others: the registry, the operator.
 */
export function answerAsShops({ target, headers }: RecordedCall): OriginAnswer | undefined {
  if (!target.startsWith('/node/v1/')) return undefined;
  const sample = SHOPS[headers.get('x-shop-id') ?? ''];
  if (sample === undefined) return { status: 500 };
  const path = target.slice('/node/v1'.length).replace(/\?.*$/, '');
  if (path === '/shop') return json(sample.shop);
  if (path === '/products') return json({ items: sample.products });
  if (path === '/inventory/validations') return json({ ok: true });
  if (path === '/inventory/availability') {
    return json({ items: [], asOf: new Date().toISOString() });
  }
  const sku = /^\/products\/([^/]+)$/.exec(path)?.[1];
  const product = sample.products.find((one) => one.sku === sku);
  if (product !== undefined) return json(product);
  const requestId = headers.get('x-request-id') ?? '';
  return {
    status: 404,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE },
    body: JSON.stringify(problem('product_not_found', { detail: path, requestId })),
  };
}

/** The names by which a page says whose it is. */
export function shopsNamedIn(page: string): string[] {
  return Object.entries(SHOPS)
    .filter(([, { shop }]) => page.includes(shop.name))
    .map(([shopId]) => shopId);
}
