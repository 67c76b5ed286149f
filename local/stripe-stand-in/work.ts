import type { Store, Transaction } from './store/store.ts';
import type { DeliveryFaults } from './webhooks/delivery-faults.ts';
import type { RegisteredEndpoint } from './webhooks/endpoints.ts';

/** What made the work happen, as events report it; both null for what Stripe does by itself. */
export interface Cause {
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
}

export interface Settings {
  /** Where a browser reaches the stand-in, without a trailing slash. */
  readonly publicUrl: string;
  /** How long after a payment the balance transaction appears, with `charge.updated`. */
  readonly balanceDelayMs: number;
}

/** What an operation works with: one transaction, one instant, and who asked. */
export interface Work {
  readonly tx: Transaction;
  readonly nowMs: number;
  readonly cause: Cause;
  readonly endpoints: readonly RegisteredEndpoint[];
  readonly deliveryFaults: DeliveryFaults;
  readonly settings: Settings;
}

export interface Core {
  readonly store: Store;
  readonly clock: () => number;
  readonly endpoints: readonly RegisteredEndpoint[];
  readonly deliveryFaults: DeliveryFaults;
  readonly settings: Settings;
}

export const BY_ITSELF: Cause = { requestId: null, idempotencyKey: null };

/** Runs `work` in one transaction. */
export function perform<T>(core: Core, cause: Cause, work: (work: Work) => T): T {
  const nowMs = core.clock();
  const { endpoints, deliveryFaults, settings } = core;
  return core.store.transact((tx) =>
    work({ tx, nowMs, cause, endpoints, deliveryFaults, settings }),
  );
}

/** Unix seconds, as every timestamp of Stripe's. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
