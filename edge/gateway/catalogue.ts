import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import {
  type ShopContext,
  shopContextToHeaders,
} from '@commerce/contracts/vocabulary/shop-context.ts';
import { createClient } from '@commerce/generated/node-v1/client/client/index.ts';
import * as node from '@commerce/generated/node-v1/client/sdk.gen.ts';
import type {
  GetShopData,
  Problem,
  Product,
  ProductList,
  Shop,
} from '@commerce/generated/node-v1/client/types.gen.ts';
import { BASE_PATH } from '@commerce/generated/node-v1/operations.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import type { GatewayConfig } from './config.ts';
import { type ClientSettings, callNode } from './node-client.ts';
import { passOn } from './pass-on.ts';
import { DATABASE_TIMEOUT_MS } from './timeouts.ts';

/** The value, or the problem why there is none. Data, never an exception: those lose their fields between Workers. */
export type CatalogueAnswer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export function getShop(
  config: GatewayConfig,
  context: ShopContext,
): Promise<CatalogueAnswer<Shop>> {
  return ask(config, context, 'getShop', (settings) =>
    node.getShop({ client: createClient(settings), headers: headersOf(context) }),
  );
}

export function listProducts(
  config: GatewayConfig,
  context: ShopContext,
): Promise<CatalogueAnswer<ProductList>> {
  return ask(config, context, 'listProducts', (settings) =>
    node.listProducts({ client: createClient(settings), headers: headersOf(context) }),
  );
}

export function getProduct(
  config: GatewayConfig,
  context: ShopContext,
  sku: string,
): Promise<CatalogueAnswer<Product>> {
  return ask(config, context, 'getProduct', (settings) =>
    node.getProduct({ client: createClient(settings), headers: headersOf(context), path: { sku } }),
  );
}

/** The context as the node contract types it; the front door made it, so it has the contract's forms. */
function headersOf(context: ShopContext): GetShopData['headers'] {
  const headers = { ...shopContextToHeaders(context), [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION };
  return headers as unknown as GetShopData['headers'];
}

async function ask<T>(
  config: GatewayConfig,
  context: ShopContext,
  operation: string,
  call: (settings: ClientSettings) => Promise<unknown>,
): Promise<CatalogueAnswer<T>> {
  const trace: RequestTrace = {
    worker: 'gateway',
    requestId: context.requestId,
    shopId: context.shopId,
    endpoint: `catalogue.${operation}`,
  };
  const response = await traced(trace, () =>
    passOn(callNode(config, BASE_PATH, DATABASE_TIMEOUT_MS, call), trace),
  );
  if (response.ok) return { ok: true, value: (await response.json()) as T };
  return { ok: false, problem: (await response.json()) as Problem };
}
