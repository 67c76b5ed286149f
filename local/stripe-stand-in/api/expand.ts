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
  list: ['data'],
};

/** Plain sub-objects on the way to something expandable. */
const EXPANDABLE_WITHIN: Readonly<Record<string, readonly string[]>> = {
  shipping_cost: ['shipping_rate'],
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
  const value = record[property];
  if (typeof value !== 'string') return value;
  const collection = COLLECTION_BY_PREFIX.find(([prefix]) => value.startsWith(prefix))?.[1];
  return collection === undefined ? value : (reader.get(collection, value) ?? value);
}

function kindOf(object: object): string {
  return 'object' in object && typeof object.object === 'string' ? object.object : '';
}
