/** What a host of holds is told, and what it says. */

/** Who decides about a hold. */
export type Way = 'ours' | 'naive' | 'single';

export type HoldsOrder = {
  readonly way: Way;
  readonly callers: number;
  /** How many variants there are; each call wants one unit of one of them. */
  readonly skus: number;
  readonly seconds: number;
  readonly seed: number;
  /** Payments that have come in, one for each commit: their numbers. */
  readonly payments: { readonly from: number; readonly to: number };
};

export type HoldsReport = {
  created: number;
  committed: number;
  released: number;
  /** Calls that were told to come back, and did. */
  busy: number;
  seconds: number;
  /** Of the creates, and of every call, in milliseconds. */
  createMs: Float64Array;
  allMs: Float64Array;
};

export const SHOP = 'flash-sale';

export function skuName(index: number): string {
  return `sku-${index}`;
}

/** As variantKeyV1 has a variant without attributes. */
export function variantKey(index: number): string {
  return `v1:${skuName(index)}`;
}

export function paymentReference(index: number): string {
  return `pi_bench_${index}`;
}
