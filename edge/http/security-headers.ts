import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { isInternalHeader } from '@commerce/contracts/vocabulary/shop-context.ts';

const BASELINE: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'strict-origin-when-cross-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), usb=()'],
  // Wallets of the payment provider open windows that speak back to the checkout page.
  ['cross-origin-opener-policy', 'same-origin-allow-popups'],
  ['cross-origin-resource-policy', 'same-origin'],
  // For JSON and anything else that is not a page. A page brings its own policy with a nonce, and that one stays.
  [
    'content-security-policy',
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
];

/** A year. No `includeSubDomains`: a shop's other names under its apex are not ours to bind. */
const STRICT_TRANSPORT = 'max-age=31536000';

/**
 * Adds the baseline to a response's headers, in place. What is already there wins, except HSTS, which is sent over
 * https alone and by us alone.
 */
export function setSecurityHeaders(headers: Headers, scheme: string): void {
  for (const [name, value] of BASELINE) if (!headers.has(name)) headers.set(name, value);
  if (scheme === 'https') headers.set('strict-transport-security', STRICT_TRANSPORT);
  else headers.delete('strict-transport-security');
}

/** What says which software answered, and of what age: of use to nobody but whoever looks for its faults. */
const SOFTWARE = new Set(['server', 'x-powered-by', 'x-runtime', 'x-aspnet-version']);

/** Deletes, in place, what no client is to see: the platform's words to itself, but the request id, and its software. */
export function stripInternalAnswerHeaders(headers: Headers): void {
  for (const name of [...headers.keys()]) {
    const internal = isInternalHeader(name) && name !== REQUEST_ID_HEADER;
    if (internal || SOFTWARE.has(name)) headers.delete(name);
  }
}
