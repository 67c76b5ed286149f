/**
 * Where an event says whose it is: the shop in its metadata, and the Stripe objects that it names, strongest first.
 * The places are held against Stripe's own types by the compiler, and read from what came without trusting any shape.
 */
import type Stripe from 'stripe';

export type StripeObjectRef = { readonly objectType: string; readonly stripeId: string };

export type Identifiers = {
  /** The object that the event is about; null where it has no id. */
  readonly own: StripeObjectRef | null;
  /** Every shop that its metadata names, each once. */
  readonly metadataShopIds: readonly string[];
  readonly orderId: string | null;
  /** The objects that it names, its own among them, each once, strongest first; no customer. */
  readonly objects: readonly StripeObjectRef[];
  /** Says whose the event is only where nothing else does. */
  readonly customerId: string | null;
};

/** What a member holds: the elements of a list, the object of an expandable reference. */
type Held<T> = T extends readonly (infer Element)[] ? Held<Element> : T extends object ? T : never;
type MemberOf<O, Name extends string> = O extends unknown
  ? Name extends keyof O
    ? O[Name]
    : never
  : never;
/** The path itself where Stripe's type has it, else never. Lists are walked through: `lines.data.parent`. */
type PathIn<T, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof Held<T>
    ? [PathIn<MemberOf<Held<T>, Head>, Rest>] extends [never]
      ? never
      : Path
    : never
  : Path extends (Held<T> extends infer O ? (O extends unknown ? keyof O : never) : never)
    ? Path
    : never;

type Places<Path extends string = string> = {
  /** Where metadata is, the object's own first. */
  readonly metadata: readonly Path[];
  /** Where objects are named, by their type, strongest first; `id` is the object's own. */
  readonly objects: readonly (readonly [objectType: string, path: Path])[];
  readonly customer: readonly Path[];
};

const placesIn =
  <T extends object>() =>
  <const Path extends string>(places: Places<Path> & Places<PathIn<T, Path>>): Places =>
    places;

/** By the type of the object that an event is about. */
const PLACES = {
  'checkout.session': placesIn<Stripe.Checkout.Session>()({
    metadata: ['metadata'],
    objects: [
      ['checkout.session', 'id'],
      ['subscription', 'subscription'],
      ['invoice', 'invoice'],
      ['payment_intent', 'payment_intent'],
      ['setup_intent', 'setup_intent'],
    ],
    customer: ['customer'],
  }),
  payment_intent: placesIn<Stripe.PaymentIntent>()({
    metadata: ['metadata'],
    objects: [
      ['payment_intent', 'id'],
      ['charge', 'latest_charge'],
      ['charge', 'last_payment_error.charge'],
    ],
    customer: ['customer'],
  }),
  charge: placesIn<Stripe.Charge>()({
    metadata: ['metadata'],
    objects: [
      ['payment_intent', 'payment_intent'],
      ['charge', 'id'],
    ],
    customer: ['customer'],
  }),
  refund: placesIn<Stripe.Refund>()({
    metadata: ['metadata'],
    objects: [
      ['refund', 'id'],
      ['payment_intent', 'payment_intent'],
      ['charge', 'charge'],
    ],
    customer: ['customer'],
  }),
  dispute: placesIn<Stripe.Dispute>()({
    metadata: ['metadata'],
    objects: [
      ['payment_intent', 'payment_intent'],
      ['charge', 'charge'],
      ['dispute', 'id'],
    ],
    customer: [],
  }),
  customer: placesIn<Stripe.Customer>()({ metadata: ['metadata'], objects: [], customer: ['id'] }),
  subscription: placesIn<Stripe.Subscription>()({
    metadata: ['metadata'],
    objects: [
      ['subscription', 'id'],
      ['invoice', 'latest_invoice'],
    ],
    customer: ['customer'],
  }),
  invoice: placesIn<Stripe.Invoice>()({
    metadata: ['metadata', 'parent.subscription_details.metadata'],
    objects: [
      ['subscription', 'parent.subscription_details.subscription'],
      ['subscription', 'lines.data.parent.subscription_item_details.subscription'],
      ['subscription', 'lines.data.parent.invoice_item_details.subscription'],
      ['invoice', 'id'],
      ['payment_intent', 'payments.data.payment.payment_intent'],
      ['charge', 'payments.data.payment.charge'],
      ['payment_record', 'payments.data.payment.payment_record'],
    ],
    customer: ['customer'],
  }),
  invoice_payment: placesIn<Stripe.InvoicePayment>()({
    metadata: [],
    objects: [
      ['invoice', 'invoice'],
      ['payment_intent', 'payment.payment_intent'],
      ['charge', 'payment.charge'],
      ['payment_record', 'payment.payment_record'],
      ['invoice_payment', 'id'],
    ],
    customer: [],
  }),
} as const;

export type ResolvedObject = keyof typeof PLACES;

