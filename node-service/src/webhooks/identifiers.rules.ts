/** Where an event says whose it is: the shop in its metadata, and the Stripe objects it names, strongest first. */
import type Stripe from 'stripe';

export type StripeObjectRef = { readonly objectType: string; readonly stripeId: string };

export type Identifiers = {
  readonly metadataShopId: string | null;
  readonly orderId: string | null;
  readonly objects: readonly StripeObjectRef[];
};

type Fields = Readonly<Record<string, unknown>>;

/** Members of an object that name another Stripe object, by its type. */
const REFERENCES: readonly (readonly [member: string, objectType: string])[] = [
  ['subscription', 'subscription'],
  ['invoice', 'invoice'],
  ['payment_intent', 'payment_intent'],
  ['charge', 'charge'],
];

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A reference is an id, or the object itself where it was expanded. */
function idOf(value: unknown): string | null {
  return isFields(value) ? text(value.id) : text(value);
}

export function identifiersOf(event: Stripe.Event): Identifiers {
  const object: Fields = isFields(event.data?.object)
    ? (event.data.object as unknown as Fields)
    : {};
  const metadata: Fields = isFields(object.metadata) ? object.metadata : {};
  const own = { objectType: text(object.object), stripeId: text(object.id) };
  const named = REFERENCES.map(([member, objectType]) => ({
    objectType,
    stripeId: idOf(object[member]),
  }));
  return {
    metadataShopId: text(metadata.shop_id),
    orderId: text(metadata.order_id),
    objects: [own, ...named].filter(
      (ref): ref is StripeObjectRef => ref.objectType !== null && ref.stripeId !== null,
    ),
  };
}
