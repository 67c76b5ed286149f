import type Stripe from 'stripe';
import { refused } from '../api/api-error.ts';
import { buildRefundTransaction } from '../resources/balance-transactions.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';

export const REFUND_OUTCOMES = ['succeeded', 'failed'] as const;
export type RefundOutcome = (typeof REFUND_OUTCOMES)[number];

/** Takes a new refund off its charge and off the balance, with `refund.created` and `charge.refunded`. */
export function refundCharge(
  work: Work,
  charge: Stripe.Charge,
  refund: Stripe.Refund,
): Stripe.Refund {
  const transaction = buildRefundTransaction(work, refund, 'refund');
  const booked: Stripe.Refund = { ...refund, balance_transaction: transaction.id };
  const refunded = changeCharge(charge, refund.amount);
  work.tx.put('balanceTransactions', transaction.id, transaction);
  work.tx.put('refunds', booked.id, booked);
  work.tx.put('charges', charge.id, refunded);
  emit(work, 'refund.created', booked);
  emit(work, 'charge.refunded', refunded, {
    amount_refunded: charge.amount_refunded,
    refunded: charge.refunded,
  });
  return booked;
}

/**
 * What becomes of a refund later: a pending one succeeds, and a pending or a succeeded one fails, after which its
 * money is back in the balance and may be refunded again. Throws a 400 for any other step.
 */
export function settleRefund(
  work: Work,
  refund: Stripe.Refund,
  outcome: RefundOutcome,
): Stripe.Refund {
  const mayBe = outcome === 'succeeded' ? ['pending'] : ['pending', 'succeeded'];
  if (!mayBe.includes(refund.status ?? '')) {
    throw refused(`Refund ${refund.id} is \`${refund.status}\`: it cannot become \`${outcome}\`.`);
  }
  const { pending_reason: _over, ...rest } = refund;
  return outcome === 'succeeded' ? succeed(work, refund, rest) : fail(work, refund, rest);
}

function succeed(work: Work, refund: Stripe.Refund, rest: Stripe.Refund): Stripe.Refund {
  const succeeded: Stripe.Refund = { ...rest, status: 'succeeded' };
  work.tx.put('refunds', refund.id, succeeded);
  emit(work, 'refund.updated', succeeded, { status: refund.status });
  return succeeded;
}

function fail(work: Work, refund: Stripe.Refund, rest: Stripe.Refund): Stripe.Refund {
  const charge = work.tx.get('charges', String(refund.charge));
  if (charge === undefined) throw new Error(`refund ${refund.id} has no charge`);
  const transaction = buildRefundTransaction(work, refund, 'refund_failure');
  const failed: Stripe.Refund = {
    ...rest,
    failure_balance_transaction: transaction.id,
    failure_reason: 'expired_or_canceled_card',
    status: 'failed',
  };
  work.tx.put('balanceTransactions', transaction.id, transaction);
  work.tx.put('refunds', refund.id, failed);
  work.tx.put('charges', charge.id, changeCharge(charge, -refund.amount));
  emit(work, 'refund.updated', failed, { status: refund.status });
  emit(work, 'refund.failed', failed);
  return failed;
}

function changeCharge(charge: Stripe.Charge, byAmount: number): Stripe.Charge {
  const amount_refunded = charge.amount_refunded + byAmount;
  return { ...charge, amount_refunded, refunded: amount_refunded === charge.amount_captured };
}
