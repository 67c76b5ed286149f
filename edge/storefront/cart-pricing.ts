import type { Money } from '@commerce/contracts/vocabulary/money.ts';
import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { Product, ProductVariant } from '@commerce/generated/node-v1/client/types.gen.ts';
import { lineKey } from '../cart/cart.rules.ts';
import type { CartLine } from '../cart/cart.ts';
import { formatDays } from './page-locale.ts';
import { productPath } from './page-paths.ts';
import { drawnColour } from './product-colour.ts';
import { rentalDays } from './rental-days.ts';

/** A cart's line as a page shows it. */
export type PricedLine = {
  /** What `/api/cart` is told of it. */
  reference: CartLine;
  variantKey: string;
  name: string;
  /** The name and what was chosen, to tell lines of one product apart. */
  fullName: string;
  /** What was chosen: options and days. Empty where there was nothing to choose. */
  detail: string;
  image: { kind: string; colour: string };
  /** The product's page, without a locale; absent where the shop no longer sells it. */
  path?: string;
  /** For one unit, or for a rental one unit for one day; absent where the shop no longer sells it. */
  unitPrice?: Money;
  priceUnit: 'each' | 'day';
  /** Of all units and days; absent where the line cannot be bought as it is. */
  total?: Money;
};

export type PricedCart = {
  id: string | undefined;
  lines: PricedLine[];
  /** Without tax, delivery and deposits. */
  subtotal: Money;
  /** Each line can be bought as it is. */
  complete: boolean;
};

/**
 * Puts today's names and prices to a cart's lines. The cart itself has none, so no client can bring its own.
 * @param locale BCP 47, for the days of a rental
 */
export function priceCart(
  cart: { id: string | undefined; lines: readonly CartLine[] },
  products: readonly Product[],
  currency: string,
  locale: string,
): PricedCart {
  const lines = cart.lines.map((line) => priceLine(line, products, locale));
  const amount = lines.reduce((sum, line) => sum + (line.total?.amount ?? 0), 0);
  return {
    id: cart.id,
    lines,
    subtotal: { amount, currency },
    complete: lines.every((line) => line.total !== undefined),
  };
}

/** Rentals are handed over and brought back in person; all else travels. */
export function hasGoodsToDeliver(cart: Pick<PricedCart, 'lines'>): boolean {
  return cart.lines.some(({ priceUnit }) => priceUnit === 'each');
}

/** Stands for the lines of a cart: equal for equal carts, different for any other. */
export function cartMark(lines: readonly CartLine[]): string {
  return lines.map((line) => `${lineKey(line)}=${line.quantity}`).join(';');
}

/** The product and variant that a line means, by variant key: another spelling of it finds the same. */
export function findVariant(
  line: Pick<CartLine, 'sku' | 'variantAttributes'>,
  products: readonly Product[],
): { product: Product; variant: ProductVariant } | undefined {
  const variantKey = variantKeyV1(line.sku, line.variantAttributes);
  for (const product of products) {
    const variant = product.variants.find((candidate) => candidate.variantKey === variantKey);
    if (variant !== undefined) return { product, variant };
  }
  return undefined;
}

function priceLine(line: CartLine, products: readonly Product[], locale: string): PricedLine {
  const variantKey = variantKeyV1(line.sku, line.variantAttributes);
  const detail = describe(line, locale);
  const found = findVariant(line, products);
  const name = found?.product.name ?? line.sku;
  const known = {
    reference: line,
    variantKey,
    name,
    detail,
    fullName: detail === '' ? name : `${name} (${detail})`,
    priceUnit: found?.product.kind === 'rental' ? ('day' as const) : ('each' as const),
  };
  if (found === undefined) return { ...known, image: { kind: 'parcel', colour: '#8d9299' } };
  const { product, variant } = found;
  const { amount, currency } = variant.unitPrice;
  const days = product.kind === 'rental' ? rentalDays(line.rental) : 1;
  return {
    ...known,
    image: { kind: product.image.kind, colour: drawnColour(product, variant.variantAttributes) },
    path: productPath(product.sku),
    unitPrice: variant.unitPrice,
    ...(days === 0 ? {} : { total: { amount: amount * line.quantity * days, currency } }),
  };
}

function describe(line: CartLine, locale: string): string {
  const options = Object.values(line.variantAttributes ?? {}).map(valueLabel);
  const days = line.rental ? [formatDays(line.rental.from, line.rental.to, locale)] : [];
  return [...options, ...days].join(', ');
}

/** Sizes in capitals, other values as a word: `m` is “M”, `red` is “Red”. */
export function valueLabel(value: string): string {
  if (/^(x{0,3}[sl]|m)$/i.test(value)) return value.toUpperCase();
  return value.charAt(0).toUpperCase() + value.slice(1);
}
