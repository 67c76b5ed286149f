import type Stripe from 'stripe';
import { invalidRequest, refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { integer, oneOf, text } from '../api/scalars.ts';
import { metadata, optional, unsupported } from '../api/schema.ts';
import { newId } from '../ids.ts';
import { refundCharge } from '../payments/refund.ts';
import { unixSeconds, type Work } from '../work.ts';
import { formatAmount } from './currencies.ts';
import { checkNotDisputed } from './disputes.ts';

/** What a refund is asked for; the charge has been found to have so much left. */
export interface RefundRequest {
  readonly amount: number;
  readonly reason: Stripe.Refund.Reason | null;
  readonly metadata: Stripe.Metadata;
}

/** A refund of a card is there at once; a bank takes its time. Not stored yet. */
export function buildRefund(
  work: Work,
  charge: Stripe.Charge,
  { amount, reason, metadata }: RefundRequest,
): Stripe.Refund {
  const isCard = charge.payment_method_details?.type === 'card';
  return {
    id: newId(isCard ? 're_3' : 'pyr_1'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: unixSeconds(work.nowMs),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: isCard
      ? { card: { reference_status: 'pending', type: 'refund' }, type: 'card' }
      : { type: 'sepa_credit_transfer' },
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(isCard ? {} : { pending_reason: 'processing' }),
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isCard ? 'succeeded' : 'pending',
    transfer_reversal: null,
  };
}

/** The refund a path names, or Stripe's 404. */
export function requireRefund(work: Work, id: string): Stripe.Refund {
  const refund = work.tx.get('refunds', id);
  if (refund === undefined) throw resourceMissing('refund', id, 'id', 'in_path');
  return refund;
}

/** The charge that the parameters name, paid and not a failed attempt of its intent. */
function chargeOf(
  work: Work,
  params: { readonly charge?: string | undefined; readonly payment_intent?: string | undefined },
): Stripe.Charge {
  let { charge: chargeId } = params;
  if (params.payment_intent !== undefined) {
    const { payment_intent: intentId } = params;
    const intent = work.tx.get('paymentIntents', intentId);
    if (intent === undefined) {
      throw resourceMissing('payment_intent', intentId, 'payment_intent', 'in_parameter');
    }
    if (intent.status !== 'succeeded' || typeof intent.latest_charge !== 'string') {
      throw refused(
        `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
      );
    }
    chargeId = intent.latest_charge;
  }
  const charge = work.tx.get('charges', chargeId ?? '');
  if (charge === undefined) {
    throw resourceMissing('charge', chargeId ?? '', 'charge', 'in_parameter');
  }
  if (!charge.paid) throw refused(`Charge ${charge.id} was not paid: there is nothing to refund.`);
  return charge;
}

const create = operation({
  id: 'refunds.create',
  method: 'POST',
  path: '/v1/refunds',
  params: {
    amount: optional(integer({ min: 1 })),
    charge: optional(text()),
    currency: unsupported,
    customer: unsupported,
    instructions_email: unsupported,
    metadata: optional(metadata),
    origin: unsupported,
    payment_intent: optional(text()),
    reason: optional(oneOf('duplicate', 'fraudulent', 'requested_by_customer')),
    refund_application_fee: unsupported,
    reverse_transfer: unsupported,
  },
  check(params) {
    if ((params.charge === undefined) !== (params.payment_intent === undefined)) return;
    throw invalidRequest('Give exactly one of these parameters: payment_intent, charge.', {
      code: params.charge === undefined ? 'parameter_missing' : 'parameters_exclusive',
      param: 'payment_intent',
    });
  },
  execute(work, params) {
    const charge = chargeOf(work, params);
    checkNotDisputed(work, charge);
    const left = charge.amount_captured - charge.amount_refunded;
    if (left === 0) {
      throw refused(`Charge ${charge.id} has already been refunded.`, {
        code: 'charge_already_refunded',
      });
    }
    const { amount = left, reason = null } = params;
    if (amount > left) {
      const [asked, rest] = [amount, left].map((minor) => formatAmount(minor, charge.currency));
      throw refused(
        `Refund amount (${asked}) is greater than unrefunded amount on charge (${rest})`,
        { param: 'amount' },
      );
    }
    const refund = buildRefund(work, charge, { amount, reason, metadata: params.metadata ?? {} });
    return refundCharge(work, charge, refund);
  },
});

const retrieve = operation({
  id: 'refunds.retrieve',
  method: 'GET',
  path: '/v1/refunds/:id',
  params: {},
  execute: (work, _params, id) => requireRefund(work, id),
});

const list = operation({
  id: 'refunds.list',
  method: 'GET',
  path: '/v1/refunds',
  params: {
    ...paginationParams,
    charge: optional(text()),
    created: optional(createdParam),
    payment_intent: optional(text()),
  },
  check: checkPagination,
  execute(work, params) {
    const refunds = work.tx.all('refunds').values();
    return page('/v1/refunds', 'refund', refunds, params, (refund) => {
      const inTime = params.created?.(refund.created) ?? true;
      const isCharges = params.charge === undefined || params.charge === refund.charge;
      const isIntents =
        params.payment_intent === undefined || params.payment_intent === refund.payment_intent;
      return inTime && isCharges && isIntents;
    });
  },
});

export const refundOperations = [create, retrieve, list];
