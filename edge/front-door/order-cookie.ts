import { peekToken } from '@commerce/contracts/vocabulary/token.ts';
import type { CheckoutSession } from '@commerce/generated/public-v1/client/types.gen.ts';

/** The cookie that carries the buyer's right to one order, on the shop's own host. */
export function orderCookieName(orderId: string): string {
  return `__Host-order-${orderId}`;
}

/**
 * Puts the access token of a new checkout's 201 into a cookie as well, so that the buyer's browser comes back to the
 * order without a script holding the token. It lives as long as the token.
 *
 * @param response the gateway's answer to createCheckoutSession; anything but a 201 is returned as it is
 */
export async function withOrderCookie(response: Response, now: Date): Promise<Response> {
  if (response.status !== 201) return response;
  const text = await response.text();
  const copy = new Response(text, response);
  const { orderId, accessToken } = JSON.parse(text) as CheckoutSession;
  const claims = peekToken(accessToken);
  if (claims === null) return copy;
  const lifetimeSeconds = Math.max(0, claims.expiresAt - Math.floor(now.getTime() / 1000));
  copy.headers.append(
    'set-cookie',
    `${orderCookieName(orderId)}=${accessToken}; Max-Age=${lifetimeSeconds}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  );
  return copy;
}
