/** What the process that plays Stripe is told, and what it says. */

/** Who makes an event durable behind the same load. */
export type Way = 'ours' | 'reference';

/** Of five events three complete an order, one is a duplicate, and one is of no interest. */
export type Events = {
  /** Of an id space of its own, so that no two rounds have an event in common. */
  readonly round: string;
  /** The first and how many, in the order in which they are sent. */
  readonly from: number;
  readonly count: number;
  readonly shops: number;
  /** Shops, from the first, whose every event cannot be applied. */
  readonly poisonedShops: number;
};

export type SignOrder = Events & { readonly kind: 'sign'; readonly gatewayPrivateKey: string };

export type DriveOrder = {
  readonly kind: 'drive';
  readonly port: number;
  readonly callers: number;
  /** Null until everything that is signed has been sent. */
  readonly seconds: number | null;
  /** Deliveries a second, evenly; null as fast as they are answered. */
  readonly perSecond: number | null;
};

export type DeliveryReport = {
  /** Answered 2xx. */
  readonly acknowledged: number;
  /** Different events among them. */
  readonly distinct: number;
  readonly seconds: number;
  /** Of each, in milliseconds. */
  readonly allMs: Float64Array;
};

export const SHOP_PREFIX = 'shop-';
export const WEBHOOK_SECRET = 'whsec_of_the_bench';
export const AMOUNT = 1_999;

/** How many orders so many events complete. */
export function ordersOf(events: number): number {
  return Math.floor(events / 5) * 3 + Math.min(events % 5, 3);
}

export function shopOf(order: number, shops: number): string {
  return `${SHOP_PREFIX}${order % shops}`;
}
