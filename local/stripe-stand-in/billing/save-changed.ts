import type Stripe from 'stripe';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';

/** Stores a changed subscription, with `customer.subscription.updated`; without a change nothing happens. */
export function saveSubscription(
  work: Work,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
): Stripe.Subscription {
  const previous = changedFrom(before, after);
  if (Object.keys(previous).length === 0) return before;
  work.tx.put('subscriptions', after.id, after);
  emit(work, 'customer.subscription.updated', after, previous);
  return after;
}

/** Stores a changed Customer, with `customer.updated`; without a change nothing happens. */
export function saveCustomer(work: Work, before: Stripe.Customer, after: Stripe.Customer): void {
  const previous = changedFrom(before, after);
  if (Object.keys(previous).length === 0) return;
  work.tx.put('customers', after.id, after);
  emit(work, 'customer.updated', after, previous);
}

/** What an event says in `previous_attributes`: the former value of every field that is another now. */
function changedFrom(before: object, after: object): Record<string, unknown> {
  const now: Record<string, unknown> = { ...after };
  const different = Object.entries(before).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(now[name]),
  );
  return Object.fromEntries(different);
}
