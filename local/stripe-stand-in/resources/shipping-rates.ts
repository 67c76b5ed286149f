import type Stripe from 'stripe';
import { resourceMissing } from '../api/api-error.ts';
import { operation } from '../api/operation.ts';
import { currency, integer, oneOf, text } from '../api/scalars.ts';
import { hash, metadata, optional, type Parsed, unsupported } from '../api/schema.ts';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';
import { MAX_AMOUNT } from './currencies.ts';

const bound = optional(
  hash({
    unit: oneOf('business_day', 'day', 'hour', 'month', 'week'),
    value: integer({ min: 1 }),
  }),
);

/** `shipping_options[][shipping_rate_data]`; rates are made with the Session that offers them. */
export const shippingRateDataParams = {
  delivery_estimate: optional(hash({ maximum: bound, minimum: bound })),
  display_name: text(100),
  fixed_amount: hash({
    amount: integer({ min: 0, max: MAX_AMOUNT }),
    currency,
    currency_options: unsupported,
  }),
  metadata: optional(metadata),
  tax_behavior: optional(oneOf('exclusive', 'inclusive', 'unspecified')),
  tax_code: optional(text()),
  type: optional(oneOf('fixed_amount')),
};

/** A rate whose fixed amount is there, as every rate of the stand-in's is. */
export type FixedRate = Stripe.ShippingRate & { fixed_amount: Stripe.ShippingRate.FixedAmount };

export function createShippingRate(
  work: Work,
  given: Parsed<typeof shippingRateDataParams>,
): FixedRate {
  const estimate = given.delivery_estimate;
  const rate: FixedRate = {
    id: newId('shr_1'),
    object: 'shipping_rate',
    active: true,
    created: unixSeconds(work.nowMs),
    delivery_estimate:
      estimate === undefined
        ? null
        : { maximum: estimate.maximum ?? null, minimum: estimate.minimum ?? null },
    display_name: given.display_name,
    fixed_amount: { amount: given.fixed_amount.amount, currency: given.fixed_amount.currency },
    livemode: false,
    metadata: given.metadata ?? {},
    tax_behavior: given.tax_behavior ?? 'unspecified',
    tax_code: given.tax_code ?? null,
    type: 'fixed_amount',
  };
  work.tx.put('shippingRates', rate.id, rate);
  return rate;
}

const retrieve = operation({
  id: 'shippingRates.retrieve',
  method: 'GET',
  path: '/v1/shipping_rates/:id',
  params: {},
  execute(work, _params, id) {
    const rate = work.tx.get('shippingRates', id);
    if (rate === undefined) throw resourceMissing('shipping_rate', id, 'shipping_rate', 'in_path');
    return rate;
  },
});

export const shippingRateOperations = [retrieve];
