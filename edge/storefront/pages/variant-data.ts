import { formatMinor } from '@commerce/contracts/vocabulary/money.ts';
import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';

/** What the product page's script knows of each variant: what to choose for it, its key, and its price as text. */
export type VariantData = { attributes: Record<string, string>; variantKey: string; price: string };

export function variantData(product: Product, locale: string): VariantData[] {
  return product.variants.map(({ variantAttributes, variantKey, unitPrice }) => ({
    attributes: variantAttributes,
    variantKey,
    price: formatMinor(unitPrice.amount, unitPrice.currency, locale),
  }));
}
