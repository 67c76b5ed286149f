import type Stripe from 'stripe';
import { refused } from '../api/api-error.ts';
import { newId } from '../ids.ts';
import { scheduleBooking } from '../payments/book-charge.ts';
import { buildCharge } from '../resources/charges.ts';
import { buildIntent, cancelIntent } from '../resources/payment-intents.ts';
import { emit } from '../webhooks/emit.ts';
import { unixSeconds, type Work } from '../work.ts';
import { saveCustomer, saveSubscription } from './save-changed.ts';

export const COLLECT_OUTCOMES = ['paid', 'failed'] as const;
/** What the customer's bank says when an invoice is charged. */
export type CollectOutcome = (typeof COLLECT_OUTCOMES)[number];

const RETRY_SECONDS = 3 * 24 * 60 * 60;
const DECLINE_MESSAGE = 'Your card was declined.';

/** Methods that Stripe's documentation gives for testing: attached without an error, declined when charged. */
const DECLINED_METHODS = new Set(['pm_card_chargeCustomerFail', 'pm_card_chargeDeclined']);

/** How a charge of this payment method goes when nobody says how. */
export function outcomeOfMethod(method: string | null): CollectOutcome {
  return method !== null && DECLINED_METHODS.has(method) ? 'failed' : 'paid';
}

/**
 * Makes a draft an open invoice, with its number, the customer's balance taken in, and the PaymentIntent that is to
 * pay it. One with nothing due is paid at once and has no payment.
 */
export function finalizeInvoice(work: Work, draft: Stripe.Invoice): Stripe.Invoice {
  const now = unixSeconds(work.nowMs);
  const customer = work.tx.get('customers', String(draft.customer));
  if (customer === undefined || customer.deleted) throw new Error(`${draft.id} has no customer`);
  const endingBalance = draft.total + draft.starting_balance - draft.amount_due;
  const sequence = customer.next_invoice_sequence ?? 1;
  saveCustomer(work, customer, {
    ...customer,
    balance: endingBalance,
    next_invoice_sequence: sequence + 1,
  });
  const open: Stripe.Invoice = {
    ...draft,
    effective_at: now,
    ending_balance: endingBalance,
    number: `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`,
    status: 'open',
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  };
  work.tx.put('invoices', open.id, open);
  if (open.amount_due > 0) createPayment(work, open);
  emit(work, 'invoice.finalized', open);
  return open.amount_due === 0 ? markPaid(work, open) : open;
}

/** The invoice's one payment: a PaymentIntent without metadata, as Stripe copies none to it. */
function createPayment(work: Work, invoice: Stripe.Invoice): void {
  const intent = buildIntent(work, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    paymentMethodTypes: ['card'],
    allowedTypes: null,
    excludedTypes: null,
    template: {
      metadata: {},
      description:
        invoice.billing_reason === 'subscription_create'
          ? 'Subscription creation'
          : 'Subscription update',
      receiptEmail: null,
      captureMethod: 'automatic_async',
      setupFutureUsage: 'off_session',
      shipping: null,
      statementDescriptor: null,
      statementDescriptorSuffix: null,
      transferGroup: null,
    },
  });
  const payment: Stripe.InvoicePayment = {
    id: newId('inpay_1'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: unixSeconds(work.nowMs),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
  work.tx.put('paymentIntents', intent.id, intent);
  work.tx.put('invoicePayments', payment.id, payment);
  // `all` sees what is committed alone, and an invoice is often charged in the transaction that finalizes it.
  work.tx.put('invoicePaymentIds', invoice.id, payment.id);
  emit(work, 'payment_intent.created', intent);
}

/** Charges an open or uncollectible invoice. Throws a 400 where it is neither. */
export function collectInvoice(
  work: Work,
  invoice: Stripe.Invoice,
  outcome: CollectOutcome,
): Stripe.Invoice {
  if (invoice.status === 'paid') throw refused('Invoice is already paid');
  const payment = paymentOf(work, invoice);
  const intentId = payment?.payment.payment_intent;
  const intent = typeof intentId === 'string' ? work.tx.get('paymentIntents', intentId) : undefined;
  if (payment === undefined || intent === undefined || !isPayable(invoice)) {
    throw refused(`Invoice ${invoice.id} is \`${invoice.status}\`: it cannot be paid.`);
  }
  const method = { id: newId('pm_1'), type: 'card' } as const;
  if (outcome === 'failed') return decline(work, invoice, intent, method);
  const charge = buildCharge(work, intent, null, method, { status: 'succeeded' });
  const paid: Stripe.PaymentIntent = {
    ...intent,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: method.id,
    status: 'succeeded',
  };
  const now = unixSeconds(work.nowMs);
  const settled: Stripe.InvoicePayment = {
    ...payment,
    amount_paid: payment.amount_requested,
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: now },
  };
  work.tx.put('charges', charge.id, charge);
  work.tx.put('paymentIntents', paid.id, paid);
  work.tx.put('invoicePayments', settled.id, settled);
  scheduleBooking(work, charge.id);
  emit(work, 'charge.succeeded', charge);
  emit(work, 'payment_intent.succeeded', paid);
  emit(work, 'invoice_payment.paid', settled);
  return markPaid(work, { ...invoice, attempt_count: invoice.attempt_count + 1, attempted: true });
}

