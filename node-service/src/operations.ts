/**
 * operationId -> handler. An operation of the contract that is not here answers 501 `not_implemented`;
 * NOT_IMPLEMENTED lists them, and a test holds list, handlers and contracts together.
 */
import { getProduct, getShop, listProducts } from './catalogue/handlers.ts';
import { checkoutHandlers } from './checkout/handlers.ts';
import type { Deps } from './deps.ts';
import type { Handler } from './http/operation.ts';
import { inventoryHandlers } from './inventory/handlers.ts';
import { holdHandlers } from './inventory/hold-handlers.ts';
import { stockHandlers } from './inventory/stock-handlers.ts';
import { operatorHandlers } from './ops/handlers.ts';
import { webhookOperatorHandlers } from './ops/webhook-handlers.ts';
import { webhookHandlers } from './webhooks/handlers.ts';

export const NOT_IMPLEMENTED: readonly string[] = [
  'createReturn',
  'handOverRental',
  'settleRental',
  'createSubscription',
  'changeSubscription',
  'cancelSubscription',
  'ingestReconciliation',
];

export function nodeHandlers(deps: Deps): Readonly<Record<string, Handler>> {
  return {
    ...checkoutHandlers(deps),
    ...inventoryHandlers(deps),
    ...holdHandlers(deps),
    ...webhookHandlers(deps),
    getShop: getShop(deps),
    listProducts: listProducts(deps),
    getProduct: getProduct(deps),
  };
}

export function opsHandlers(deps: Deps): Readonly<Record<string, Handler>> {
  return { ...operatorHandlers(deps), ...stockHandlers(deps), ...webhookOperatorHandlers(deps) };
}
