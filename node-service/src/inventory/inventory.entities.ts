import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

export type HoldState = 'active' | 'committed' | 'released' | 'expired';

export const HoldEntity = defineEntity({
  name: 'Hold',
  tableName: 'hold',
  properties: {
    shopId: p.string().primary(),
    holdId: p.string().primary(),
    orderId: p.string().nullable(),
    state: p.string().$type<HoldState>(),
    expiry: p.string().$type<'clock' | 'stripe'>(),
    expiresAt: p.datetime(),
    createdAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    returnedAt: p.datetime().nullable(),
  },
});

export type Hold = Readonly<InferEntity<typeof HoldEntity>>;