function isPayable({ status }: Stripe.Invoice): boolean {
  return status === 'open' || status === 'uncollectible';
}

function markPaid(work: Work, invoice: Stripe.Invoice): Stripe.Invoice {
  const paid: Stripe.Invoice = {
    ...invoice,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'paid',
    status_transitions: { ...invoice.status_transitions, paid_at: unixSeconds(work.nowMs) },
  };
  work.tx.put('invoices', paid.id, paid);
  emit(work, 'invoice.paid', paid);
  emit(work, 'invoice.payment_succeeded', paid);
  moveSubscription(work, paid, ['incomplete', 'past_due', 'unpaid'], 'active');
  return paid;
}

function decline(
  work: Work,
  invoice: Stripe.Invoice,
  intent: Stripe.PaymentIntent,
  method: { readonly id: string; readonly type: 'card' },
): Stripe.Invoice {
  const code = 'card_declined';
  const result = { status: 'failed', code, message: DECLINE_MESSAGE } as const;
  const charge = buildCharge(work, intent, null, method, result);
  const failed: Stripe.PaymentIntent = {
    ...intent,
    last_payment_error: {
      charge: charge.id,
      code,
      decline_code: 'generic_decline',
      message: DECLINE_MESSAGE,
      type: 'card_error',
    },
    latest_charge: charge.id,
    status: 'requires_payment_method',
  };
  const unpaid: Stripe.Invoice = {
    ...invoice,
    attempt_count: invoice.attempt_count + 1,
    attempted: true,
    next_payment_attempt: unixSeconds(work.nowMs) + RETRY_SECONDS,
  };
  work.tx.put('charges', charge.id, charge);
  work.tx.put('paymentIntents', failed.id, failed);
  work.tx.put('invoices', unpaid.id, unpaid);
  emit(work, 'charge.failed', charge);
  emit(work, 'payment_intent.payment_failed', failed);
  emit(work, 'invoice.payment_failed', unpaid);
  moveSubscription(work, unpaid, ['active'], 'past_due');
  return unpaid;
}

/** A subscription follows its latest invoice, and no older one. */
function moveSubscription(
  work: Work,
  invoice: Stripe.Invoice,
  from: readonly string[],
  to: 'active' | 'past_due' | 'incomplete_expired',
): void {
  const id = invoice.parent?.subscription_details?.subscription;
  const subscription = work.tx.get('subscriptions', String(id));
  if (subscription?.latest_invoice !== invoice.id || !from.includes(subscription.status)) return;
  const ended = to === 'incomplete_expired' ? { ended_at: unixSeconds(work.nowMs) } : {};
  saveSubscription(work, subscription, { ...subscription, ...ended, status: to });
}

/** Ends an unpaid invoice without money, with its payment. Throws a 400 where it is not open or uncollectible. */
export function voidInvoice(work: Work, invoice: Stripe.Invoice): Stripe.Invoice {
  if (!isPayable(invoice)) {
    throw refused(`Invoice ${invoice.id} is \`${invoice.status}\`: it cannot be voided.`);
  }
  const now = unixSeconds(work.nowMs);
  const voided: Stripe.Invoice = {
    ...invoice,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  };
  work.tx.put('invoices', voided.id, voided);
  cancelPayment(work, invoice);
  emit(work, 'invoice.voided', voided);
  moveSubscription(work, voided, ['incomplete'], 'incomplete_expired');
  return voided;
}

function cancelPayment(work: Work, invoice: Stripe.Invoice): void {
  const payment = paymentOf(work, invoice);
  if (payment === undefined) return;
  const intent = work.tx.get('paymentIntents', String(payment.payment.payment_intent));
  if (intent !== undefined) cancelIntent(work, intent, 'void_invoice');
  const canceled_at = unixSeconds(work.nowMs);
  work.tx.put('invoicePayments', payment.id, {
    ...payment,
    status: 'canceled',
    status_transitions: { canceled_at, paid_at: null },
  });
}

/** Gives an open invoice up; it may still be paid or voided. Throws a 400 where it is not open. */
export function markUncollectible(work: Work, invoice: Stripe.Invoice): Stripe.Invoice {
  if (invoice.status !== 'open') {
    throw refused(`Invoice ${invoice.id} is \`${invoice.status}\`: only an open one is given up.`);
  }
  const given: Stripe.Invoice = {
    ...invoice,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'uncollectible',
    status_transitions: {
      ...invoice.status_transitions,
      marked_uncollectible_at: unixSeconds(work.nowMs),
    },
  };
  work.tx.put('invoices', given.id, given);
  emit(work, 'invoice.marked_uncollectible', given);
  return given;
}

/** The invoice's payment; a draft and an invoice with nothing due have none. */
function paymentOf(work: Work, invoice: Stripe.Invoice): Stripe.InvoicePayment | undefined {
  const id = work.tx.get('invoicePaymentIds', invoice.id);
  return id === undefined ? undefined : work.tx.get('invoicePayments', id);
}
