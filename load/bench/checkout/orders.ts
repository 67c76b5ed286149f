/** What the process of the buyers is told, and what it says. */

/** Who sells. */
export type Seller = 'ours' | 'naive';

/** Which way a buyer takes: to the node service as the gateway calls it, or through the three Workers. */
export type Way = 'node' | 'edge';

export type BuyersOrder = {
  readonly way: Way;
  /** Port of the service, or of the front door. */
  readonly port: number;
  readonly standInUrl: string;
  readonly buyers: number;
  /** No buyer begins another order after it. */
  readonly seconds: number;
};

export type BuyersReport = {
  confirmed: number;
  /** Orders that came to nothing, by why. */
  errors: Record<string, number>;
  /** Calls that were told to come back, and did. */
  busy: number;
  seconds: number;
  /** From the first call to the order's confirmation, in milliseconds. */
  orderMs: Float64Array;
};

/** A demo shop, and what all its buyers want: one variant without options. */
export const SHOP = 'aurora';
export const SKU = 'mug';
export const VARIANT_KEY = 'v1:mug';

export const GATEWAY_KEY_ID = 'bench-gateway';
