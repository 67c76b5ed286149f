import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, backoffMs } from '@commerce/contracts/vocabulary/retry.ts';
import Stripe from 'stripe';
import { watchAttempts } from './attempts.ts';

/**
 * What is known after a call. `refused`: Stripe did not and will not do it. `unknown`: it may have, and the same call
 * with the same key may be repeated to find out. `rate_limited`: this call did not, however patient it was, and may be
 * made again.
 */
export type StripeOutcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: 'rate_limited' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** A 429 is ours to repeat, and a buyer may be waiting: twice, within two seconds. */
const RATE_LIMIT_BACKOFF: Backoff = { firstMs: 300, factor: 2, capMs: 1_000 };
const RATE_LIMIT_REPETITIONS = 2;

/** A definite no has a 4xx status; a conflict (409) is another call with our key still running. */
function isDefinite(status: number | undefined): status is number {
  return status !== undefined && status >= 400 && status < 500 && status !== 409 && status !== 429;
}

async function once<T>(call: () => Promise<T>): Promise<StripeOutcome<T>> {
  try {
    return { kind: 'ok', value: await call() };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const { statusCode: status } = error;
    if (status === 429) return { kind: 'rate_limited' };
    if (!isDefinite(status)) return { kind: 'unknown', cause: error };
    const code = error.code ?? error.rawType ?? error.type;
    return { kind: 'refused', status, code, message: error.message };
  }
}

/**
 * Runs one call to Stripe, again where it is refused for coming too often: a call that changes anything carries its own
 * idempotency key, so that each repetition is the same call. Throws only what is not an answer of Stripe's or of the
 * network.
 */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<StripeOutcome<T>> {
  return watchAttempts(async (attempts) => {
    for (let repetition = 1; ; repetition += 1) {
      const outcome = await once(call);
      if (outcome.kind !== 'rate_limited') return outcome;
      if (repetition > RATE_LIMIT_REPETITIONS) {
        if (!attempts.isUncertain) return outcome;
        return { kind: 'unknown', cause: new Error('an attempt was not answered, then 429') };
      }
      await sleep(backoffMs(RATE_LIMIT_BACKOFF, repetition, Math.random()));
    }
  });
}
