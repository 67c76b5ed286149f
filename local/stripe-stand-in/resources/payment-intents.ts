import type Stripe from 'stripe';
import { refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { oneOf, text } from '../api/scalars.ts';
import { optional, unsupported } from '../api/schema.ts';
import { newId, randomAlphanumeric } from '../ids.ts';
import type { IntentTemplate, SessionRecord } from '../store/records.ts';
import { emit } from '../webhooks/emit.ts';
import { unixSeconds, type Work } from '../work.ts';

/** What a PaymentIntent is made from; `amount` in minor units. */
export interface IntentFacts {
  readonly amount: number;
  readonly currency: string;
  readonly customer: Stripe.PaymentIntent['customer'];
  readonly paymentMethodTypes: string[];
  readonly allowedTypes: string[] | null;
  readonly excludedTypes: Stripe.PaymentIntent.ExcludedPaymentMethodType[] | null;
  readonly template: IntentTemplate;
}

/** The PaymentIntent that Checkout makes when the buyer first confirms; not stored yet. */
export function buildPaymentIntent(
  work: Work,
  { session, intent }: SessionRecord,
): Stripe.PaymentIntent {
  return buildIntent(work, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? '',
    customer: session.customer,
    paymentMethodTypes: session.payment_method_types,
    allowedTypes: session.allowed_payment_method_types,
    excludedTypes: session.excluded_payment_method_types ?? null,
    template: intent,
  });
}

/** A PaymentIntent that waits for a payment method; not stored yet. */
export function buildIntent(work: Work, facts: IntentFacts): Stripe.PaymentIntent {
  const { template: intent } = facts;
  const id = newId('pi_3');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: facts.allowedTypes,
    amount: facts.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: intent.captureMethod,
    client_secret: `${id}_secret_${randomAlphanumeric(25)}`,
    confirmation_method: 'automatic',
    created: unixSeconds(work.nowMs),
    currency: facts.currency,
    customer: facts.customer,
    customer_account: null,
    description: intent.description,
    excluded_payment_method_types: facts.excludedTypes,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: intent.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic',
      },
    },
    payment_method_types: facts.paymentMethodTypes,
    payment_record: null,
    processing: null,
    receipt_email: intent.receiptEmail,
    review: null,
    setup_future_usage: intent.setupFutureUsage,
    shipping: intent.shipping,
    source: null,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: intent.transferGroup,
  };
}

const retrieve = operation({
  id: 'paymentIntents.retrieve',
  method: 'GET',
  path: '/v1/payment_intents/:id',
  params: { client_secret: unsupported },
  execute: (work, _params, id) => requireIntent(work, id),
});

const list = operation({
  id: 'paymentIntents.list',
  method: 'GET',
  path: '/v1/payment_intents',
  params: {
    ...paginationParams,
    created: optional(createdParam),
    customer: optional(text()),
    customer_account: unsupported,
  },
  check: checkPagination,
  execute(work, params) {
    const intents = work.tx.all('paymentIntents').values();
    return page('/v1/payment_intents', 'payment_intent', intents, params, (intent) => {
      const inTime = params.created?.(intent.created) ?? true;
      return inTime && (params.customer === undefined || params.customer === intent.customer);
    });
  },
});

const cancel = operation({
  id: 'paymentIntents.cancel',
  method: 'POST',
  path: '/v1/payment_intents/:id/cancel',
  params: {
    cancellation_reason: optional(
      oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
    ),
  },
  execute(work, params, id) {
    const intent = requireIntent(work, id);
    if (intent.status !== 'requires_payment_method') {
      throw refused(
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`,
        { code: 'payment_intent_unexpected_state' },
      );
    }
    refuseWhereOwned(work, id);
    return cancelIntent(work, intent, params.cancellation_reason ?? null);
  },
});

/** An intent of Checkout or Billing ends with what it belongs to, not by itself. */
function refuseWhereOwned(work: Work, id: string): void {
  for (const { session } of work.tx.all('sessions').values()) {
    if (session.payment_intent !== id || session.status !== 'open') continue;
    throw refused(`PaymentIntent ${id} was created by Checkout: expire the Session instead.`);
  }
  for (const { payment } of work.tx.all('invoicePayments').values()) {
    if (payment.payment_intent !== id) continue;
    throw refused(`PaymentIntent ${id} was created by an invoice: void the invoice instead.`);
  }
}

/** Ends an unpaid intent, with `payment_intent.canceled`. */
export function cancelIntent(
  work: Work,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  const canceled: Stripe.PaymentIntent = {
    ...intent,
    canceled_at: unixSeconds(work.nowMs),
    cancellation_reason: reason,
    status: 'canceled',
  };
  work.tx.put('paymentIntents', intent.id, canceled);
  emit(work, 'payment_intent.canceled', canceled);
  return canceled;
}

/** The intent a path names, or Stripe's 404. */
function requireIntent(work: Work, id: string): Stripe.PaymentIntent {
  const intent = work.tx.get('paymentIntents', id);
  if (intent === undefined) throw resourceMissing('payment_intent', id, 'intent', 'in_path');
  return intent;
}

export const paymentIntentOperations = [retrieve, list, cancel];
