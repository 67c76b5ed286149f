/**
 * Stripe's objects as its events carry them, as much of each as says whose it is: every member is one of Stripe's own
 * types, and an event's object is of the type that Stripe says.
 */
import type Stripe from 'stripe';
import {
  EVENTS_OF_SHOPS,
  type EventTypeOfShops,
  type ResolvedObject,
} from '../webhooks/identifiers.rules.ts';
import { type Fields, newEvent } from './stripe-events.ts';

/** Members of Stripe's type, each optional, and none that it does not have. */
type Part<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Part<Element>[]
    : T extends object
      ? { readonly [Member in keyof T]?: Part<T[Member]> }
      : T;

export type Naming = {
  /** Ends every id: `pi_…`. */
  readonly suffix: string;
  /** Where the object has metadata at all; a subscription's is an invoice's too. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `cus_` and the suffix where it is not given; null for none. */
  readonly customer?: string | null;
};

const MONEY = { amount: 7_134, currency: 'eur', livemode: false } as const;

type Maker = (naming: Required<Naming>) => Fields;

const session: Maker = ({ suffix, metadata, customer }) =>
  ({
    id: `cs_${suffix}`,
    object: 'checkout.session',
    mode: 'payment',
    status: 'complete',
    payment_status: 'paid',
    amount_total: MONEY.amount,
    currency: 'eur',
    client_reference_id: 'ord_1',
    livemode: false,
    metadata,
    customer,
    payment_intent: `pi_${suffix}`,
    subscription: `sub_${suffix}`,
    invoice: `in_${suffix}`,
    setup_intent: `seti_${suffix}`,
  }) satisfies Part<Stripe.Checkout.Session>;

const intent: Maker = ({ suffix, metadata, customer }) =>
  ({
    ...MONEY,
    id: `pi_${suffix}`,
    object: 'payment_intent',
    amount_received: MONEY.amount,
    status: 'succeeded',
    metadata,
    customer,
    latest_charge: `ch_${suffix}`,
    last_payment_error: { type: 'card_error', charge: `ch_${suffix}_declined` },
  }) satisfies Part<Stripe.PaymentIntent>;

const charge: Maker = ({ suffix, metadata, customer }) =>
  ({
    ...MONEY,
    id: `ch_${suffix}`,
    object: 'charge',
    amount_refunded: MONEY.amount,
    refunded: true,
    balance_transaction: `txn_${suffix}`,
    metadata,
    customer,
    payment_intent: `pi_${suffix}`,
  }) satisfies Part<Stripe.Charge>;

const refund: Maker = ({ suffix, metadata, customer }) =>
  ({
    id: `re_${suffix}`,
    object: 'refund',
    amount: MONEY.amount,
    currency: 'eur',
    created: 1_790_000_000,
    status: 'succeeded',
    metadata,
    customer,
    payment_intent: `pi_${suffix}`,
    charge: `ch_${suffix}`,
  }) satisfies Part<Stripe.Refund>;

const dispute: Maker = ({ suffix, metadata }) =>
  ({
    ...MONEY,
    id: `du_${suffix}`,
    object: 'dispute',
    created: 1_790_000_000,
    reason: 'fraudulent',
    status: 'needs_response',
    balance_transactions: [],
    metadata,
    payment_intent: `pi_${suffix}`,
    charge: `ch_${suffix}`,
  }) satisfies Part<Stripe.Dispute>;

const customerObject: Maker = ({ suffix, metadata, customer }) =>
  ({
    id: customer ?? `cus_${suffix}`,
    object: 'customer',
    created: 1_790_000_000,
    email: 'buyer@example.com',
    livemode: false,
    metadata,
  }) satisfies Part<Stripe.Customer>;

