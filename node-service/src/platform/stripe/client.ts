import Stripe from 'stripe';
import type { Config } from '../../config.ts';
import { watchedHttpClient } from './attempts.ts';

function connection(apiBase: string | undefined): Stripe.StripeConfig {
  if (apiBase === undefined) return {};
  const url = new URL(apiBase);
  return {
    host: url.hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    protocol: url.protocol === 'https:' ? 'https' : 'http',
  };
}

/**
 * The SDK, with nothing left to its defaults that matters: every call carries its own idempotency key, so that the one
 * retry here is the same call again.
 */
export function createStripe(config: Config['stripe']): Stripe {
  return new Stripe(config.secretKey, {
    ...connection(config.apiBase),
    httpClient: watchedHttpClient(),
    timeout: config.timeoutMs,
    maxNetworkRetries: 1,
    telemetry: false,
  });
}
