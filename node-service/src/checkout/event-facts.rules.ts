/** What an event about an order says: facts, whose order does not matter. contracts/decisions/0016 has the table. */
import type Stripe from 'stripe';
import { readDispute } from './dispute.rules.ts';
import type { SessionState } from './order.entities.ts';
import type { NewFact } from './order-rows.ts';
import { readPayment } from './payment-facts.rules.ts';
import { readRefund } from './refund-facts.rules.ts';
import { readSession, readSnapshot } from './session-facts.rules.ts';

export type OrderEvent = Extract<
  Stripe.Event,
  {
    type:
      | 'checkout.session.completed'
      | 'checkout.session.async_payment_succeeded'
      | 'checkout.session.async_payment_failed'
      | 'checkout.session.expired'
      | 'payment_intent.succeeded'
      | 'payment_intent.canceled'
      | 'charge.refunded'
      | 'refund.created'
      | 'refund.updated'
      | 'refund.failed'
      | 'charge.dispute.created'
      | 'charge.dispute.updated'
      | 'charge.dispute.closed'
      | 'charge.dispute.funds_withdrawn'
      | 'charge.dispute.funds_reinstated';
  }
>;

export type EventReading = {
  readonly facts: readonly NewFact[];
  /** Objects that a later event may name the order by. */
  readonly objects: readonly { readonly objectType: string; readonly stripeId: string }[];
  readonly session: {
    readonly id: string;
    readonly clientSecret: string | null;
    readonly state: SessionState;
  } | null;
  /** What Stripe says has been given back of a charge, in all; which refunds these are it does not say. */
  readonly refunded: {
    readonly chargeId: string;
    readonly paymentReference: string;
    readonly amountMinor: number;
  } | null;
};

type FromStripeAmount = (amount: number, currency: string) => number;
type ReadOrder = {
  readonly totalMinor: number;
  readonly currency: string;
  readonly checkoutSessionId?: string | null | undefined;
};

const NOTHING: EventReading = { facts: [], objects: [], session: null, refunded: null };

function idOf(reference: string | { id: string } | null): string | null {
  return reference === null || typeof reference === 'string' ? reference : reference.id;
}

function readSessionEvent(
  session: Stripe.Checkout.Session,
  order: ReadOrder,
  options: { readonly failed: boolean; readonly occurredAt: Date },
  fromStripeAmount: FromStripeAmount,
): EventReading | null {
  // A session that was not made by this order's one call says nothing of this order, whatever its metadata.
  if (order.checkoutSessionId != null && order.checkoutSessionId !== session.id) return null;
  const snapshot = readSnapshot(session, fromStripeAmount);
  const { state, facts } = readSession(snapshot, order, options);
  const { paymentIntentId } = snapshot;
  return {
    ...NOTHING,
    facts,
    session: { id: session.id, clientSecret: session.client_secret, state },
    objects:
      paymentIntentId === null ? [] : [{ objectType: 'payment_intent', stripeId: paymentIntentId }],
  };
}

function readIntentEvent(
  type: 'payment_intent.succeeded' | 'payment_intent.canceled',
  intent: Stripe.PaymentIntent,
  order: ReadOrder,
  occurredAt: Date,
  fromStripeAmount: FromStripeAmount,
): EventReading {
  const objects = [{ objectType: 'payment_intent', stripeId: intent.id }];
  const reference = intent.id;
  if (type === 'payment_intent.canceled')
    return { ...NOTHING, objects, facts: [{ kind: 'payment_canceled', reference, occurredAt }] };
  const currency = intent.currency.toUpperCase();
  const amountMinor = fromStripeAmount(intent.amount_received, currency);
  const payment = { reference, amountMinor, currency, occurredAt };
  return { ...NOTHING, objects, facts: readPayment(payment, order) };
}

function readChargeEvent(charge: Stripe.Charge, fromStripeAmount: FromStripeAmount): EventReading {
  return {
    ...NOTHING,
    objects: [{ objectType: 'charge', stripeId: charge.id }],
    refunded: {
      chargeId: charge.id,
      paymentReference: idOf(charge.payment_intent) ?? charge.id,
      amountMinor: fromStripeAmount(charge.amount_refunded, charge.currency.toUpperCase()),
    },
  };
}

/**
 * @returns null where the event is about a session that is not the order's.
 * @throws RangeError where an amount of Stripe's is none of its currency.
 */
export function readOrderEvent(
  event: OrderEvent,
  order: ReadOrder,
  fromStripeAmount: FromStripeAmount,
): EventReading | null {
  const occurredAt = new Date(event.created * 1_000);
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired': {
      const failed = event.type === 'checkout.session.async_payment_failed';
      const options = { failed, occurredAt };
      return readSessionEvent(event.data.object, order, options, fromStripeAmount);
    }
    case 'payment_intent.succeeded':
    case 'payment_intent.canceled':
      return readIntentEvent(event.type, event.data.object, order, occurredAt, fromStripeAmount);
    case 'charge.refunded':
      return readChargeEvent(event.data.object, fromStripeAmount);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed': {
      const refund = event.data.object;
      const objects = [{ objectType: 'refund', stripeId: refund.id }];
      return { ...NOTHING, objects, facts: readRefund(refund, fromStripeAmount, occurredAt) };
    }
    default: {
      const dispute = event.data.object;
      const objects = [{ objectType: 'dispute', stripeId: dispute.id }];
      const facts = readDispute(dispute, event.type, fromStripeAmount, occurredAt);
      return { ...NOTHING, objects, facts };
    }
  }
}

/** Whether the facts change what is owed to whom of stock: a refund and a dispute move money alone. */
export function movesStock({ facts, session }: EventReading): boolean {
  return session !== null || facts.some(({ kind }) => kind.startsWith('payment_'));
}
