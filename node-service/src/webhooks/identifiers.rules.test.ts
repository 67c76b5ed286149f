import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import {
  eventOf,
  eventTypesOfShops,
  type Naming,
  stripeObject,
} from '../testing/stripe-objects.ts';
import { isApplied, isLearnt } from './event-types.rules.ts';
import {
  EVENTS_OF_SHOPS,
  identifiersOf,
  mustHaveShop,
  type ResolvedObject,
} from './identifiers.rules.ts';

const of = (object: unknown) => identifiersOf({ data: { object } } as unknown as Stripe.Event);
const textsOf = (object: unknown): string[] =>
  of(object).objects.map(({ objectType, stripeId }) => `${objectType} ${stripeId}`);

/** What each object names, strongest first: the table of the code, as a reader of Stripe's documentation writes it. */
const NAMED: Readonly<Record<ResolvedObject, { objects: string[]; customer: string | null }>> = {
  'checkout.session': {
    objects: [
      'checkout.session cs_1',
      'subscription sub_1',
      'invoice in_1',
      'payment_intent pi_1',
      'setup_intent seti_1',
    ],
    customer: 'cus_1',
  },
  payment_intent: {
    objects: ['payment_intent pi_1', 'charge ch_1', 'charge ch_1_declined'],
    customer: 'cus_1',
  },
  charge: { objects: ['payment_intent pi_1', 'charge ch_1'], customer: 'cus_1' },
  refund: { objects: ['refund re_1', 'payment_intent pi_1', 'charge ch_1'], customer: 'cus_1' },
  dispute: { objects: ['payment_intent pi_1', 'charge ch_1', 'dispute du_1'], customer: null },
  customer: { objects: [], customer: 'cus_1' },
  subscription: { objects: ['subscription sub_1', 'invoice in_1'], customer: 'cus_1' },
  invoice: {
    objects: [
      'subscription sub_1',
      'subscription sub_1_line',
      'subscription sub_1_item',
      'invoice in_1',
      'payment_intent pi_1',
      'payment_intent pi_1_second',
      'charge ch_1',
      'payment_record pr_1',
    ],
    customer: 'cus_1',
  },
  invoice_payment: {
    objects: ['invoice in_1', 'payment_intent pi_1', 'invoice_payment inpay_1'],
    customer: null,
  },
};

const METADATA = { shop_id: 'aurora', order_id: 'ord_1', hold_id: 'hold_1' };
const naming: Naming = { suffix: '1', metadata: METADATA };

describe('every event that must have a shop', () => {
  test.each(eventTypesOfShops())(
    '%s: names its objects, strongest first, and its customer',
    (type) => {
      const objectType = EVENTS_OF_SHOPS[type];
      const { objects, customerId } = identifiersOf(eventOf(type, naming));
      const { objects: expected, customer } = NAMED[objectType];
      expect(objects.map((one) => `${one.objectType} ${one.stripeId}`)).toEqual(expected);
      expect(customerId).toBe(customer);
    },
  );

  test.each(eventTypesOfShops())(
    '%s: says its shop by metadata, wherever its object has any',
    (type) => {
      const { metadataShopIds, orderId } = identifiersOf(eventOf(type, naming));
      const hasMetadata = EVENTS_OF_SHOPS[type] !== 'invoice_payment';
      expect(metadataShopIds).toEqual(hasMetadata ? ['aurora'] : []);
      expect(orderId).toBe(hasMetadata ? 'ord_1' : null);
    },
  );

  test.each(eventTypesOfShops())('%s: says no shop without metadata', (type) => {
    const { metadataShopIds, orderId } = identifiersOf(
      eventOf(type, { suffix: '1', metadata: {} }),
    );
    expect([metadataShopIds, orderId]).toEqual([[], null]);
  });

  test('is any that changes something, or teaches something', () => {
    const types = Object.keys(EVENTS_OF_SHOPS);
    const stray = [...types, 'payout.paid', 'product.created', 'toString'].filter((type) => {
      const event = { type } as Stripe.Event;
      return (isApplied(event) || isLearnt(type)) && !mustHaveShop(type);
    });
    expect(stray).toEqual([]);
    expect(['payout.paid', 'toString', '__proto__', ''].filter(mustHaveShop)).toEqual([]);
  });
});

describe('an invoice', () => {
  test("says its shop by the subscription's metadata too, and by both where they differ", () => {
    const invoice = stripeObject('invoice', { suffix: '1', metadata: { shop_id: 'aurora' } });
    expect(of({ ...invoice, metadata: {} }).metadataShopIds).toEqual(['aurora']);
    expect(of({ ...invoice, metadata: { shop_id: 'borealis' } }).metadataShopIds).toEqual([
      'borealis',
      'aurora',
    ]);
  });

  test('of no subscription names itself alone', () => {
    const once = {
      object: 'invoice',
      id: 'in_2',
      parent: null,
      payments: undefined,
      lines: { data: [] },
    };
    expect(textsOf(once)).toEqual(['invoice in_2']);
  });
});

describe('a reference', () => {
  test('is an id, or the object itself where it was expanded', () => {
    expect(
      textsOf({
        object: 'charge',
        id: 'ch_1',
        payment_intent: { id: 'pi_1', object: 'payment_intent' },
      }),
    ).toEqual(['payment_intent pi_1', 'charge ch_1']);
  });

  test('that is null, empty or of another kind is none; one that comes twice is one', () => {
    expect(textsOf({ object: 'dispute', id: 'du_1', payment_intent: null, charge: '' })).toEqual([
      'dispute du_1',
    ]);
    expect(textsOf({ object: 'refund', id: 're_1', charge: 7, payment_intent: {} })).toEqual([
      'refund re_1',
    ]);
    expect(
      textsOf({
        object: 'payment_intent',
        id: 'pi_1',
        latest_charge: 'ch_1',
        last_payment_error: { charge: 'ch_1' },
      }),
    ).toEqual(['payment_intent pi_1', 'charge ch_1']);
  });

  test('of an object that is not in the table is its own id alone', () => {
    expect(of({ object: 'payout', id: 'po_1', metadata: { shop_id: 'aurora' } })).toMatchObject({
      own: { objectType: 'payout', stripeId: 'po_1' },
      metadataShopIds: ['aurora'],
      objects: [{ objectType: 'payout', stripeId: 'po_1' }],
    });
  });
});

test('whatever comes is read without a throw, and gives texts alone', () => {
  const known = fc.constantFrom(...eventTypesOfShops().map((type) => EVENTS_OF_SHOPS[type]));
  const odd = fc.oneof(
    fc.anything(),
    fc.record({
      object: known,
      id: fc.anything(),
      metadata: fc.anything(),
      parent: fc.anything(),
      lines: fc.anything(),
    }),
  );
  fc.assert(
    fc.property(odd, (object) => {
      const { objects, metadataShopIds, customerId, orderId } = of(object);
      for (const { objectType, stripeId } of objects)
        expect([typeof objectType, typeof stripeId]).toEqual(['string', 'string']);
      for (const text of [...metadataShopIds, customerId ?? '', orderId ?? ''])
        expect(typeof text).toBe('string');
    }),
  );
  expect(of(undefined)).toEqual({
    own: null,
    metadataShopIds: [],
    orderId: null,
    objects: [],
    customerId: null,
  });
});
