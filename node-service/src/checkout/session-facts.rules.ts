/** What a snapshot of a checkout session says about its order. The same facts, however often it is seen. */
import type Stripe from 'stripe';
import type { SessionState } from './order.entities.ts';
import type { NewFact } from './order-rows.ts';
import { type Agreed, isAgreed, readPayment } from './payment-facts.rules.ts';

export type SessionSnapshot = {
  readonly id: string;
  readonly status: 'open' | 'complete' | 'expired';
  readonly paymentStatus: 'paid' | 'unpaid' | 'no_payment_required';
  readonly paymentIntentId: string | null;
  /** ISO minor units; null when Stripe gave no amount. */
  readonly amountMinor: number | null;
  readonly currency: string | null;
};

export type Reading = { readonly state: SessionState; readonly facts: readonly NewFact[] };

/** Stripe may add words: one that is not known here decides nothing. */
const STATUSES: readonly SessionSnapshot['status'][] = ['open', 'complete', 'expired'];
const PAYMENT_STATUSES: readonly SessionSnapshot['paymentStatus'][] = [
  'paid',
  'unpaid',
  'no_payment_required',
];

function idOf(reference: string | { id: string } | null): string | null {
  return reference === null || typeof reference === 'string' ? reference : reference.id;
}

/** @throws RangeError where Stripe's amount is no amount of the currency. */
export function readSnapshot(
  session: Stripe.Checkout.Session,
  fromStripeAmount: (amount: number, currency: string) => number,
): SessionSnapshot {
  const currency = session.currency?.toUpperCase() ?? null;
  const amount = session.amount_total;
  return {
    id: session.id,
    status: STATUSES.find((status) => status === session.status) ?? 'open',
    paymentStatus: PAYMENT_STATUSES.find((status) => status === session.payment_status) ?? 'unpaid',
    paymentIntentId: idOf(session.payment_intent),
    amountMinor: amount === null || currency === null ? null : fromStripeAmount(amount, currency),
    currency,
  };
}

/**
 * @param failed an asynchronous payment failed: Stripe's snapshot then looks like one that is not paid yet.
 * @param agreed what the order asks for; a session of any other amount needs a person.
 */
export function readSession(
  session: SessionSnapshot,
  agreed: Agreed,
  options: { readonly occurredAt: Date; readonly failed: boolean },
): Reading {
  const { occurredAt } = options;
  if (session.status === 'open') return { state: 'open', facts: [] };
  if (session.status === 'expired') {
    return {
      state: 'expired',
      facts: [{ kind: 'session_expired', reference: session.id, occurredAt }],
    };
  }
  const completed: NewFact = { kind: 'session_completed', reference: session.id, occurredAt };
  const { amountMinor, currency } = session;
  const money = amountMinor === null || currency === null ? null : { amountMinor, currency };
  const payment = { reference: session.paymentIntentId ?? session.id, occurredAt, ...money };
  const isPaid = session.paymentStatus !== 'unpaid' && !options.failed;
  if (money !== null && isPaid)
    return {
      state: 'complete',
      facts: [completed, ...readPayment({ ...payment, ...money }, agreed)],
    };
  if (money === null || !isAgreed(money, agreed)) {
    const detail = `session of ${amountMinor} ${currency}, order of ${agreed.totalMinor} ${agreed.currency}`;
    const attention = { kind: 'needs_attention', reference: 'amount_mismatch' } as const;
    return { state: 'complete', facts: [completed, { ...attention, detail, occurredAt }] };
  }
  const kind = options.failed ? 'payment_failed' : 'payment_processing';
  return { state: 'complete', facts: [completed, { ...payment, kind }] };
}
