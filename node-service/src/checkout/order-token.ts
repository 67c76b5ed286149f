import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import type { TokenClaims } from '../tenancy/index.ts';
import type { Order } from './order.entities.ts';

/** Of every order until somebody raises it. */
export const FIRST_TOKEN_VERSION = 1;

const LIFETIME_SECONDS = 60 * 60 * 24 * 90;

/** The buyer's token for this order: minted anew for every answer, never stored. */
export async function mintOrderToken(
  deps: Pick<Deps, 'tokens' | 'clock'>,
  order: Order,
): Promise<string> {
  return deps.tokens.mint({
    kind: 'order',
    shopId: order.shopId,
    subject: order.orderId,
    ...(order.checkoutSessionId == null ? {} : { checkoutSessionId: order.checkoutSessionId }),
    version: order.tokenVersion,
    expiresAt: Math.floor(deps.clock.now().getTime() / 1_000) + LIFETIME_SECONDS,
    tokenId: deps.clock.uuid(),
  });
}

/** @throws Problem forbidden where the token is another order's, or was revoked by raising the order's version. */
export function checkOrderToken(claims: TokenClaims, order: Order): void {
  if (
    claims.kind !== 'order' ||
    claims.shopId !== order.shopId ||
    claims.subject !== order.orderId
  ) {
    throw new Problem('forbidden', { detail: 'The token is not for this order.' });
  }
  if (claims.version !== order.tokenVersion)
    throw new Problem('unauthenticated', { detail: 'The token was revoked.' });
}
