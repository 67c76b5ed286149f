import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { InferEntity } from '@mikro-orm/core';
import type { ShopTx, WithEntities } from '../platform/db.ts';
import { ProductEntity, VariantEntity } from './catalogue.entities.ts';

type ProductRow = Readonly<InferEntity<typeof ProductEntity>>;
type VariantRow = Readonly<InferEntity<typeof VariantEntity>>;

function present(product: ProductRow, variants: readonly VariantRow[], currency: string): Product {
  const money = (amount: number): { amount: number; currency: string } => ({ amount, currency });
  return {
    sku: product.sku,
    name: product.name,
    description: product.description,
    kind: product.kind,
    unitPrice: money(product.unitPriceMinor),
    ...(product.depositMinor > 0 ? { deposit: money(product.depositMinor) } : {}),
    image: product.image as Product['image'],
    options: product.options,
    variants: variants.map((variant) => ({
      variantKey: variant.variantKey,
      variantAttributes: variant.attributes,
      unitPrice: money(variant.unitPriceMinor ?? product.unitPriceMinor),
    })),
  };
}

/** The shop's products, or those with this SKU, with their variants, in the shop's own order. No stock. */
export async function readCatalogue(
  tx: WithEntities<ShopTx>,
  currency: string,
  sku?: string,
): Promise<Product[]> {
  const where = sku === undefined ? { shopId: tx.shopId } : { shopId: tx.shopId, sku };
  const products = await tx.em.find(ProductEntity, where, { orderBy: { position: 'asc' } });
  const variants = await tx.em.find(VariantEntity, where, { orderBy: { position: 'asc' } });
  return products.map((product) =>
    present(
      product,
      variants.filter((variant) => variant.sku === product.sku),
      currency,
    ),
  );
}
