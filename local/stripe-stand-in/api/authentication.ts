import type { IncomingHttpHeaders } from 'node:http';
import Stripe from 'stripe';
import { ApiError, invalidRequest } from './api-error.ts';

/**
 * Refuses a request without a test-mode secret key, by Bearer or as the user name of Basic.
 * Where `apiKey` is given it is the only one.
 */
export function authenticate(headers: IncomingHttpHeaders, apiKey: string | undefined): void {
  const given = presentedKey(headers.authorization);
  if (given === undefined || given === '') {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    );
  }
  const known = apiKey === undefined ? given.startsWith('sk_test_') : given === apiKey;
  if (!known) throw unauthorized(`Invalid API Key provided: ${mask(given)}`);
}

/** Refuses a call on behalf of a connected account: the stand-in has one account, and no Connect. */
export function checkAccount(headers: IncomingHttpHeaders): void {
  if (headers['stripe-account'] === undefined && headers['stripe-context'] === undefined) return;
  throw invalidRequest('The Stripe stand-in does not support connected accounts.');
}

/** Refuses a version the stand-in does not speak: its objects have the SDK's version alone. */
export function checkApiVersion(headers: IncomingHttpHeaders): void {
  const version = headers['stripe-version'];
  if (version === undefined || version === Stripe.API_VERSION) return;
  throw invalidRequest(
    `Invalid Stripe API version: ${version}. The stand-in speaks ${Stripe.API_VERSION} only.`,
  );
}

function presentedKey(authorization: string | undefined): string | undefined {
  const [, scheme, credentials] = /^(Bearer|Basic) +(.+)$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return credentials.trim();
  return Buffer.from(credentials, 'base64').toString('utf8').split(':')[0];
}

function mask(key: string): string {
  const shown = key.slice(0, 8);
  return `${shown}${'*'.repeat(Math.max(0, key.length - 12))}${key.length > 12 ? key.slice(-4) : ''}`;
}

function unauthorized(message: string): ApiError {
  return new ApiError(401, 'invalid_request_error', message);
}
