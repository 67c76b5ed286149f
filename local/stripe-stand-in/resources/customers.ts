import type Stripe from 'stripe';
import { resourceMissing } from '../api/api-error.ts';
import { operation } from '../api/operation.ts';
import { email, oneOf, text } from '../api/scalars.ts';
import { emptyable, hash, list, metadata, optional, unsupported } from '../api/schema.ts';
import { cancelSubscription } from '../billing/end-subscription.ts';
import { saveCustomer } from '../billing/save-changed.ts';
import { newShortId, randomAlphanumeric } from '../ids.ts';
import { emit } from '../webhooks/emit.ts';
import { unixSeconds, type Work } from '../work.ts';
import { addressParams, shippingParams, toAddress, toShipping } from './address.ts';

/** What a Customer is created from; the rest of the object is at its defaults. */
export interface CustomerFacts {
  address?: Stripe.Address | null;
  description?: string | null;
  email?: string | null;
  metadata?: Stripe.Metadata;
  name?: string | null;
  phone?: string | null;
  preferredLocales?: string[];
  shipping?: Stripe.Customer.Shipping | null;
  taxExempt?: 'exempt' | 'none' | 'reverse';
}

/** Creates and stores a Customer, with its `customer.created`. */
export function createCustomer(work: Work, facts: CustomerFacts): Stripe.Customer {
  const customer: Stripe.Customer = {
    id: newShortId('cus_'),
    object: 'customer',
    address: facts.address ?? null,
    balance: 0,
    created: unixSeconds(work.nowMs),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: facts.description ?? null,
    discount: null,
    email: facts.email ?? null,
    invoice_prefix: randomAlphanumeric(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: facts.metadata ?? {},
    name: facts.name ?? null,
    next_invoice_sequence: 1,
    phone: facts.phone ?? null,
    preferred_locales: facts.preferredLocales ?? [],
    shipping: facts.shipping ?? null,
    tax_exempt: facts.taxExempt ?? 'none',
    test_clock: null,
  };
  work.tx.put('customers', customer.id, customer);
  emit(work, 'customer.created', customer);
  return customer;
}

/** The Customer that the parameter `param` names, or Stripe's `resource_missing`; a deleted one is gone. */
export function requireCustomer(
  work: Work,
  id: string,
  param: string,
  named: 'in_path' | 'in_parameter' = 'in_parameter',
): Stripe.Customer {
  const customer = work.tx.get('customers', id);
  if (customer === undefined || customer.deleted) {
    throw resourceMissing('customer', id, param, named);
  }
  return customer;
}

const create = operation({
  id: 'customers.create',
  method: 'POST',
  path: '/v1/customers',
  params: {
    address: optional(emptyable(hash(addressParams))),
    balance: unsupported,
    business_name: unsupported,
    cash_balance: unsupported,
    description: optional(emptyable(text())),
    email: optional(emptyable(email)),
    individual_name: unsupported,
    invoice_prefix: unsupported,
    invoice_settings: unsupported,
    metadata: optional(metadata),
    name: optional(emptyable(text())),
    next_invoice_sequence: unsupported,
    payment_method: unsupported,
    phone: optional(emptyable(text(20))),
    preferred_locales: optional(list(text(), 20)),
    shipping: optional(emptyable(hash(shippingParams))),
    source: unsupported,
    tax: unsupported,
    tax_exempt: optional(emptyable(oneOf('none', 'exempt', 'reverse'))),
    tax_id_data: unsupported,
    test_clock: unsupported,
    validate: unsupported,
  },
  execute(work, params) {
    const { address, shipping } = params;
    return createCustomer(work, {
      address: address ? toAddress(address) : null,
      description: params.description ?? null,
      email: params.email ?? null,
      metadata: params.metadata ?? {},
      name: params.name ?? null,
      phone: params.phone ?? null,
      preferredLocales: params.preferred_locales ?? [],
      shipping: shipping ? toShipping(shipping) : null,
      taxExempt: params.tax_exempt ?? 'none',
    });
  },
});

const retrieve = operation({
  id: 'customers.retrieve',
  method: 'GET',
  path: '/v1/customers/:id',
  params: {},
  execute(work, _params, id) {
    const customer = work.tx.get('customers', id);
    if (customer === undefined) throw resourceMissing('customer', id, 'id', 'in_path');
    return customer;
  },
});

const update = operation({
  id: 'customers.update',
  method: 'POST',
  path: '/v1/customers/:id',
  params: {
    description: optional(emptyable(text())),
    email: optional(emptyable(email)),
    metadata: optional(metadata),
    name: optional(emptyable(text())),
    phone: optional(emptyable(text(20))),
  },
  execute(work, { metadata: changes, ...params }, id) {
    const before = requireCustomer(work, id, 'id', 'in_path');
    const given = Object.entries(params).filter(([, value]) => value !== undefined);
    const after: Stripe.Customer = {
      ...before,
      ...Object.fromEntries(given),
      metadata: { ...before.metadata, ...changes },
    };
    saveCustomer(work, before, after);
    return after;
  },
});

const del = operation({
  id: 'customers.del',
  method: 'DELETE',
  path: '/v1/customers/:id',
  params: {},
  execute(work, _params, id) {
    const customer = requireCustomer(work, id, 'id', 'in_path');
    for (const subscription of work.tx.all('subscriptions').values()) {
      if (subscription.customer === id && subscription.ended_at === null) {
        cancelSubscription(work, subscription, {});
      }
    }
    const deleted: Stripe.DeletedCustomer = { id, object: 'customer', deleted: true };
    work.tx.put('customers', id, deleted);
    emit(work, 'customer.deleted', customer);
    return deleted;
  },
});

export const customerOperations = [create, retrieve, update, del];
