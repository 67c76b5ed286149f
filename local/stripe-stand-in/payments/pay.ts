import type Stripe from 'stripe';
import { ApiError, refused } from '../api/api-error.ts';
import { newId } from '../ids.ts';
import { buildCharge } from '../resources/charges.ts';
import { redeemCoupon } from '../resources/coupons.ts';
import { createCustomer } from '../resources/customers.ts';
import { buildPaymentIntent } from '../resources/payment-intents.ts';
import type { SessionRecord } from '../store/records.ts';
import { unschedule } from '../store/scheduler.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';
import { scheduleBooking } from './book-charge.ts';
import { expireSession } from './expire.ts';

export const PAY_OUTCOMES = ['succeeded', 'declined', 'processing', 'expired'] as const;
export type PayOutcome = (typeof PAY_OUTCOMES)[number];

/** What the buyer typed into the payment form. */
export interface Buyer {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}

/** The Session after the attempt, and the card error where there was one: what was written stays either way. */
export interface PayResult {
  readonly session: Stripe.Checkout.Session;
  readonly error: ApiError | null;
}

const DECLINE_MESSAGE = 'Your card was declined.';

/** What happens when the buyer confirms. Throws a 400 where the Session is not open. */
export function paySession(
  work: Work,
  record: SessionRecord,
  outcome: PayOutcome,
  buyer: Buyer,
): PayResult {
  const { id, status, amount_total } = record.session;
  if (status !== 'open') {
    throw refused(`Checkout Session ${id} is \`${status}\`: only an \`open\` one can be paid.`);
  }
  if (outcome === 'expired') return { session: expireSession(work, record), error: null };
  if (amount_total === 0) {
    if (outcome !== 'succeeded') throw refused('There is nothing to pay: it can only succeed.');
    return { session: complete(work, record, null, 'no_payment_required', buyer), error: null };
  }
  const intent = intentOf(work, record);
  if (outcome === 'declined') return decline(work, record, intent, buyer);
  const confirm = outcome === 'succeeded' ? succeed : startProcessing;
  return { session: confirm(work, record, intent, buyer), error: null };
}

/** The Session's intent: one for all attempts, made at the first. */
function intentOf(work: Work, record: SessionRecord): Stripe.PaymentIntent {
  const { payment_intent } = record.session;
  const known =
    typeof payment_intent === 'string' ? work.tx.get('paymentIntents', payment_intent) : undefined;
  if (known !== undefined) return known;
  const intent = buildPaymentIntent(work, record);
  emit(work, 'payment_intent.created', intent);
  return intent;
}

function decline(
  work: Work,
  record: SessionRecord,
  intent: Stripe.PaymentIntent,
  buyer: Buyer,
): PayResult {
  const code = 'card_declined';
  const decline_code = 'generic_decline';
  const method = { id: newId('pm_1'), type: 'card' } as const;
  const result = { status: 'failed', code, message: DECLINE_MESSAGE } as const;
  const charge = buildCharge(work, intent, detailsOf(record, buyer), method, result);
  const failed: Stripe.PaymentIntent = {
    ...intent,
    last_payment_error: {
      charge: charge.id,
      code,
      decline_code,
      doc_url: 'https://stripe.com/docs/error-codes/card-declined',
      message: DECLINE_MESSAGE,
      type: 'card_error',
    },
    latest_charge: charge.id,
    status: 'requires_payment_method',
  };
  const session = { ...record.session, payment_intent: intent.id };
  work.tx.put('charges', charge.id, charge);
  work.tx.put('paymentIntents', intent.id, failed);
  work.tx.put('sessions', session.id, { ...record, session });
  emit(work, 'charge.failed', charge);
  emit(work, 'payment_intent.payment_failed', failed);
  const details = { code, decline_code, charge: charge.id, payment_intent: failed };
  return { session, error: new ApiError(402, 'card_error', DECLINE_MESSAGE, details, true) };
}

function succeed(
  work: Work,
  record: SessionRecord,
  intent: Stripe.PaymentIntent,
  buyer: Buyer,
): Stripe.Checkout.Session {
  const customer = customerAtCompletion(work, record, buyer);
  const method = { id: newId('pm_1'), type: 'card' } as const;
  const paying = { ...intent, customer };
  const charge = buildCharge(work, paying, detailsOf(record, buyer), method, {
    status: 'succeeded',
  });
  const paid: Stripe.PaymentIntent = {
    ...paying,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: method.id,
    status: 'succeeded',
  };
  work.tx.put('charges', charge.id, charge);
  work.tx.put('paymentIntents', paid.id, paid);
  scheduleBooking(work, charge.id);
  emit(work, 'charge.succeeded', charge);
  emit(work, 'payment_intent.succeeded', paid);
  return complete(work, record, paid, 'paid', buyer);
}

/** An asynchronous method: the buyer is done, the bank is not. */
function startProcessing(
  work: Work,
  record: SessionRecord,
  intent: Stripe.PaymentIntent,
  buyer: Buyer,
): Stripe.Checkout.Session {
  const customer = customerAtCompletion(work, record, buyer);
  const method = { id: newId('pm_1'), type: 'sepa_debit' } as const;
  const paying = { ...intent, customer };
  const charge = buildCharge(work, paying, detailsOf(record, buyer), method, { status: 'pending' });
  const processing: Stripe.PaymentIntent = {
    ...paying,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: method.id,
    status: 'processing',
  };
  work.tx.put('charges', charge.id, charge);
  work.tx.put('paymentIntents', processing.id, processing);
  emit(work, 'charge.pending', charge);
  emit(work, 'payment_intent.processing', processing);
  return complete(work, record, processing, 'unpaid', buyer);
}

function complete(
  work: Work,
  record: SessionRecord,
  intent: Stripe.PaymentIntent | null,
  paymentStatus: Stripe.Checkout.Session.PaymentStatus,
  buyer: Buyer,
): Stripe.Checkout.Session {
  const customer = intent?.customer ?? customerAtCompletion(work, record, buyer);
  const session: Stripe.Checkout.Session = {
    ...record.session,
    client_secret: null,
    customer,
    customer_details: detailsOf(record, buyer),
    payment_intent: intent?.id ?? null,
    payment_status: paymentStatus,
    status: 'complete',
    url: null,
  };
  work.tx.put('sessions', session.id, { ...record, session });
  unschedule(work.tx, 'expire_session', session.id);
  for (const { coupon } of session.discounts ?? []) {
    if (typeof coupon === 'string') redeemCoupon(work, coupon);
  }
  emit(work, 'checkout.session.completed', session);
  return session;
}

/** `customer_creation: always` makes a Customer of what the buyer typed, at completion and not before. */
function customerAtCompletion(
  work: Work,
  record: SessionRecord,
  buyer: Buyer,
): Stripe.Checkout.Session['customer'] {
  const { customer, customer_creation } = record.session;
  if (customer !== null || customer_creation !== 'always') return customer;
  const { email, name } = detailsOf(record, buyer);
  return createCustomer(work, { email, name }).id;
}

export function detailsOf(
  { session }: SessionRecord,
  buyer: Buyer,
): Stripe.Checkout.Session.CustomerDetails {
  const emptyAddress = {
    city: null,
    country: null,
    line1: null,
    line2: null,
    postal_code: null,
    state: null,
  };
  return {
    address: emptyAddress,
    business_name: null,
    email: session.customer_email ?? session.customer_details?.email ?? buyer.email ?? null,
    individual_name: null,
    name: buyer.name ?? null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  };
}
