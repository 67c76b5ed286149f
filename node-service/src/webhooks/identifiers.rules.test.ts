import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { identifiersOf } from './identifiers.rules.ts';

const of = (object: unknown) => identifiersOf({ data: { object } } as unknown as Stripe.Event);
const typesOf = (object: unknown): string[] =>
  of(object).objects.map(({ objectType, stripeId }) => `${objectType} ${stripeId}`);

describe('whose event it is', () => {
  test('is said by the metadata of its object: the shop, and the order', () => {
    const metadata = { shop_id: 'aurora', order_id: 'ord_1', hold_id: 'hold_1' };
    expect(of({ object: 'checkout.session', id: 'cs_1', metadata })).toMatchObject({
      metadataShopId: 'aurora',
      orderId: 'ord_1',
    });
    expect(of({ object: 'refund', id: 're_1', metadata: { shop_id: '' } })).toMatchObject({
      metadataShopId: null,
      orderId: null,
    });
  });

  test('else by its objects: its own first, then those it names, strongest first', () => {
    expect(
      typesOf({
        object: 'checkout.session',
        id: 'cs_1',
        payment_intent: 'pi_1',
        subscription: 'sub_1',
        invoice: { id: 'in_1' },
        customer: 'cus_1',
      }),
    ).toEqual([
      'checkout.session cs_1',
      'subscription sub_1',
      'invoice in_1',
      'payment_intent pi_1',
    ]);
    expect(
      typesOf({ object: 'dispute', id: 'dp_1', payment_intent: null, charge: 'ch_1' }),
    ).toEqual(['dispute dp_1', 'charge ch_1']);
  });

  test('is unknown where nothing says so, and never a throw', () => {
    fc.assert(
      fc.property(fc.anything(), (object) => {
        const { objects } = of(object);
        for (const { objectType, stripeId } of objects) {
          expect([typeof objectType, typeof stripeId]).toEqual(['string', 'string']);
        }
      }),
    );
    expect(of({})).toEqual({ metadataShopId: null, orderId: null, objects: [] });
  });
});
