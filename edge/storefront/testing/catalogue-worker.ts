import { WorkerEntrypoint } from 'cloudflare:workers';
import { problem } from '@commerce/contracts/vocabulary/problem.ts';
import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import { SAMPLE_SHOPS, type SampleShop } from './sample-shops.ts';

type Answer<T> = { ok: true; value: T } | { ok: false; problem: ReturnType<typeof problem> };

/** Stands where the gateway's entrypoint of this name stands, and knows the sample shops alone. */
export class Catalogue extends WorkerEntrypoint<unknown> {
  async getShop(context: ShopContext) {
    return answer(context, ({ shop }) => shop);
  }

  async listProducts(context: ShopContext) {
    return answer(context, ({ products }) => ({ items: products }));
  }

  async getProduct(context: ShopContext, sku: string) {
    const found = SAMPLE_SHOPS[context.shopId]?.products.find((product) => product.sku === sku);
    const { requestId } = context;
    if (sku.includes('\0')) {
      return { ok: false, problem: problem('malformed_request', { detail: 'No SKU.', requestId }) };
    }
    if (found === undefined) {
      return { ok: false, problem: problem('product_not_found', { detail: sku, requestId }) };
    }
    return { ok: true, value: found };
  }
}

function answer<T>({ shopId, requestId }: ShopContext, read: (found: SampleShop) => T): Answer<T> {
  if (shopId === 'faulty') {
    return { ok: false, problem: problem('service_unavailable', { detail: 'Down.', requestId }) };
  }
  const found = SAMPLE_SHOPS[shopId];
  if (found === undefined) {
    return { ok: false, problem: problem('shop_unknown', { detail: shopId, requestId }) };
  }
  return { ok: true, value: read(found) };
}
