const BASELINE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), usb=()',
  // For JSON and anything else that is not a page. A page brings its own policy with a nonce, and that one stays.
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** A year. No `includeSubDomains`: a shop's other names under its apex are not ours to bind. */
const STRICT_TRANSPORT = 'max-age=31536000';

/**
 * Adds the baseline to a response's headers, in place. What is already there wins, except HSTS, which is sent over
 * https alone and by us alone.
 */
export function setSecurityHeaders(headers: Headers, scheme: string): void {
  for (const [name, value] of Object.entries(BASELINE)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  if (scheme === 'https') headers.set('strict-transport-security', STRICT_TRANSPORT);
}
