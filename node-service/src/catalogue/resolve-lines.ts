import { VariantKeyError, variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { ShopTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { ProductEntity, TaxRateEntity, VariantEntity } from './catalogue.entities.ts';

/** What a client may say of a line. A price is not among it. */
export type RequestedLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly variantAttributes?: Readonly<Record<string, string>>;
  readonly rental?: { readonly from: string; readonly to: string };
};

export type KeyedLine = RequestedLine & { readonly variantKey: string };

export type CatalogueLine = KeyedLine & {
  readonly name: string;
  readonly kind: 'sale' | 'rental';
  readonly unitPriceMinor: number;
  readonly depositMinorPerUnit: number;
  readonly taxBasisPoints: number;
};

/** Adds the variant's key to each line. @throws Problem malformed_request naming the line, by its place in the body. */
export function keyLines(lines: readonly RequestedLine[], place: string): KeyedLine[] {
  return lines.map((line, index) => {
    try {
      return { ...line, variantKey: variantKeyV1(line.sku, line.variantAttributes) };
    } catch (error) {
      if (!(error instanceof VariantKeyError)) throw error;
      throw new Problem('malformed_request', {
        detail: 'A line does not name a variant.',
        errors: [{ path: `${place}/${index}`, message: error.message }],
      });
    }
  });
}

/** The lines with what the shop's own catalogue says of them, and those that it does not have. */
export async function resolveLines(
  tx: ShopTx,
  lines: readonly KeyedLine[],
): Promise<{ readonly lines: readonly CatalogueLine[]; readonly unknown: readonly KeyedLine[] }> {
  const { em, shopId } = tx;
  const variants = await em.find(VariantEntity, {
    shopId,
    variantKey: { $in: lines.map((line) => line.variantKey) },
  });
  const products = await em.find(ProductEntity, {
    shopId,
    sku: { $in: variants.map(({ sku }) => sku) },
  });
  const rates = await em.find(TaxRateEntity, { shopId });
  const variantByKey = new Map(variants.map((variant) => [variant.variantKey, variant]));
  const productBySku = new Map(products.map((product) => [product.sku, product]));
  const rateByClass = new Map(rates.map((rate) => [rate.taxClass, rate.rateBasisPoints]));
  const known: CatalogueLine[] = [];
  const unknown: KeyedLine[] = [];
  for (const line of lines) {
    const variant = variantByKey.get(line.variantKey);
    const product = variant && productBySku.get(variant.sku);
    if (variant === undefined || product === undefined) {
      unknown.push(line);
      continue;
    }
    const taxBasisPoints = rateByClass.get(product.taxClass);
    if (taxBasisPoints === undefined) throw new Error(`no tax rate for class ${product.taxClass}`);
    known.push({
      ...line,
      sku: product.sku,
      name: product.name,
      kind: product.kind,
      unitPriceMinor: variant.unitPriceMinor ?? product.unitPriceMinor,
      depositMinorPerUnit: product.depositMinor,
      taxBasisPoints,
    });
  }
  return { lines: known, unknown };
}
