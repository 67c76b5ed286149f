import type Stripe from 'stripe';
import { refused } from '../api/api-error.ts';
import { buildDisputeTransaction } from '../resources/balance-transactions.ts';
import { buildDispute, type DisputeFacts } from '../resources/dispute-object.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';

export const DISPUTE_OUTCOMES = ['won', 'lost', 'warning_closed'] as const;
export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

/**
 * The buyer's bank takes a charge back, or only asks (an inquiry): `charge.dispute.created`, and where money is taken
 * `charge.dispute.funds_withdrawn`. Throws a 400 where the charge is unpaid, already disputed, or has less left.
 */
export function openDispute(
  work: Work,
  charge: Stripe.Charge,
  facts: Omit<DisputeFacts, 'amount'> & { readonly amount?: number | undefined },
): Stripe.Dispute {
  if (!charge.paid) throw refused(`Charge ${charge.id} was not paid: nobody disputes it.`);
  for (const { charge: of, id, status } of work.tx.all('disputes').values()) {
    if (of === charge.id && isOpen(status)) throw refused(`Dispute ${id} is open already.`);
  }
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = facts.amount ?? left;
  if (amount > left || amount === 0) {
    throw refused(`${amount} of charge ${charge.id} cannot be disputed: ${left} is left of it.`);
  }
  const dispute = buildDispute(work, charge, { ...facts, amount });
  const withdrawn = facts.inquiry ? dispute : withTransaction(work, dispute, 'dispute');
  work.tx.put('disputes', dispute.id, withdrawn);
  work.tx.put('charges', charge.id, { ...charge, disputed: true });
  emit(work, 'charge.dispute.created', withdrawn);
  if (!facts.inquiry) emit(work, 'charge.dispute.funds_withdrawn', withdrawn);
  return withdrawn;
}

/**
 * The bank's last word, with `charge.dispute.closed`; a won dispute brings the money back, with
 * `charge.dispute.funds_reinstated`. An inquiry closes as `warning_closed` and nothing else does. Throws a 400
 * where the dispute is closed, or cannot close so.
 */
export function closeDispute(
  work: Work,
  dispute: Stripe.Dispute,
  outcome: DisputeOutcome,
): Stripe.Dispute {
  const isInquiry = dispute.status.startsWith('warning_');
  if (!isOpen(dispute.status) || isInquiry !== (outcome === 'warning_closed')) {
    throw refused(`Dispute ${dispute.id} is \`${dispute.status}\`: it cannot become ${outcome}.`);
  }
  const closed: Stripe.Dispute = {
    ...dispute,
    // What a bank gave back, and what it only asked about, may be refunded; what it kept may not.
    is_charge_refundable: outcome !== 'lost',
    status: outcome,
  };
  emit(work, 'charge.dispute.closed', closed, { status: dispute.status });
  if (outcome !== 'won') {
    work.tx.put('disputes', closed.id, closed);
    return closed;
  }
  const reinstated = withTransaction(work, closed, 'dispute_reversal');
  work.tx.put('disputes', reinstated.id, reinstated);
  emit(work, 'charge.dispute.funds_reinstated', reinstated);
  return reinstated;
}

function isOpen(status: Stripe.Dispute.Status): boolean {
  return status.endsWith('needs_response') || status.endsWith('under_review');
}

function withTransaction(
  work: Work,
  dispute: Stripe.Dispute,
  what: 'dispute' | 'dispute_reversal',
): Stripe.Dispute {
  const transaction = buildDisputeTransaction(work, dispute, what);
  work.tx.put('balanceTransactions', transaction.id, transaction);
  return { ...dispute, balance_transactions: [...dispute.balance_transactions, transaction] };
}
