import type Stripe from 'stripe';
import { presentLine } from '../resources/line-items.ts';
import type { CollectionName } from '../store/records.ts';
import type { Reader } from '../store/store.ts';
import { invalidRequest } from './api-error.ts';

/** What may be expanded on an object, by its `object`; a new resource adds its line. */
const EXPANDABLE: Readonly<Record<string, readonly string[]>> = {
  'checkout.session': ['customer', 'line_items', 'payment_intent', 'shipping_cost'],
  payment_intent: ['customer', 'latest_charge'],
  charge: ['balance_transaction', 'customer', 'payment_intent'],
  refund: [
    'balance_transaction',
    'charge',
    'customer',
    'failure_balance_transaction',
    'payment_intent',
  ],
  balance_transaction: ['source'],
  dispute: ['charge', 'payment_intent'],
  price: ['product'],
  product: ['default_price'],
  subscription: ['customer', 'items', 'latest_invoice', 'pending_setup_intent'],
  subscription_item: ['price'],
  invoice: ['confirmation_secret', 'customer', 'parent', 'payments'],
  invoice_payment: ['invoice', 'payment'],
  list: ['data'],
};

/** Plain sub-objects on the way to something expandable. */
const EXPANDABLE_WITHIN: Readonly<Record<string, readonly string[]>> = {
  shipping_cost: ['shipping_rate'],
  parent: ['subscription_details'],
  subscription_details: ['subscription'],
  payment: ['payment_intent'],
};

const COLLECTION_BY_PREFIX: readonly (readonly [string, CollectionName])[] = [
  ['cus_', 'customers'],
  ['pi_', 'paymentIntents'],
  ['ch_', 'charges'],
  ['py_', 'charges'],
  ['re_', 'refunds'],
  ['pyr_', 'refunds'],
  ['txn_', 'balanceTransactions'],
  ['shr_', 'shippingRates'],
  ['dp_', 'disputes'],
  ['price_', 'prices'],
  ['prod_', 'products'],
  ['sub_', 'subscriptions'],
  ['in_', 'invoices'],
];

const MAX_DEPTH = 4;

/**
 * The object with each path (`payment_intent.latest_charge`, `data.customer`) replaced by the
 * object it names; null stays null. Throws a 400 for what cannot be expanded.
 */
export function expand(reader: Reader, object: object, paths: readonly string[]): object {
  let expanded = object;
  for (const path of paths) {
    const segments = path.split('.');
    if (segments.length > MAX_DEPTH) {
      throw invalidRequest(`You cannot expand more than ${MAX_DEPTH} levels of a property.`);
    }
    expanded = expandOne(reader, expanded, segments, path);
  }
  return expanded;
}

function expandOne(
  reader: Reader,
  object: object,
  segments: readonly string[],
  path: string,
  allowed = EXPANDABLE[kindOf(object)] ?? [],
): object {
  const [property = '', ...rest] = segments;
  if (!allowed.includes(property)) {
    throw invalidRequest(`This property cannot be expanded (${path}).`);
  }
  const value = resolve(reader, object, property);
  if (rest.length === 0 || value === null || value === undefined) {
    return { ...object, [property]: value ?? null };
  }
  const within = EXPANDABLE_WITHIN[property];
  const deeper = (inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null
      ? expandOne(reader, inner, rest, path, within)
      : inner;
  return { ...object, [property]: Array.isArray(value) ? value.map(deeper) : deeper(value) };
}

/** The property's value, an id in it exchanged for its object. */
function resolve(reader: Reader, object: object, property: string): unknown {
  const record: Record<string, unknown> = { ...object };
  if (property === 'line_items' && typeof record.id === 'string') {
    const lines = reader.get('sessions', record.id)?.lines ?? [];
    const url = `/v1/checkout/sessions/${record.id}/line_items`;
    const data = lines.slice(0, 10).map(presentLine);
    return { object: 'list', data, has_more: lines.length > data.length, url };
  }
  if (record.object === 'invoice' && typeof record.id === 'string') {
    if (property === 'payments') return paymentsOf(reader, record.id);
    if (property === 'confirmation_secret') return confirmationSecretOf(reader, record.id);
  }
  const value = record[property];
  if (typeof value !== 'string') return value;
  const collection = COLLECTION_BY_PREFIX.find(([prefix]) => value.startsWith(prefix))?.[1];
  return collection === undefined ? value : (reader.get(collection, value) ?? value);
}

/** An invoice's payments, which only an expanded invoice has: one, where something was due. */
function paymentsOf(reader: Reader, invoiceId: string): object {
  const payment = paymentOf(reader, invoiceId);
  const url = `/v1/invoice_payments?invoice=${invoiceId}`;
  return { object: 'list', data: payment === undefined ? [] : [payment], has_more: false, url };
}

/** What the buyer's browser confirms the invoice's PaymentIntent with, while it can be. */
function confirmationSecretOf(reader: Reader, invoiceId: string): object | null {
  const intentId = paymentOf(reader, invoiceId)?.payment.payment_intent;
  const intent = typeof intentId === 'string' ? reader.get('paymentIntents', intentId) : undefined;
  if (intent?.client_secret == null) return null;
  return { client_secret: intent.client_secret, type: 'payment_intent' };
}

function paymentOf(reader: Reader, invoiceId: string): Stripe.InvoicePayment | undefined {
  const id = reader.get('invoicePaymentIds', invoiceId);
  return id === undefined ? undefined : reader.get('invoicePayments', id);
}

function kindOf(object: object): string {
  return 'object' in object && typeof object.object === 'string' ? object.object : '';
}
