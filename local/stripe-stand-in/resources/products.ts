import type Stripe from 'stripe';
import { refused, resourceMissing } from '../api/api-error.ts';
import { operation } from '../api/operation.ts';
import { boolean, text } from '../api/scalars.ts';
import { metadata, optional, unsupported } from '../api/schema.ts';
import { newShortId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';

/** What a Product is created from. */
export interface ProductFacts {
  readonly id?: string | undefined;
  readonly name: string;
  readonly active?: boolean | undefined;
  readonly description?: string | undefined;
  readonly metadata?: Stripe.Metadata | undefined;
}

/** Creates and stores a Product. Throws a 400 where its id is taken. */
export function createProduct(work: Work, facts: ProductFacts): Stripe.Product {
  const id = facts.id ?? newShortId('prod_');
  if (work.tx.get('products', id) !== undefined) {
    throw refused(`Product already exists with id ${id}.`, {
      code: 'resource_already_exists',
      param: 'id',
    });
  }
  const created = unixSeconds(work.nowMs);
  const product: Stripe.Product = {
    id,
    object: 'product',
    active: facts.active ?? true,
    created,
    default_price: null,
    description: facts.description ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: facts.metadata ?? {},
    name: facts.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  };
  work.tx.put('products', id, product);
  return product;
}

const create = operation({
  id: 'products.create',
  method: 'POST',
  path: '/v1/products',
  params: {
    active: optional(boolean),
    default_price_data: unsupported,
    description: optional(text()),
    id: optional(text()),
    images: unsupported,
    marketing_features: unsupported,
    metadata: optional(metadata),
    name: text(),
    package_dimensions: unsupported,
    shippable: unsupported,
    statement_descriptor: unsupported,
    tax_code: unsupported,
    tax_details: unsupported,
    type: unsupported,
    unit_label: unsupported,
    url: unsupported,
  },
  execute: (work, params) => createProduct(work, params),
});

const retrieve = operation({
  id: 'products.retrieve',
  method: 'GET',
  path: '/v1/products/:id',
  params: {},
  execute(work, _params, id) {
    const product = work.tx.get('products', id);
    if (product === undefined) throw resourceMissing('product', id, 'id', 'in_path');
    return product;
  },
});

export const productOperations = [create, retrieve];
