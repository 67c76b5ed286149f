import type { OpenCheckout } from './open-checkout.ts';

export type PaymentResult =
  /** Handed in. Whether it was paid is for the order's status to say. */
  | { kind: 'submitted' }
  /** Not taken; the buyer may try again. The message is in words for the buyer. */
  | { kind: 'refused'; message: string };

/** A payment form that is on the page and can be submitted. */
export type PaymentForm = { submit(): Promise<PaymentResult> };

/** Puts a provider's form on the page for one checkout. Rejects where it cannot be shown. */
export type MountPayment = (checkout: OpenCheckout, email: string) => Promise<PaymentForm>;
