import type { PaymentUi } from './config.ts';

/** A fresh value for one response's security policy. */
export function makeNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
}

/**
 * What a page may load and call: this origin, and on the checkout page the one payment provider that it is set up for.
 * Drawings are inline SVG with presentation attributes, and colours come as a stylesheet, so that no style is inline.
 * @param payment given for the checkout page alone
 */
export function contentSecurityPolicy(nonce: string, payment?: PaymentUi): string {
  const stripe = payment?.kind === 'stripe';
  const directives: Record<string, string[]> = {
    'default-src': ["'none'"],
    'script-src': ["'self'", `'nonce-${nonce}'`, ...(stripe ? STRIPE_SCRIPTS : [])],
    'style-src': ["'self'"],
    'img-src': ["'self'", ...(stripe ? ['https://*.stripe.com'] : [])],
    'connect-src': ["'self'", ...connections(payment)],
    'frame-src': stripe ? [...STRIPE_SCRIPTS, 'https://hooks.stripe.com'] : ["'none'"],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
}

/** As Stripe's guide to content security policies lists them. */
const STRIPE_SCRIPTS = ['https://js.stripe.com', 'https://*.js.stripe.com'];

function connections(payment: PaymentUi | undefined): string[] {
  if (payment === undefined) return [];
  return payment.kind === 'stripe' ? ['https://api.stripe.com'] : [payment.standInUrl];
}
