import type Stripe from 'stripe';

/** creating: Stripe's answer is not known yet. Ended by complete, expired or refused, and never open again. */
export type SessionState = 'creating' | 'open' | 'complete' | 'expired' | 'refused';

/** An order as it was agreed at checkout, and where its Stripe session stands. */
export type Order = {
  readonly shopId: string;
  readonly orderId: string;
  readonly cartId: string | null;
  readonly holdId: string;
  readonly sessionState: SessionState;
  readonly checkoutSessionId: string | null;
  readonly clientSecret: string | null;
  readonly sessionExpiresAt: Date;
  readonly holdExpiresAt: Date;
  readonly currency: string;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly shippingMinor: number;
  readonly depositMinor: number;
  readonly totalMinor: number;
  readonly email: string | null;
  readonly tokenVersion: number;
  readonly requestId: string;
  readonly createdAt: Date;
};

/** With the frozen parameters of its one call to Stripe, which whoever takes it up repeats. */
export type OrderToOpen = Order & { readonly stripeRequest: Stripe.Checkout.SessionCreateParams };

export type FactKind =
  | 'session_completed'
  | 'session_expired'
  | 'session_refused'
  | 'payment_succeeded'
  | 'payment_processing'
  | 'payment_failed'
  /** Its intent was canceled: it will never come, unless it had come. */
  | 'payment_canceled'
  /** Money of another amount or currency than was agreed. It pays for nothing until a person has looked. */
  | 'payment_mismatched'
  | 'cancel_requested'
  | 'stock_taken_again'
  | 'needs_attention'
  /** The payment of this reference cannot be honoured, and is given back. */
  | 'refund_due'
  /** Stripe has a refund for our operation of this name, or has refused it. */
  | 'refund_made'
  | 'refund_refused'
  /** How the refund of this Stripe id stands; the detail is the payment it gives back. */
  | 'refund_pending'
  | 'refund_succeeded'
  | 'refund_failed'
  /** Stripe has taken the refund off what it owes us, whether or not it reached its buyer. */
  | 'refund_taken'
  /** How the dispute of this Stripe id stands; the detail is the payment it is about. See dispute.rules. */
  | 'dispute_inquired'
  | 'dispute_dropped'
  | 'dispute_opened'
  | 'dispute_lost'
  | 'dispute_won'
  | 'dispute_funds_withdrawn'
  | 'dispute_funds_reinstated';

/** Something that happened to an order; the reference is the Stripe object (or our own act) it happened by. */
export type OrderFact = {
  readonly kind: FactKind;
  readonly reference: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly detail: string | null;
  readonly occurredAt: Date;
};
