import Stripe from 'stripe';

/**
 * What is known after a call. `refused`: Stripe did not and will not do it. `unknown`: it may have, and the same call
 * with the same key may be repeated to find out. `rate_limited`: it did not, and may be asked again.
 */
export type StripeOutcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'rate_limited' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** A definite no has a 4xx status; a conflict (409) is another call with our key still running. */
function isDefinite(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 409 && status !== 429;
}

/** Runs one call to Stripe. Throws only what is not an answer of Stripe's or of the network. */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<StripeOutcome<T>> {
  try {
    return { kind: 'ok', value: await call() };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    if (error.statusCode === 429) return { kind: 'rate_limited' };
    if (!isDefinite(error.statusCode)) return { kind: 'unknown', cause: error };
    return {
      kind: 'refused',
      code: error.code ?? error.rawType ?? error.type,
      message: error.message,
    };
  }
}
