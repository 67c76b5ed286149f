/** Which events' shapes are read here. Pure. */

/**
 * Versions, beside the pinned one, whose objects have what we read of them, in the places where we read it. An event is
 * told in the version of its endpoint, which may be changed at Stripe by itself: add one here after a look at Stripe's
 * changes between the two.
 */
const READ_ALIKE: ReadonlySet<string> = new Set();

/** Whether an event of this version can be applied; one that cannot is kept, and told to a person. */
export function isReadableVersion(version: unknown, pinned: string): boolean {
  return typeof version === 'string' && (version === pinned || READ_ALIKE.has(version));
}
