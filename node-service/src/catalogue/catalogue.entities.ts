import { defineEntity, p } from '@mikro-orm/core';

/** What a shop sells. No stock here: what there is of a variant is the inventory's to say. */
export const ProductEntity = defineEntity({
  name: 'Product',
  tableName: 'product',
  properties: {
    shopId: p.string().primary(),
    sku: p.string().primary(),
    name: p.string(),
    description: p.text(),
    kind: p.string().$type<'sale' | 'rental'>(),
    unitPriceMinor: p.bigint('number'),
    depositMinor: p.bigint('number'),
    taxClass: p.string(),
    image: p.json().$type<{ kind: string; colour: string }>(),
    options: p.json().$type<{ name: string; values: string[] }[]>(),
    position: p.integer(),
  },
});

export const VariantEntity = defineEntity({
  name: 'Variant',
  tableName: 'variant',
  properties: {
    shopId: p.string().primary(),
    variantKey: p.string().primary(),
    sku: p.string(),
    attributes: p.json().$type<Record<string, string>>(),
    unitPriceMinor: p.bigint('number').nullable(),
    position: p.integer(),
  },
});

export const ShippingRateEntity = defineEntity({
  name: 'ShippingRate',
  tableName: 'shipping_rate',
  properties: {
    shopId: p.string().primary(),
    shippingRateId: p.string().primary(),
    name: p.string(),
    countries: p.array(),
    amountMinor: p.bigint('number'),
  },
});
