import { describe, expect, test } from 'vitest';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import {
  stripeInvoice,
  stripeInvoicePayment,
  stripeSubscription,
} from '../testing/billing-events.ts';
import { lacksPayments } from './billing-event.rules.ts';
import {
  currentPeriod,
  readInvoice,
  readInvoicePayment,
  readSubscription,
} from './content.rules.ts';

describe('what is read of an object of Stripe', () => {
  test.each([
    ['eur', 1_200, 1_200],
    ['jpy', 1_200, 1_200],
    ['isk', 1_200, 12],
    ['mga', 12, 1_200],
  ])('is in minor units: %s %i is %i', (currency, amount, minor) => {
    const invoice = stripeInvoice('in_1', { currency, amount_due: amount, status: 'paid' });
    expect(readInvoice(invoice, fromStripeAmount)).toMatchObject({
      currency: currency.toUpperCase(),
      totalMinor: minor,
      amountDueMinor: minor,
      amountPaidMinor: minor,
      amountRemainingMinor: 0,
    });
  });

  test('is no amount that is none of its currency', () => {
    const invoice = stripeInvoice('in_1', { currency: 'isk', amount_due: 1_250 });
    expect(() => readInvoice(invoice, fromStripeAmount)).toThrow(RangeError);
  });

  test('is no status that nobody knows here', () => {
    const odd = stripeSubscription('sub_1', { status: 'hibernating' });
    expect(() => readSubscription(odd)).toThrow('Stripe says hibernating');
    const invoice = stripeInvoice('in_1', { status: null });
    expect(() => readInvoice(invoice, fromStripeAmount)).toThrow('Stripe says null');
  });

  test('is the subscription of an invoice by its parent, else by its lines', () => {
    const byParent = stripeInvoice('in_1', { subscription: 'sub_1' });
    expect(readInvoice(byParent, fromStripeAmount).stripeSubscriptionId).toBe('sub_1');
    const line = { parent: { subscription_item_details: { subscription: 'sub_2' } } };
    const byLine = { ...stripeInvoice('in_1', {}), lines: { data: [line] } };
    const read = readInvoice(byLine as unknown as typeof byParent, fromStripeAmount);
    expect(read.stripeSubscriptionId).toBe('sub_2');
  });
});

test('a subscription runs to the end of the item that is renewed first', () => {
  const item = { itemId: 'si_1', priceId: 'price_1', quantity: 1, currentPeriodStart: 0 };
  const items = [
    { ...item, currentPeriodEnd: 300 },
    { ...item, currentPeriodStart: 100, currentPeriodEnd: 200 },
  ];
  expect(currentPeriod(items)).toEqual({ start: 100, end: 200 });
  expect(currentPeriod([])).toBeNull();
});

describe('a payment of an invoice', () => {
  test.each([
    ['open', { status: 'open' }],
    ['cancelled', { status: 'canceled' }],
    ['without an amount', { amount_paid: null }],
  ])('that is %s is none', (_, changes) => {
    const payment = { ...stripeInvoicePayment('inpay_1', 'in_1'), ...changes };
    expect(readInvoicePayment(payment, fromStripeAmount)).toBeNull();
  });

  test('is missed only of a paid invoice, and only as far as Stripe had the money', () => {
    const paid = { status: 'paid', amountPaidMinor: 900, amountPaidOffStripeMinor: 0 } as const;
    expect(lacksPayments(paid, [{ amountMinor: 400 }, { amountMinor: 500 }])).toBe(false);
    expect(lacksPayments(paid, [{ amountMinor: 400 }])).toBe(true);
    expect(lacksPayments({ ...paid, amountPaidOffStripeMinor: 900 }, [])).toBe(false);
    expect(lacksPayments({ ...paid, status: 'open' }, [])).toBe(false);
    expect(lacksPayments(null, [])).toBe(false);
  });
});
