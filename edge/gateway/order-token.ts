import { peekToken } from '@commerce/contracts/vocabulary/token.ts';
import { parseCookies } from '../http/cookies.ts';

const PREFIX = '__Host-order-';

/** Which order a call is about: by its id, or by the checkout session that it was paid with. */
export type OrderReference = { readonly orderId: string } | { readonly checkoutSessionId: string };

/** The order that a call names: in its query, its path, or (for a return) its body. Null where it names none. */
export function orderReference(call: {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}): OrderReference | null {
  const orderId = call.query.get('orderId');
  if (orderId !== null) return { orderId };
  const { sessionId } = (call.body ?? {}) as { sessionId?: string };
  const checkoutSessionId = call.params.checkoutSessionId ?? sessionId;
  return checkoutSessionId === undefined ? null : { checkoutSessionId };
}

/**
 * The order token among the cookies that belongs to this order, or null. It is chosen by what it says of itself,
 * unverified: the node service verifies it, and refuses what was made up.
 */
export function orderTokenFromCookies(
  cookieHeader: string | null,
  order: OrderReference,
): string | null {
  for (const { name, value } of parseCookies(cookieHeader)) {
    if (!name.startsWith(PREFIX)) continue;
    if ('orderId' in order) {
      if (name === `${PREFIX}${order.orderId}`) return value;
    } else if (peekToken(value)?.checkoutSessionId === order.checkoutSessionId) {
      return value;
    }
  }
  return null;
}
