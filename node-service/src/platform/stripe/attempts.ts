/**
 * What one call to Stripe came to on the wire: the SDK repeats a call that got no answer, and tells of the last attempt
 * alone. A 429 to the repetition says nothing of the attempt before it, which may have been carried out.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import Stripe from 'stripe';

type Attempts = { isUncertain: boolean };
type HttpClient = NonNullable<Stripe.StripeConfig['httpClient']>;

const current = new AsyncLocalStorage<Attempts>();

function isAnswer(status: number): boolean {
  return status < 500 && status !== 409;
}

/** Runs one call; `attempts` says, while it runs and after, whether one of its attempts may have been carried out. */
export function watchAttempts<T>(call: (attempts: Readonly<Attempts>) => Promise<T>): Promise<T> {
  const attempts: Attempts = { isUncertain: false };
  return current.run(attempts, () => call(attempts));
}

/** The SDK's own client over Node's http, which notes attempts without an answer for whoever watches the call. */
export function watchedHttpClient(): HttpClient {
  const inner = Stripe.createNodeHttpClient();
  const note = (): void => {
    const attempts = current.getStore();
    if (attempts !== undefined) attempts.isUncertain = true;
  };
  return {
    getClientName: () => inner.getClientName(),
    makeRequest: async (...request) => {
      try {
        const response = await inner.makeRequest(...request);
        if (!isAnswer(response.getStatusCode())) note();
        return response;
      } catch (error) {
        note();
        throw error;
      }
    },
  };
}
