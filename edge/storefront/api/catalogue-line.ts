import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { OrderLine } from '@commerce/generated/public-v1/client/types.gen.ts';
import type { CartLine } from '../../cart/cart.ts';
import { findVariant } from '../cart-pricing.ts';
import { rentalDays } from '../rental-days.ts';

export type CatalogueLine =
  | { ok: true; value: CartLine }
  | { ok: false; code: 'product_not_found' | 'rental_invalid'; detail: string };

/**
 * The line as this shop's catalogue spells it: SKU and options by their own names and case, whatever spelling of the
 * same variant was asked for. Whether any is in stock is no matter here; checkout decides that.
 */
export function catalogueLine(line: OrderLine, products: readonly Product[]): CatalogueLine {
  const found = findVariant(line, products);
  if (found === undefined) {
    const known = products.some((product) => product.sku.toLowerCase() === line.sku.toLowerCase());
    const detail = known
      ? `${quoted(line.sku)} is not sold with these options.`
      : `This shop does not sell ${quoted(line.sku)}.`;
    return { ok: false, code: 'product_not_found', detail };
  }
  const { product, variant } = found;
  if (line.rental !== undefined) {
    if (product.kind !== 'rental') return rentalInvalid(`${product.name} is sold, not rented out.`);
    if (rentalDays(line.rental) === 0)
      return rentalInvalid('The last day is before the first one.');
  }
  const hasOptions = Object.keys(variant.variantAttributes).length > 0;
  return {
    ok: true,
    value: {
      sku: product.sku,
      quantity: line.quantity,
      ...(hasOptions ? { variantAttributes: variant.variantAttributes } : {}),
      ...(line.rental === undefined ? {} : { rental: line.rental }),
    },
  };
}

function rentalInvalid(detail: string): CatalogueLine {
  return { ok: false, code: 'rental_invalid', detail };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
