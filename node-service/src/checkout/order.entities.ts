import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type Stripe from 'stripe';

/** creating: Stripe's answer is not known yet. Ended by complete, expired or refused, and never open again. */
export type SessionState = 'creating' | 'open' | 'complete' | 'expired' | 'refused';

export const OrderEntity = defineEntity({
  name: 'SalesOrder',
  tableName: 'sales_order',
  properties: {
    shopId: p.string().primary(),
    orderId: p.string().primary(),
    cartId: p.string().nullable(),
    holdId: p.string(),
    sessionState: p.string().$type<SessionState>(),
    checkoutSessionId: p.string().nullable(),
    clientSecret: p.string().nullable(),
    stripeRequest: p.json().$type<Stripe.Checkout.SessionCreateParams>(),
    sessionExpiresAt: p.datetime(),
    holdExpiresAt: p.datetime(),
    currency: p.string(),
    subtotalMinor: p.bigint('number'),
    discountMinor: p.bigint('number'),
    taxMinor: p.bigint('number'),
    shippingMinor: p.bigint('number'),
    depositMinor: p.bigint('number'),
    totalMinor: p.bigint('number'),
    email: p.string().nullable(),
    tokenVersion: p.integer(),
    requestId: p.string(),
    createdAt: p.datetime(),
  },
});

export type Order = Readonly<InferEntity<typeof OrderEntity>>;

export type FactKind =
  | 'session_completed'
  | 'session_expired'
  | 'session_refused'
  | 'payment_succeeded'
  | 'payment_processing'
  | 'payment_failed'
  /** Money of another amount or currency than was agreed. It pays for nothing until a person has looked. */
  | 'payment_mismatched'
  | 'cancel_requested'
  | 'stock_taken_again'
  | 'needs_attention'
  /** The payment of this reference cannot be honoured, and is given back. */
  | 'refund_due'
  /** Stripe has a refund for our operation of this name, or has refused it. */
  | 'refund_made'
  | 'refund_refused'
  /** How the refund of this Stripe id stands; the detail is the payment it gives back. */
  | 'refund_pending'
  | 'refund_succeeded'
  | 'refund_failed';

/** Something that happened to an order; the reference is the Stripe object (or our own act) it happened by. */
export const OrderFactEntity = defineEntity({
  name: 'OrderFact',
  tableName: 'order_fact',
  properties: {
    shopId: p.string().primary(),
    orderId: p.string().primary(),
    kind: p.string().$type<FactKind>().primary(),
    reference: p.string().primary(),
    amountMinor: p.bigint('number').nullable(),
    currency: p.string().nullable(),
    detail: p.text().nullable(),
    occurredAt: p.datetime(),
  },
});

export type OrderFact = Readonly<InferEntity<typeof OrderFactEntity>>;
