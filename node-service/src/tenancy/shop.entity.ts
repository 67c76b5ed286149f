import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

export type Theme = {
  readonly primary: string;
  readonly accent: string;
  readonly background: string;
  readonly text: string;
};

/** A row of the registry: which shops there are, and what each may do. */
export const ShopEntity = defineEntity({
  name: 'Shop',
  tableName: 'shop',
  properties: {
    shopId: p.string().primary(),
    displayName: p.string(),
    tagline: p.string(),
    currency: p.string(),
    locale: p.string(),
    theme: p.json().$type<Theme>(),
    mayTrade: p.boolean(),
    maySettle: p.boolean(),
    stripeAccount: p.string(),
    stripeSecretRef: p.string(),
    maxUnitsPerLine: p.integer(),
    migrationWindowEndsAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export type Shop = Readonly<InferEntity<typeof ShopEntity>>;