type ObjectOf<Type> = Extract<Stripe.Event, { type: Type }>['data']['object'];
type KnownTypes = {
  readonly [Type in Stripe.Event['type']]?: ObjectOf<Type> extends { object: infer Name }
    ? Name & ResolvedObject
    : never;
};

/** The events that must have a shop, by what they are about. Of any other nobody asks whose it is. */
export const EVENTS_OF_SHOPS = {
  'checkout.session.completed': 'checkout.session',
  'checkout.session.async_payment_succeeded': 'checkout.session',
  'checkout.session.async_payment_failed': 'checkout.session',
  'checkout.session.expired': 'checkout.session',
  'payment_intent.created': 'payment_intent',
  'payment_intent.succeeded': 'payment_intent',
  'payment_intent.payment_failed': 'payment_intent',
  'payment_intent.canceled': 'payment_intent',
  'payment_intent.processing': 'payment_intent',
  'payment_intent.requires_action': 'payment_intent',
  'payment_intent.amount_capturable_updated': 'payment_intent',
  'charge.succeeded': 'charge',
  'charge.pending': 'charge',
  'charge.failed': 'charge',
  'charge.captured': 'charge',
  'charge.refunded': 'charge',
  'charge.updated': 'charge',
  'charge.dispute.created': 'dispute',
  'charge.dispute.updated': 'dispute',
  'charge.dispute.closed': 'dispute',
  'charge.dispute.funds_withdrawn': 'dispute',
  'charge.dispute.funds_reinstated': 'dispute',
  'refund.created': 'refund',
  'refund.updated': 'refund',
  'refund.failed': 'refund',
  'customer.created': 'customer',
  'customer.updated': 'customer',
  'customer.deleted': 'customer',
  'customer.subscription.created': 'subscription',
  'customer.subscription.updated': 'subscription',
  'customer.subscription.deleted': 'subscription',
  'customer.subscription.paused': 'subscription',
  'customer.subscription.resumed': 'subscription',
  'customer.subscription.trial_will_end': 'subscription',
  'invoice.created': 'invoice',
  'invoice.updated': 'invoice',
  'invoice.finalized': 'invoice',
  'invoice.paid': 'invoice',
  'invoice.payment_succeeded': 'invoice',
  'invoice.payment_failed': 'invoice',
  'invoice.voided': 'invoice',
  'invoice.marked_uncollectible': 'invoice',
  'invoice_payment.paid': 'invoice_payment',
} as const satisfies KnownTypes;

export type EventTypeOfShops = keyof typeof EVENTS_OF_SHOPS;

/** Whether an event of this type is a dead letter where nobody knows whose it is; any other is ignored. */
export function mustHaveShop(eventType: string): eventType is EventTypeOfShops {
  return Object.hasOwn(EVENTS_OF_SHOPS, eventType);
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Everything that is there, through lists; nothing where the path ends early. */
function valuesAt(object: unknown, path: string): readonly unknown[] {
  let found: readonly unknown[] = [object];
  for (const member of path.split('.')) {
    found = found.flatMap((value) =>
      isFields(value) && Object.hasOwn(value, member) ? [value[member]].flat() : [],
    );
  }
  return found;
}

/** A reference is an id, or the object itself where it was expanded. */
function idsAt(object: unknown, path: string): readonly string[] {
  return valuesAt(object, path).flatMap(
    (value) => (isFields(value) ? text(value.id) : text(value)) ?? [],
  );
}

function placesOf(objectType: string | null): Places {
  if (objectType !== null && Object.hasOwn(PLACES, objectType))
    return PLACES[objectType as ResolvedObject];
  const own = objectType === null ? [] : [[objectType, 'id'] as const];
  return { metadata: ['metadata'], objects: own, customer: ['customer'] };
}

function metadataTexts(object: unknown, places: Places, name: string): readonly string[] {
  const all = places.metadata.flatMap((path) => valuesAt(object, path));
  return all.flatMap((metadata) => (isFields(metadata) ? (text(metadata[name]) ?? []) : []));
}

/** What the event says, whatever its shape: never a throw. */
export function identifiersOf(event: Stripe.Event): Identifiers {
  const data: unknown = event.data;
  const object = isFields(data) && isFields(data.object) ? data.object : {};
  const objectType = text(object.object);
  const stripeId = text(object.id);
  const places = placesOf(objectType);
  const objects = new Map<string, StripeObjectRef>();
  for (const [type, path] of places.objects) {
    for (const id of idsAt(object, path)) {
      const key = `${type} ${id}`;
      if (!objects.has(key)) objects.set(key, { objectType: type, stripeId: id });
    }
  }
  return {
    own: objectType === null || stripeId === null ? null : { objectType, stripeId },
    metadataShopIds: [...new Set(metadataTexts(object, places, 'shop_id'))],
    orderId: metadataTexts(object, places, 'order_id')[0] ?? null,
    objects: [...objects.values()],
    customerId: places.customer.flatMap((path) => idsAt(object, path))[0] ?? null,
  };
}
