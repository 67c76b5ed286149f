import {
  parseShopContext,
  type ShopContextResult,
} from '@commerce/contracts/vocabulary/shop-context.ts';

/**
 * Whose call this is, as the front door has said it to the Worker behind it. One of the two places that read
 * `X-Shop-Id`; the other is the node service's `http/authorize.ts`, and a guard of CI refuses a third.
 */
export function receiveContext(request: Request): ShopContextResult {
  return parseShopContext(request.headers);
}
