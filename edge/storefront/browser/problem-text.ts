import type { ProblemBody, ProblemCode } from '@commerce/contracts/vocabulary/problem.ts';

export type ProblemText = { title: string; detail: string; items: string[] };

/** What a buyer can make of each problem that a checkout can end in. The rest is said in general words. */
const TEXTS: Partial<Record<ProblemCode, { title: string; detail: string }>> = {
  inventory_insufficient: {
    title: 'There is not enough left of this.',
    detail: 'Please change your cart, and try again.',
  },
  inventory_unknown_variant: {
    title: 'Something in your cart is no longer sold.',
    detail: 'Please take it out of your cart, and try again.',
  },
  inventory_busy: {
    title: 'Many people are buying this right now.',
    detail: 'Nothing is decided yet. Please try again in a moment.',
  },
  hold_expired: {
    title: 'Your items were kept for you, but the time ran out.',
    detail: 'Please check out again.',
  },
  idempotency_in_progress: {
    title: 'Your checkout is still being prepared.',
    detail: 'Please try again in a moment.',
  },
  idempotency_key_reused: {
    title: 'Your cart has changed in the meantime.',
    detail: 'Please load this page again and check your order.',
  },
  cart_already_paid: {
    title: 'This cart is paid already.',
    detail: 'You need not pay twice. A new cart has been started for you.',
  },
  checkout_not_open: {
    title: 'This checkout is closed.',
    detail: 'Please check out again.',
  },
  cart_empty: { title: 'Your cart is empty.', detail: 'Please put something in it first.' },
  quantity_over_limit: {
    title: 'That is more than this shop sells at once.',
    detail: 'Please lower the quantity in your cart.',
  },
  product_not_found: {
    title: 'Something in your cart is no longer sold.',
    detail: 'Please take it out of your cart, and try again.',
  },
  rental_invalid: {
    title: 'These days do not work for a rental.',
    detail: 'Please choose other days.',
  },
  shop_not_trading: {
    title: 'This shop does not take orders at the moment.',
    detail: 'Your cart is kept. Please come back later.',
  },
  rate_limited: { title: 'That was a bit fast.', detail: 'Please wait a moment, and try again.' },
  payment_provider_unavailable: {
    title: 'The payment service cannot be reached.',
    detail: 'You have not paid anything. Please try again in a moment.',
  },
  payment_outcome_unknown: {
    title: 'The payment service has not answered yet.',
    detail: 'You have not paid anything. Trying again picks up where this stopped.',
  },
};

const GENERAL = {
  title: 'That did not work.',
  detail: 'Please try again in a moment.',
};

/** The code of a problem document, or undefined for whatever else a failed call may bring (a network error, HTML). */
export function problemCode(problem: unknown): ProblemCode | undefined {
  return asProblem(problem)?.code;
}

/** How long the server asks to wait before the same call, in milliseconds; 0 where it asks nothing. */
export function retryAfterMs(problem: unknown): number {
  const delayMs = asProblem(problem)?.retryAfterMs;
  return typeof delayMs === 'number' && delayMs > 0 ? delayMs : 0;
}

/**
 * A problem in a buyer's words.
 * @param names the names of the cart's variants by variant key
 */
export function problemText(problem: unknown, names: ReadonlyMap<string, string>): ProblemText {
  const known = asProblem(problem);
  const text = (known && TEXTS[known.code]) ?? GENERAL;
  // Where nobody has looked at the stock yet, the list would only read like an accusation of each item.
  const failed = known?.code === 'inventory_busy' ? [] : (known?.items ?? []);
  const items = failed.map((item) => {
    const name = names.get(item.variantKey) ?? item.sku;
    if (typeof item.available !== 'number') return name;
    return item.available === 0
      ? `${name}: sold out`
      : `${name}: ${item.available} left, you asked for ${item.requested}`;
  });
  return { ...text, items };
}

function asProblem(problem: unknown): ProblemBody | undefined {
  const isProblem =
    typeof problem === 'object' && problem !== null && 'code' in problem && 'status' in problem;
  return isProblem ? (problem as ProblemBody) : undefined;
}
