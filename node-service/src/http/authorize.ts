import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import {
  parseShopContext,
  SHOP_CONTEXT_HEADERS,
} from '@commerce/contracts/vocabulary/shop-context.ts';
import type { TokenKind } from '@commerce/contracts/vocabulary/token.ts';
import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import type { Shop, TokenClaims } from '../tenancy/index.ts';
import type { ContractOperation } from './contract.ts';

/** Which token each security scheme of the contracts asks for. */
const TOKEN_OF_SCHEME: Readonly<Record<string, TokenKind>> = {
  orderToken: 'order',
  staffToken: 'staff',
  customerToken: 'customer',
  reconciliationToken: 'reconciliation',
  operatorToken: 'operator',
};

function tokensAskedFor(operation: ContractOperation): TokenKind[] {
  return operation.security.flat().flatMap((scheme) => TOKEN_OF_SCHEME[scheme] ?? []);
}

/**
 * The bearer of the call, where the operation asks for one.
 * @throws Problem unauthenticated without a valid token; forbidden with one of another kind or shop.
 */
export async function checkBearer(
  deps: Pick<Deps, 'tokens'>,
  operation: ContractOperation,
  authorization: string | undefined,
  shopId: string | undefined,
): Promise<TokenClaims | undefined> {
  const allowed = tokensAskedFor(operation);
  if (allowed.length === 0) return undefined;
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined)
    throw new Problem('unauthenticated', { detail: 'A bearer token is needed.' });
  const result = await deps.tokens.verify(token);
  if (!result.ok)
    throw new Problem('unauthenticated', { detail: `The token is not valid: ${result.reason}.` });
  if (!allowed.includes(result.claims.kind))
    throw new Problem('forbidden', { detail: 'This kind of token may not do this.' });
  if (result.claims.kind !== 'operator' && result.claims.shopId !== shopId) {
    throw new Problem('forbidden', { detail: 'The token is of another shop.' });
  }
  return result.claims;
}

/**
 * The shop that the call is for: named by the front door, of this environment, and there.
 * @throws Problem shop_context_required, shop_unknown
 */
export async function findShop(
  deps: Pick<Deps, 'shops' | 'config'>,
  headers: Headers,
): Promise<{ readonly shop: Shop; readonly context: ShopContext }> {
  const parsed = parseShopContext(headers);
  if (!parsed.ok) {
    const errors = parsed.errors.map(({ header, message }) => ({ path: header, message }));
    throw new Problem('shop_context_required', {
      detail: 'The call does not say which shop it is for.',
      errors,
    });
  }
  const { context } = parsed;
  if (context.environment !== deps.config.environment) {
    const message = `is ${context.environment}, and this is ${deps.config.environment}`;
    throw new Problem('shop_context_required', {
      detail: 'The call is for another environment.',
      errors: [{ path: SHOP_CONTEXT_HEADERS.environment, message }],
    });
  }
  return { shop: await findNamedShop(deps, context.shopId), context };
}

/** The shop that an operator names. @throws Problem shop_unknown */
export async function findNamedShop(deps: Pick<Deps, 'shops'>, shopId: string): Promise<Shop> {
  const shop = await deps.shops.find(shopId);
  if (shop === null) throw new Problem('shop_unknown', { detail: 'There is no such shop.' });
  return shop;
}

/** @throws Problem shop_not_trading, shop_not_settling where the shop may not do this. */
export function checkMayDo(operation: ContractOperation, shop: Shop): void {
  if (operation.trades && !shop.mayTrade)
    throw new Problem('shop_not_trading', { detail: 'This shop does not sell at present.' });
  if (operation.settles && !shop.maySettle)
    throw new Problem('shop_not_settling', { detail: 'This shop does not settle at present.' });
}
