/** What the process that makes the HTTP load is told, and what it says. */

/** Who decides behind the same HTTP, signature, validation and serialisation. */
export type HttpWay = 'ours' | 'memory' | 'naive';

/** A request to end a hold that is there when the round begins: who ends one has to name it, and has signed that. */
export type End = { readonly holdId: string; readonly paymentReference: string | null };

export type SignOrder = {
  readonly kind: 'sign';
  readonly privateKey: string;
  readonly requests: number;
  readonly skus: number;
  /** One of twenty commits and one of twenty releases, spread evenly. */
  readonly ends: readonly End[];
};

export type DriveOrder = {
  readonly kind: 'drive';
  /** Callers are shared out to them in turn. */
  readonly ports: readonly number[];
  readonly callers: number;
  readonly seconds: number;
};

export type HttpReport = {
  created: number;
  committed: number;
  released: number;
  /** Answers of `inventory_busy`: no work was done. */
  busy: number;
  seconds: number;
  /** Of every call that was done, in milliseconds. */
  allMs: Float64Array;
};

/** Every tenth request ends a hold. */
export const END_EVERY = 10;
