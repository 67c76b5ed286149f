/** Whose an event is, from what it says and what is known of that. Never a guess: anything else is for a person. */
import type { Identifiers } from './identifiers.rules.ts';

export type Resolution =
  | {
      readonly kind: 'resolved';
      readonly shopId: string;
      readonly by: 'metadata' | 'map' | 'customer';
      /** The order that the map knows its objects by. */
      readonly orderId: string | null;
      /** Whether one of its objects is known to be this shop's, so that the others may be learnt from it. */
      readonly isProven: boolean;
    }
  | Undecided;

/** `candidates` are shops that it points at: for a person to look at, and for nothing else. */
export type Undecided = {
  /** Unresolved: nothing says whose it is, yet. Contradiction: what it says cannot all be true. */
  readonly kind: 'unresolved' | 'contradiction';
  readonly detail: string;
  readonly candidates: readonly string[];
};

export type KnownShop = { readonly shopId: string; readonly maySettle: boolean };

/** What the database knows of the names in some events. */
export type Known = {
  readonly shops: ReadonlyMap<string, KnownShop>;
  /** Whose a Stripe object is, by `objectKey`. */
  readonly owners: ReadonlyMap<
    string,
    { readonly shopId: string; readonly orderId: string | null }
  >;
  /** The shops that a customer has been seen with. */
  readonly customers: ReadonlyMap<string, readonly KnownShop[]>;
};

export function objectKey(objectType: string, stripeId: string): string {
  return `${objectType} ${stripeId}`;
}

type Said = {
  readonly named: readonly string[];
  /** The map's entries of its objects, strongest first. */
  readonly mapped: readonly { readonly shopId: string; readonly orderId: string | null }[];
  readonly customerOwner: string | null;
  readonly customerShops: readonly KnownShop[];
};

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** A customer may be at several shops, so that it contradicts nothing, unless the event is about this very customer. */
function whatIsSaid(identifiers: Identifiers, known: Known): Said {
  const { own, objects, customerId } = identifiers;
  const mapped = objects.flatMap(
    ({ objectType, stripeId }) => known.owners.get(objectKey(objectType, stripeId)) ?? [],
  );
  const owner =
    customerId === null ? undefined : known.owners.get(objectKey('customer', customerId));
  const isOwn = own?.objectType === 'customer' && owner !== undefined;
  return {
    named: identifiers.metadataShopIds,
    mapped: isOwn ? [...mapped, owner] : mapped,
    customerOwner: owner?.shopId ?? null,
    customerShops: customerId === null ? [] : (known.customers.get(customerId) ?? []),
  };
}

function describe({ named, mapped }: Said): string {
  const owners = unique(mapped.map(({ shopId }) => shopId));
  return `metadata names ${named.join(', ') || 'no shop'}, the map ${owners.join(', ') || 'none'}`;
}

/**
 * Metadata and the map, which must agree; else the customer, where it is known at a single shop. A shop that may not
 * settle is believed of what the map proves to be its own, so that its money is booked, and of nothing else.
 */
export function decide(identifiers: Identifiers, known: Known): Resolution {
  const said = whatIsSaid(identifiers, known);
  const { named, mapped, customerOwner, customerShops } = said;
  const candidates = unique([
    ...named.filter((shopId) => known.shops.has(shopId)),
    ...mapped.map(({ shopId }) => shopId),
    ...(customerOwner === null ? [] : [customerOwner]),
    ...customerShops.map(({ shopId }) => shopId),
  ]);
  const undecided = (kind: Undecided['kind'], detail: string): Undecided => ({
    kind,
    detail,
    candidates,
  });
  const missing = named.find((shopId) => !known.shops.has(shopId));
  if (missing !== undefined)
    return undecided('contradiction', `metadata names ${missing}, which is no shop`);
  const [shopId, ...others] = unique([...named, ...mapped.map((owner) => owner.shopId)]);
  if (others.length > 0) return undecided('contradiction', describe(said));
  if (shopId !== undefined) {
    const isProven = mapped.length > 0;
    if (!isProven && known.shops.get(shopId)?.maySettle !== true)
      return undecided('unresolved', `metadata names ${shopId}, which may not settle`);
    const orderId = mapped.find((owner) => owner.orderId !== null)?.orderId ?? null;
    return {
      kind: 'resolved',
      shopId,
      by: named.length > 0 ? 'metadata' : 'map',
      orderId,
      isProven,
    };
  }
  const weak = { kind: 'resolved', orderId: null, isProven: false } as const;
  if (customerOwner !== null) return { ...weak, shopId: customerOwner, by: 'map' };
  const [only, ...more] = customerShops;
  if (more.length > 0)
    return undecided('unresolved', 'its customer is known at more shops than one');
  if (only === undefined) return undecided('unresolved', 'nothing that it names is known');
  if (!only.maySettle)
    return undecided('unresolved', `its customer is ${only.shopId}'s, which may not settle`);
  return { ...weak, shopId: only.shopId, by: 'customer' };
}
