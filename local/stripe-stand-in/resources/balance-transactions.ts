import type Stripe from 'stripe';
import { resourceMissing } from '../api/api-error.ts';
import { operation } from '../api/operation.ts';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';

const PAYOUT_DELAY_SECONDS = 2 * 24 * 60 * 60;

/** The booking of a successful charge, with a fee of 1.5 % and 25 minor units. Not stored yet. */
export function buildChargeTransaction(
  work: Work,
  charge: Stripe.Charge,
): Stripe.BalanceTransaction {
  const fee = Math.min(charge.amount, Math.round(charge.amount * 0.015) + 25);
  const created = unixSeconds(work.nowMs);
  return {
    id: newId('txn_3'),
    object: 'balance_transaction',
    amount: charge.amount,
    available_on: created + PAYOUT_DELAY_SECONDS,
    balance_type: 'payments',
    created,
    currency: charge.currency,
    description: charge.description,
    exchange_rate: null,
    fee,
    fee_details: [
      {
        amount: fee,
        application: null,
        currency: charge.currency,
        description: 'Stripe processing fees',
        type: 'stripe_fee',
      },
    ],
    net: charge.amount - fee,
    reporting_category: 'charge',
    source: charge.id,
    status: 'pending',
    type: charge.payment_method_details?.type === 'card' ? 'charge' : 'payment',
  };
}

/** A refund leaves the balance, and one that fails comes back to it; the charge's fee does not. Not stored yet. */
export function buildRefundTransaction(
  work: Work,
  refund: Stripe.Refund,
  what: 'refund' | 'refund_failure',
): Stripe.BalanceTransaction {
  const created = unixSeconds(work.nowMs);
  const isCard = refund.id.startsWith('re_');
  const amount = what === 'refund' ? -refund.amount : refund.amount;
  return {
    id: newId('txn_3'),
    object: 'balance_transaction',
    amount,
    available_on: created,
    balance_type: 'payments',
    created,
    currency: refund.currency,
    description: what === 'refund' ? 'REFUND FOR CHARGE' : 'REFUND FAILURE',
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: amount,
    reporting_category: what,
    source: refund.id,
    status: 'available',
    type: what === 'refund' && !isCard ? 'payment_refund' : what,
  };
}

const DISPUTE_FEE = 1_500;

/** A dispute takes its amount off the balance and costs a fee; one that is won gives the amount back. Not stored yet. */
export function buildDisputeTransaction(
  work: Work,
  dispute: Stripe.Dispute,
  what: 'dispute' | 'dispute_reversal',
): Stripe.BalanceTransaction {
  const created = unixSeconds(work.nowMs);
  const amount = what === 'dispute' ? -dispute.amount : dispute.amount;
  const fee = what === 'dispute' ? DISPUTE_FEE : 0;
  const { currency } = dispute;
  const description = 'Dispute fee';
  return {
    id: newId('txn_3'),
    object: 'balance_transaction',
    amount,
    available_on: created,
    balance_type: 'payments',
    created,
    currency,
    description: `Chargeback ${what === 'dispute' ? 'withdrawal' : 'reversal'} for ${dispute.charge}`,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency, description, type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: what,
    source: dispute.id,
    status: 'available',
    type: 'adjustment',
  };
}

const retrieve = operation({
  id: 'balanceTransactions.retrieve',
  method: 'GET',
  path: '/v1/balance_transactions/:id',
  params: {},
  execute(work, _params, id) {
    const transaction = work.tx.get('balanceTransactions', id);
    if (transaction === undefined) {
      throw resourceMissing('balance transaction', id, 'id', 'in_path');
    }
    return transaction;
  },
});

export const balanceTransactionOperations = [retrieve];
