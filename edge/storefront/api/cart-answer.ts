import { prefixedId, uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';
import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { Cart as CartAnswer } from '@commerce/generated/public-v1/client/types.gen.ts';
import { type CartDecision, MAX_LINES, MAX_QUANTITY } from '../../cart/cart.rules.ts';
import type { Cart, CartLine } from '../../cart/cart.ts';
import { CART_COOKIE, CART_MAX_AGE_SECONDS, sealCart } from '../../cart/cart-cookie.ts';
import { refuse } from '../../http/refuse.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import type { Visit } from '../visit.ts';

const COOKIE_ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** The cart as the contract shows it. */
export function cartShown(cart: Cart | undefined, headers: Record<string, string> = {}): Response {
  const lines = (cart?.lines ?? []).map((line) => ({
    variantKey: variantKeyV1(line.sku, line.variantAttributes),
    ...line,
  }));
  const answer: CartAnswer = cart === undefined ? { lines } : { cartId: cart.id, lines };
  return new Response(JSON.stringify(answer), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });
}

/**
 * The cart with its new lines, sealed into the cookie. A cart without lines is none at all: its cookie goes, and what
 * is added next begins a new cart with an id of its own, so that no order is ever mistaken for an earlier one.
 */
export async function cartChanged(
  { config, context, trace }: Visit,
  before: Cart | undefined,
  lines: CartLine[],
  now: Date,
): Promise<Response> {
  if (lines.length === 0) {
    return cartShown(undefined, {
      'set-cookie': `${CART_COOKIE}=; Max-Age=0; ${COOKIE_ATTRIBUTES}`,
    });
  }
  const cart: Cart = {
    id: before?.id ?? newCartId(now),
    shopId: context.shopId,
    lines,
    issuedAt: Math.floor(now.getTime() / 1000),
  };
  const sealed = await sealCart(cart, config.cartKeys);
  if (!sealed.ok) {
    return refuse(trace, 'quantity_over_limit', 'The cart is full: its lines take too much room.');
  }
  return cartShown(cart, {
    'set-cookie': `${CART_COOKIE}=${sealed.value}; Max-Age=${CART_MAX_AGE_SECONDS}; ${COOKIE_ATTRIBUTES}`,
  });
}

/** A rule's refusal as a problem. */
export function refuseDecision(
  trace: RequestTrace,
  decision: Extract<CartDecision, { ok: false }>,
): Response {
  switch (decision.reason) {
    case 'no_such_line':
      return refuse(trace, 'not_found', `The cart has no line ${decision.lineKey}.`);
    case 'too_many_lines':
      return refuse(trace, 'quantity_over_limit', `A cart has ${MAX_LINES} lines at most.`);
    case 'quantity_out_of_range':
      return refuse(
        trace,
        'quantity_over_limit',
        `${decision.quantity} of ${decision.lineKey}: a line has 1 to ${MAX_QUANTITY} units.`,
      );
  }
}

function newCartId(now: Date): string {
  return prefixedId('cart', uuidV7(now.getTime(), crypto.getRandomValues(new Uint8Array(10))));
}
