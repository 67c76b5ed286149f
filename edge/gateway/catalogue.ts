import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import { type ShopContext, shopContextToHeaders } from '@commerce/contracts/vocabulary/shop-context.ts';
import { createClient } from '@commerce/generated/node-v1/client/client/index.ts';
import * as node from '@commerce/generated/node-v1/client/sdk.gen.ts';
import type {
  Availability,
  Problem,
  Product,
  ProductList,
  Shop,
} from '@commerce/generated/node-v1/client/types.gen.ts';
import { BASE_PATH } from '@commerce/generated/node-v1/operations.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import type { GatewayConfig } from './config.ts';
import { callNode, type ClientSettings } from './node-client.ts';
import { passOn } from './pass-on.ts';
import { DATABASE_TIMEOUT_MS } from './timeouts.ts';

/** The value, or the problem why there is none. Data, never an exception: those lose their fields between Workers. */
export type CatalogueAnswer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

type ContextHeaders = node.Options<{
  headers: { 'X-Contract-Version': string; 'X-Shop-Id': string; 'X-Request-Id': string };
  url: string;
}>['headers'];

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

export function getAvailability(
  config: GatewayConfig,
  context: ShopContext,
  variantKeys: readonly string[],
): Promise<CatalogueAnswer<Availability>> {
  const query = { variantKey: [...variantKeys] };
  return ask(config, context, 'getAvailability', (settings) =>
    node.getAvailability({ client: createClient(settings), headers: headersOf(context), query }),
  );
}
