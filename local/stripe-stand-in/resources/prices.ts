import Stripe from 'stripe';
import { invalidRequest, refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { boolean, currency, integer, oneOf, text } from '../api/scalars.ts';
import { hash, metadata, optional, unsupported } from '../api/schema.ts';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';
import { checkAmountFitsCurrency, MAX_AMOUNT } from './currencies.ts';
import { createProduct } from './products.ts';

/** A price that is charged again every interval. */
export interface RecurringPrice extends Stripe.Price {
  readonly product: string;
  readonly recurring: Stripe.Price.Recurring;
  readonly unit_amount: number;
}

/** The active, recurring price that `param` names, or Stripe's 400. */
export function requireRecurringPrice(work: Work, id: string, param: string): RecurringPrice {
  const price = work.tx.get('prices', id);
  if (price === undefined) throw resourceMissing('price', id, param, 'in_parameter');
  const { product, recurring, unit_amount } = price;
  if (recurring === null) {
    const message = `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`;
    throw refused(message, { param });
  }
  if (!price.active) {
    throw refused(`The price specified is inactive. This field only accepts active prices.`, {
      param,
    });
  }
  if (typeof product !== 'string' || unit_amount === null) throw new Error(`price ${id} is odd`);
  return { ...price, product, recurring, unit_amount };
}

const create = operation({
  id: 'prices.create',
  method: 'POST',
  path: '/v1/prices',
  params: {
    active: optional(boolean),
    billing_scheme: optional(oneOf('per_unit')),
    currency,
    currency_options: unsupported,
    custom_unit_amount: unsupported,
    lookup_key: optional(text(200)),
    metadata: optional(metadata),
    nickname: optional(text()),
    product: optional(text()),
    product_data: optional(
      hash({
        active: optional(boolean),
        id: optional(text()),
        metadata: optional(metadata),
        name: text(),
        statement_descriptor: unsupported,
        tax_code: unsupported,
        tax_details: unsupported,
        unit_label: unsupported,
      }),
    ),
    recurring: optional(
      hash({
        interval: oneOf('day', 'week', 'month', 'year'),
        interval_count: optional(integer({ min: 1, max: 156 })),
        meter: unsupported,
        trial_period_days: unsupported,
        usage_type: optional(oneOf('licensed')),
      }),
    ),
    tax_behavior: optional(oneOf('exclusive', 'inclusive', 'unspecified')),
    tiers: unsupported,
    tiers_mode: unsupported,
    transfer_lookup_key: unsupported,
    transform_quantity: unsupported,
    unit_amount: integer({ min: 0, max: MAX_AMOUNT }),
    unit_amount_decimal: unsupported,
  },
  check(params) {
    if ((params.product === undefined) === (params.product_data === undefined)) {
      throw invalidRequest('Give exactly one of these parameters: product, product_data.', {
        code: params.product === undefined ? 'parameter_missing' : 'parameters_exclusive',
        param: 'product',
      });
    }
    checkAmountFitsCurrency(params.unit_amount, params.currency, 'unit_amount');
  },
  execute(work, params) {
    if (params.product !== undefined && work.tx.get('products', params.product) === undefined) {
      throw resourceMissing('product', params.product, 'product', 'in_parameter');
    }
    const product =
      params.product_data === undefined
        ? String(params.product)
        : createProduct(work, params.product_data).id;
    const { recurring } = params;
    const price: Stripe.Price = {
      id: newId('price_1'),
      object: 'price',
      active: params.active ?? true,
      billing_scheme: 'per_unit',
      created: unixSeconds(work.nowMs),
      currency: params.currency,
      custom_unit_amount: null,
      livemode: false,
      lookup_key: params.lookup_key ?? null,
      metadata: params.metadata ?? {},
      nickname: params.nickname ?? null,
      product,
      recurring:
        recurring === undefined
          ? null
          : {
              interval: recurring.interval,
              interval_count: recurring.interval_count ?? 1,
              meter: null,
              trial_period_days: null,
              usage_type: 'licensed',
            },
      tax_behavior: params.tax_behavior ?? 'unspecified',
      tiers_mode: null,
      transform_quantity: null,
      type: recurring === undefined ? 'one_time' : 'recurring',
      unit_amount: params.unit_amount,
      unit_amount_decimal: Stripe.Decimal.from(params.unit_amount),
    };
    work.tx.put('prices', price.id, price);
    return price;
  },
});

const retrieve = operation({
  id: 'prices.retrieve',
  method: 'GET',
  path: '/v1/prices/:id',
  params: {},
  execute(work, _params, id) {
    const price = work.tx.get('prices', id);
    if (price === undefined) throw resourceMissing('price', id, 'price', 'in_path');
    return price;
  },
});

const list = operation({
  id: 'prices.list',
  method: 'GET',
  path: '/v1/prices',
  params: {
    ...paginationParams,
    active: optional(boolean),
    created: optional(createdParam),
    currency: optional(currency),
    lookup_keys: unsupported,
    product: optional(text()),
    recurring: unsupported,
    type: optional(oneOf('one_time', 'recurring')),
  },
  check: checkPagination,
  execute(work, params) {
    const wanted = (['active', 'currency', 'product', 'type'] as const).filter(
      (name) => params[name] !== undefined,
    );
    return page('/v1/prices', 'price', work.tx.all('prices').values(), params, (price) => {
      const inTime = params.created?.(price.created) ?? true;
      return inTime && wanted.every((name) => params[name] === price[name]);
    });
  },
});

export const priceOperations = [create, retrieve, list];
