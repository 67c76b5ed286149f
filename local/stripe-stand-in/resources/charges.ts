import type Stripe from 'stripe';
import { resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { text } from '../api/scalars.ts';
import { optional, unsupported } from '../api/schema.ts';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';

/** How a charge ended, or that its bank has not answered yet. */
export type ChargeResult =
  | { readonly status: 'succeeded' | 'pending' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

/** A charge of the intent's amount; its metadata is the intent's as it is now. Not stored yet. */
export function buildCharge(
  work: Work,
  intent: Stripe.PaymentIntent,
  buyer: Stripe.Checkout.Session.CustomerDetails | null,
  method: { readonly id: string; readonly type: 'card' | 'sepa_debit' },
  result: ChargeResult,
): Stripe.Charge {
  const failed = result.status === 'failed';
  const { receipt_email, shipping } = intent;
  return {
    id: newId(method.type === 'card' ? 'ch_3' : 'py_3'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: result.status === 'succeeded' ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: {
      address: buyer?.address ?? null,
      email: buyer?.email ?? null,
      name: buyer?.name ?? null,
      phone: buyer?.phone ?? null,
      tax_id: null,
    },
    calculated_statement_descriptor: 'STAND-IN',
    captured: !failed,
    created: unixSeconds(work.nowMs),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failed ? result.code : null,
    failure_message: failed ? result.message : null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(result),
    paid: result.status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(method.type, intent.amount),
    radar_options: {},
    receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: result.status,
    transfer_data: null,
    transfer_group: intent.transfer_group,
  };
}

function outcomeOf(result: ChargeResult): Stripe.Charge.Outcome {
  const failed = result.status === 'failed';
  return {
    advice_code: failed ? 'try_again_later' : null,
    network_advice_code: null,
    network_decline_code: failed ? '05' : null,
    network_status: failed ? 'declined_by_network' : 'approved_by_network',
    reason: failed ? result.code : null,
    risk_level: 'normal',
    risk_score: 12,
    seller_message: failed
      ? 'The bank did not return any further details with this decline.'
      : 'Payment complete.',
    type: failed ? 'issuer_declined' : 'authorized',
  };
}

function methodDetails(
  type: 'card' | 'sepa_debit',
  amount: number,
): Stripe.Charge.PaymentMethodDetails {
  if (type === 'sepa_debit') {
    const sepa_debit: Stripe.Charge.PaymentMethodDetails.SepaDebit = {
      bank_code: '19043',
      branch_code: '',
      country: 'AT',
      fingerprint: 'bfBH0EKr5Cqf5xZT',
      last4: '3201',
      mandate: null,
    };
    return { sepa_debit, type };
  }
  const card: Stripe.Charge.PaymentMethodDetails.Card = {
    amount_authorized: amount,
    authorization_code: null,
    brand: 'visa',
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    electronic_commerce_indicator: null,
    exp_month: 12,
    exp_year: 2034,
    fingerprint: 'Xt5EWLLDS7FJjR1c',
    funding: 'credit',
    installments: null,
    last4: '4242',
    mandate: null,
    network: 'visa',
    network_transaction_id: null,
    regulated_status: 'unregulated',
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
  return { card, type };
}

const retrieve = operation({
  id: 'charges.retrieve',
  method: 'GET',
  path: '/v1/charges/:id',
  params: {},
  execute: (work, _params, id) => requireCharge(work, id),
});

const list = operation({
  id: 'charges.list',
  method: 'GET',
  path: '/v1/charges',
  params: {
    ...paginationParams,
    created: optional(createdParam),
    customer: optional(text()),
    payment_intent: optional(text()),
    transfer_group: unsupported,
  },
  check: checkPagination,
  execute(work, params) {
    return page('/v1/charges', 'charge', work.tx.all('charges').values(), params, (charge) => {
      const inTime = params.created?.(charge.created) ?? true;
      const isCustomers = params.customer === undefined || params.customer === charge.customer;
      const isIntents =
        params.payment_intent === undefined || params.payment_intent === charge.payment_intent;
      return inTime && isCustomers && isIntents;
    });
  },
});

/** The charge a path names, or Stripe's 404. */
export function requireCharge(work: Work, id: string): Stripe.Charge {
  const charge = work.tx.get('charges', id);
  if (charge === undefined) throw resourceMissing('charge', id, 'id', 'in_path');
  return charge;
}

export const chargeOperations = [retrieve, list];
