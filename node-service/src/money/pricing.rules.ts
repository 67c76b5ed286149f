/** What an order costs. Integers of minor units throughout; prices are without tax; half-up per line. */

export type PricedLine = {
  readonly sku: string;
  readonly name: string;
  readonly variantKey: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly depositMinorPerUnit: number;
  readonly taxBasisPoints: number;
  /** Days a rental is charged for; 1 for what is sold. */
  readonly periods: number;
};

export type Discount =
  | { readonly kind: 'none' }
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'amount'; readonly amountMinor: number };

export type LineAmounts = {
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly depositMinor: number;
};

export type OrderAmounts = {
  readonly lines: readonly LineAmounts[];
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly shippingMinor: number;
  readonly depositMinor: number;
  readonly totalMinor: number;
};

/** numerator / denominator of non-negative integers, halves up, exactly. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator * 2n + denominator) / (denominator * 2n);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Splits an amount over lines in proportion to their subtotals, so that the parts add up to it exactly: what rounding
 * leaves over goes to the largest remainders, first line first.
 */
export function allocate(amountMinor: number, weights: readonly number[]): number[] {
  const total = BigInt(sum(weights));
  if (total === 0n) return weights.map(() => 0);
  const exact = weights.map((weight) => BigInt(amountMinor) * BigInt(weight));
  const parts = exact.map((value) => Number(value / total));
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value % total }))
    .sort((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
    );
  let left = amountMinor - sum(parts);
  for (const { index } of byRemainder) {
    if (left === 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}

function lineDiscounts(subtotals: readonly number[], discount: Discount): number[] {
  if (discount.kind === 'none') return subtotals.map(() => 0);
  if (discount.kind === 'amount')
    return allocate(Math.min(discount.amountMinor, sum(subtotals)), subtotals);
  return subtotals.map((subtotal) =>
    Number(divideHalfUp(BigInt(subtotal) * BigInt(discount.percent), 100n)),
  );
}

/**
 * total = subtotal - discount + tax + shipping + deposit. Tax is on the discounted line; a deposit is not taxed, and a
 * discount never touches it.
 */
export function priceOrder(
  lines: readonly PricedLine[],
  options: {
    readonly discount: Discount;
    readonly shippingMinor: number;
    readonly coverageMinor: number;
  },
): OrderAmounts {
  const subtotals = lines.map(
    ({ quantity, unitPriceMinor, periods }) => quantity * unitPriceMinor * periods,
  );
  const discounts = lineDiscounts(subtotals, options.discount);
  const priced = lines.map((line, index): LineAmounts => {
    const subtotalMinor = subtotals[index] ?? 0;
    const discountMinor = discounts[index] ?? 0;
    const taxed = BigInt(subtotalMinor - discountMinor) * BigInt(line.taxBasisPoints);
    return {
      subtotalMinor,
      discountMinor,
      taxMinor: Number(divideHalfUp(taxed, 10_000n)),
      depositMinor: line.quantity * line.depositMinorPerUnit,
    };
  });
  const subtotalMinor = sum(priced.map((line) => line.subtotalMinor)) + options.coverageMinor;
  const discountMinor = sum(priced.map((line) => line.discountMinor));
  const taxMinor = sum(priced.map((line) => line.taxMinor));
  const depositMinor = sum(priced.map((line) => line.depositMinor));
  const totalMinor =
    subtotalMinor - discountMinor + taxMinor + options.shippingMinor + depositMinor;
  return {
    lines: priced,
    subtotalMinor,
    discountMinor,
    taxMinor,
    shippingMinor: options.shippingMinor,
    depositMinor,
    totalMinor,
  };
}
