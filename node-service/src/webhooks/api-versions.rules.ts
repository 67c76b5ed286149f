import Stripe from 'stripe';

/**
 * Versions whose objects have what we read of them, in the places where we read it. An event is told in the version of
 * its endpoint, which may be changed at Stripe by itself: add one here after a look at Stripe's changes between the two.
 */
const READABLE: ReadonlySet<string> = new Set([Stripe.API_VERSION]);

/** Whether an event of this version can be applied; one that cannot is kept, and told to a person. */
export function isReadableVersion(version: unknown): boolean {
  return typeof version === 'string' && READABLE.has(version);
}
