import type Stripe from 'stripe';
import { text } from '../api/scalars.ts';
import { emptyable, hash, optional, type Parsed } from '../api/schema.ts';

const line = optional(emptyable(text()));

export const addressParams = {
  city: line,
  country: optional(emptyable(text(2))),
  line1: line,
  line2: line,
  postal_code: line,
  state: line,
};

export const shippingParams = {
  address: hash(addressParams),
  carrier: line,
  name: text(),
  phone: optional(emptyable(text(20))),
  tracking_number: line,
};

/** A whole Address: what was not given is null. */
export function toAddress(given: Parsed<typeof addressParams>): Stripe.Address {
  return {
    city: given.city ?? null,
    country: given.country ?? null,
    line1: given.line1 ?? null,
    line2: given.line2 ?? null,
    postal_code: given.postal_code ?? null,
    state: given.state ?? null,
  };
}

/** Shipping details as PaymentIntents, Charges and Customers all have them. */
export function toShipping(given: Parsed<typeof shippingParams>): {
  address: Stripe.Address;
  carrier: string | null;
  name: string;
  phone: string | null;
  tracking_number: string | null;
} {
  return {
    address: toAddress(given.address),
    carrier: given.carrier ?? null,
    name: given.name,
    phone: given.phone ?? null,
    tracking_number: given.tracking_number ?? null,
  };
}
