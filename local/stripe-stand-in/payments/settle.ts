import type Stripe from 'stripe';
import { refused } from '../api/api-error.ts';
import type { SessionRecord } from '../store/records.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';
import { scheduleBooking } from './book-charge.ts';

export const SETTLE_OUTCOMES = ['succeeded', 'failed'] as const;
export type SettleOutcome = (typeof SETTLE_OUTCOMES)[number];

const FAILURE_MESSAGE = 'The bank account could not be debited.';

/**
 * The bank's answer to a payment that was processing. Throws a 400 where the Session's payment is
 * not processing.
 */
export function settleSession(
  work: Work,
  record: SessionRecord,
  outcome: SettleOutcome,
): Stripe.Checkout.Session {
  const { session } = record;
  const intentId = session.payment_intent;
  const intent = typeof intentId === 'string' ? work.tx.get('paymentIntents', intentId) : undefined;
  const chargeId = intent?.latest_charge;
  const charge = typeof chargeId === 'string' ? work.tx.get('charges', chargeId) : undefined;
  if (intent?.status !== 'processing' || charge === undefined) {
    throw refused(`The payment of Checkout Session ${session.id} is not processing.`);
  }
  return outcome === 'succeeded'
    ? settlePaid(work, record, intent, charge)
    : settleFailed(work, record, intent, charge);
}

function settlePaid(
  work: Work,
  record: SessionRecord,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
): Stripe.Checkout.Session {
  const paidCharge: Stripe.Charge = {
    ...charge,
    amount_captured: charge.amount,
    paid: true,
    status: 'succeeded',
  };
  const paid: Stripe.PaymentIntent = {
    ...intent,
    amount_received: intent.amount,
    status: 'succeeded',
  };
  const session: Stripe.Checkout.Session = { ...record.session, payment_status: 'paid' };
  work.tx.put('charges', charge.id, paidCharge);
  work.tx.put('paymentIntents', paid.id, paid);
  work.tx.put('sessions', session.id, { ...record, session });
  scheduleBooking(work, charge.id);
  emit(work, 'charge.succeeded', paidCharge);
  emit(work, 'payment_intent.succeeded', paid);
  emit(work, 'checkout.session.async_payment_succeeded', session);
  return session;
}

function settleFailed(
  work: Work,
  record: SessionRecord,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
): Stripe.Checkout.Session {
  const code = 'payment_intent_payment_attempt_failed';
  const failedCharge: Stripe.Charge = {
    ...charge,
    captured: false,
    failure_code: 'insufficient_funds',
    failure_message: FAILURE_MESSAGE,
    paid: false,
    status: 'failed',
  };
  const failed: Stripe.PaymentIntent = {
    ...intent,
    last_payment_error: {
      charge: charge.id,
      code,
      message: FAILURE_MESSAGE,
      type: 'invalid_request_error',
    },
    payment_method: null,
    status: 'requires_payment_method',
  };
  work.tx.put('charges', charge.id, failedCharge);
  work.tx.put('paymentIntents', failed.id, failed);
  emit(work, 'charge.failed', failedCharge);
  emit(work, 'payment_intent.payment_failed', failed);
  emit(work, 'checkout.session.async_payment_failed', record.session);
  return record.session;
}
