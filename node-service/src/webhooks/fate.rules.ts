/** What becomes of an event, by its type and by whose it is. Pure. */
import type Stripe from 'stripe';
import { isApplied } from './event-types.rules.ts';
import { mustHaveShop } from './identifiers.rules.ts';
import type { Undecided } from './resolution.rules.ts';

export type Fate =
  /** A job of its shop. */
  | { readonly kind: 'job'; readonly shopId: string }
  /** It changes nothing, and is finished; what it names is learnt where it has a shop. */
  | { readonly kind: 'ignored' }
  /** It is looked at again, until its shop is known or `waiting.rules.ts` gives it up. */
  | { readonly kind: 'waits' }
  | {
      readonly kind: 'dead_letter';
      readonly detail: string;
      readonly candidates: readonly string[];
    };

type Whose = { readonly kind: 'resolved'; readonly shopId: string } | Undecided;

/** An event of a type that nobody handles needs no shop, and no person to look for it. */
export function fateOf(event: Stripe.Event, resolution: Whose): Fate {
  const applied = isApplied(event);
  if (!applied && !mustHaveShop(event.type)) return { kind: 'ignored' };
  switch (resolution.kind) {
    case 'contradiction':
      return {
        kind: 'dead_letter',
        detail: resolution.detail,
        candidates: resolution.candidates,
      };
    case 'unresolved':
      return { kind: 'waits' };
    case 'resolved':
      return applied ? { kind: 'job', shopId: resolution.shopId } : { kind: 'ignored' };
  }
}
