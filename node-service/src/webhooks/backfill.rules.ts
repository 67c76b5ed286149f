/** What a shop's own records say of Stripe's objects. Pure. */
import type { StripeObjectRef } from './identifiers.rules.ts';
import { objectKey } from './resolution.rules.ts';

/** An object of the shop's, and the order that it is of. */
export type Recorded = StripeObjectRef & { readonly orderId: string | null };

export type OrderRow = { readonly order_id: string; readonly checkout_session_id: string | null };
export type FactRow = {
  readonly order_id: string;
  readonly kind: string;
  readonly reference: string;
};

/** An intent, or with the amount that differs from what was agreed. A session that cost nothing has none. */
function intentOf(reference: string): string | null {
  const [id = ''] = reference.split(':', 1);
  return id.startsWith('pi_') ? id : null;
}

function objectOf({ kind, reference }: FactRow): StripeObjectRef | null {
  if (/^refund_(pending|succeeded|failed|taken)$/.test(kind))
    return { objectType: 'refund', stripeId: reference };
  if (kind.startsWith('dispute_')) return { objectType: 'dispute', stripeId: reference };
  if (!kind.startsWith('payment_')) return null;
  const stripeId = intentOf(reference);
  return stripeId === null ? null : { objectType: 'payment_intent', stripeId };
}

/** The sessions, intents, refunds and disputes of some orders, each once. */
export function objectsOfOrders(
  orders: readonly OrderRow[],
  facts: readonly FactRow[],
): Recorded[] {
  const sessions = orders.flatMap(({ order_id: orderId, checkout_session_id: stripeId }) =>
    stripeId === null ? [] : [{ objectType: 'checkout.session', stripeId, orderId }],
  );
  const others = facts.flatMap((fact) => {
    const object = objectOf(fact);
    return object === null ? [] : [{ ...object, orderId: fact.order_id }];
  });
  return eachOnce([...sessions, ...others]);
}

/** Each once, the first that is said of it: two facts may name one object. */
export function eachOnce(objects: readonly Recorded[]): Recorded[] {
  const byKey = new Map<string, Recorded>();
  for (const object of objects) {
    const key = objectKey(object.objectType, object.stripeId);
    if (!byKey.has(key)) byKey.set(key, object);
  }
  return [...byKey.values()];
}
