import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';

/** The contract's CheckoutSessionId. */
export const CHECKOUT_SESSION_ID_PATTERN = /^cs_[A-Za-z0-9_]+$/;
export const MAX_CHECKOUT_SESSION_ID_LENGTH = 255;

/** Which path parameters of a public call break the contract: they become a path of ours, which is signed. */
export function pathErrors(params: Readonly<Record<string, string>>): ProblemPlace[] {
  const { checkoutSessionId } = params;
  if (checkoutSessionId === undefined || isCheckoutSessionId(checkoutSessionId)) return [];
  const message = `must match ${CHECKOUT_SESSION_ID_PATTERN.source}`;
  return [{ path: '/path/checkoutSessionId', message }];
}

function isCheckoutSessionId(value: string): boolean {
  return value.length <= MAX_CHECKOUT_SESSION_ID_LENGTH && CHECKOUT_SESSION_ID_PATTERN.test(value);
}
