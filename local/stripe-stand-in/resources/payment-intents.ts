import type Stripe from 'stripe';
import { resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { text } from '../api/scalars.ts';
import { optional, unsupported } from '../api/schema.ts';
import { newId, randomAlphanumeric } from '../ids.ts';
import type { SessionRecord } from '../store/records.ts';
import { unixSeconds, type Work } from '../work.ts';

/** The PaymentIntent that Checkout makes when the buyer first confirms; not stored yet. */
export function buildPaymentIntent(work: Work, record: SessionRecord): Stripe.PaymentIntent {
  const { session, intent } = record;
  const id = newId('pi_3');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: session.allowed_payment_method_types,
    amount: session.amount_total ?? 0,
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
    currency: session.currency ?? '',
    customer: session.customer,
    customer_account: null,
    description: intent.description,
    excluded_payment_method_types: session.excluded_payment_method_types ?? null,
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
    payment_method_types: session.payment_method_types,
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
  execute(work, _params, id) {
    const intent = work.tx.get('paymentIntents', id);
    if (intent === undefined) throw resourceMissing('payment_intent', id, 'intent', 'in_path');
    return intent;
  },
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

export const paymentIntentOperations = [retrieve, list];
