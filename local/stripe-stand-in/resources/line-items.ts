import Stripe from 'stripe';
import { invalidRequest, resourceMissing } from '../api/api-error.ts';
import { newId, newShortId } from '../ids.ts';
import type { Line } from '../store/records.ts';
import type { LineItemParams } from './checkout-session-params.ts';

/** Prices the lines of a new Session; discounts are shared out afterwards. Amounts in minor units. */
export function priceLines(items: readonly LineItemParams[], createdSeconds: number): Line[] {
  return items.map((item, index) => {
    const price = item.price_data;
    // A Session here sells what `price_data` says: the prices there are, are for subscriptions.
    if (price === undefined || price.product_data === undefined) {
      const param = `line_items[${index}]`;
      if (price === undefined) {
        throw resourceMissing('price', item.price ?? '', `${param}[price]`, 'in_parameter');
      }
      const productParam = `${param}[price_data][product]`;
      throw resourceMissing('product', price.product ?? '', productParam, 'in_parameter');
    }
    const amountSubtotal = price.unit_amount * item.quantity;
    if (!Number.isSafeInteger(amountSubtotal)) throw invalidRequest('The amount is too large.');
    return {
      id: newId('li_1'),
      priceId: newId('price_1'),
      productId: newShortId('prod_'),
      description: price.product_data.name,
      currency: price.currency,
      unitAmount: price.unit_amount,
      quantity: item.quantity,
      amountSubtotal,
      amountDiscount: 0,
      amountTotal: amountSubtotal,
      taxBehavior: price.tax_behavior ?? 'unspecified',
      metadata: item.metadata ?? {},
      created: createdSeconds,
    };
  });
}

/**
 * Shares `discount` out over the lines in proportion to their subtotals, in whole minor units
 * that add up to it exactly: each line gets the difference of two rounded running sums.
 */
export function discountLines(lines: readonly Line[], discount: number): Line[] {
  const subtotal = lines.reduce((sum, line) => sum + line.amountSubtotal, 0);
  let reached = 0;
  let given = 0;
  return lines.map((line) => {
    reached += line.amountSubtotal;
    const due = subtotal === 0 ? 0 : Math.round((discount * reached) / subtotal);
    const amountDiscount = due - given;
    given = due;
    return { ...line, amountDiscount, amountTotal: line.amountSubtotal - amountDiscount };
  });
}

/** The line as the API shows it, with its price. */
export function presentLine(line: Line): Stripe.LineItem {
  const price: Stripe.Price = {
    id: line.priceId,
    object: 'price',
    active: false,
    billing_scheme: 'per_unit',
    created: line.created,
    currency: line.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: line.productId,
    recurring: null,
    tax_behavior: line.taxBehavior,
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: line.unitAmount,
    unit_amount_decimal: Stripe.Decimal.from(line.unitAmount),
  };
  return {
    id: line.id,
    object: 'item',
    adjustable_quantity: null,
    amount_discount: line.amountDiscount,
    amount_subtotal: line.amountSubtotal,
    amount_tax: 0,
    amount_total: line.amountTotal,
    currency: line.currency,
    description: line.description,
    metadata: line.metadata,
    price,
    quantity: line.quantity,
  };
}