const subscription: Maker = ({ suffix, metadata, customer }) =>
  ({
    id: `sub_${suffix}`,
    object: 'subscription',
    created: 1_790_000_000,
    start_date: 1_790_000_000,
    status: 'active',
    currency: 'eur',
    livemode: false,
    cancel_at_period_end: false,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    trial_end: null,
    pause_collection: null,
    metadata,
    ...(customer === null ? {} : { customer }),
    latest_invoice: `in_${suffix}`,
    items: {
      object: 'list',
      has_more: false,
      url: '/v1/subscription_items',
      data: [
        {
          id: `si_${suffix}`,
          object: 'subscription_item',
          quantity: 1,
          price: { id: `price_${suffix}`, object: 'price' },
          current_period_start: 1_790_000_000,
          current_period_end: 1_792_592_000,
        },
      ],
    },
  }) satisfies Part<Stripe.Subscription>;

const line = (parent: Part<Stripe.InvoiceLineItem['parent']>): Part<Stripe.InvoiceLineItem> => ({
  object: 'line_item',
  amount: MONEY.amount,
  currency: 'eur',
  parent,
});

const payment = (
  suffix: string,
  paidBy: Part<Stripe.InvoicePayment.Payment>,
): Part<Stripe.InvoicePayment> => ({
  id: `inpay_${suffix}`,
  object: 'invoice_payment',
  amount_paid: MONEY.amount,
  currency: 'eur',
  status: 'paid',
  payment: paidBy,
});

const invoice: Maker = ({ suffix, metadata, customer }) =>
  ({
    id: `in_${suffix}`,
    object: 'invoice',
    created: 1_790_000_000,
    status: 'open',
    billing_reason: 'subscription_cycle',
    currency: 'eur',
    total: MONEY.amount,
    amount_due: MONEY.amount,
    amount_paid: 0,
    amount_remaining: MONEY.amount,
    attempt_count: 0,
    next_payment_attempt: null,
    livemode: false,
    metadata,
    customer,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { subscription: `sub_${suffix}`, metadata },
    },
    lines: {
      object: 'list',
      has_more: false,
      url: '/v1/invoices/lines',
      data: [
        line({
          type: 'subscription_item_details',
          subscription_item_details: { subscription: `sub_${suffix}_line` },
        }),
        line({
          type: 'invoice_item_details',
          invoice_item_details: { subscription: `sub_${suffix}_item` },
        }),
      ],
    },
    payments: {
      object: 'list',
      has_more: false,
      url: '/v1/invoice_payments',
      data: [
        payment(suffix, { type: 'payment_intent', payment_intent: `pi_${suffix}` }),
        payment(`${suffix}_2`, { type: 'payment_intent', payment_intent: `pi_${suffix}_second` }),
        payment(`${suffix}_3`, { type: 'charge', charge: `ch_${suffix}` }),
        payment(`${suffix}_4`, { type: 'payment_record', payment_record: `pr_${suffix}` }),
      ],
    },
  }) satisfies Part<Stripe.Invoice>;

const invoicePayment: Maker = ({ suffix }) =>
  ({
    id: `inpay_${suffix}`,
    object: 'invoice_payment',
    created: 1_790_000_000,
    amount_paid: MONEY.amount,
    amount_requested: MONEY.amount,
    currency: 'eur',
    is_default: true,
    livemode: false,
    status: 'paid',
    status_transitions: { paid_at: 1_790_000_000, canceled_at: null },
    invoice: `in_${suffix}`,
    payment: { type: 'payment_intent', payment_intent: `pi_${suffix}` },
  }) satisfies Part<Stripe.InvoicePayment>;

const MAKERS: Readonly<Record<ResolvedObject, Maker>> = {
  'checkout.session': session,
  payment_intent: intent,
  charge,
  refund,
  dispute,
  customer: customerObject,
  subscription,
  invoice,
  invoice_payment: invoicePayment,
};

export function stripeObject(objectType: ResolvedObject, naming: Naming): Fields {
  return MAKERS[objectType]({ customer: `cus_${naming.suffix}`, ...naming });
}

export function eventTypesOfShops(): EventTypeOfShops[] {
  return Object.keys(EVENTS_OF_SHOPS) as EventTypeOfShops[];
}

/** An event of test mode that nobody has seen yet. */
export function eventOf(type: EventTypeOfShops, naming: Naming): Stripe.Event {
  const event: Fields = newEvent(type, stripeObject(EVENTS_OF_SHOPS[type], naming));
  return event as unknown as Stripe.Event;
}
