import type Stripe from 'stripe';
import { refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { text } from '../api/scalars.ts';
import { optional } from '../api/schema.ts';
import { closeDispute } from '../payments/dispute.ts';
import type { Work } from '../work.ts';

/** The dispute a path names, or Stripe's 404. */
export function requireDispute(work: Work, id: string): Stripe.Dispute {
  const dispute = work.tx.get('disputes', id);
  if (dispute === undefined) throw resourceMissing('dispute', id, 'dispute', 'in_path');
  return dispute;
}

/** Refuses to refund a charge that a bank has taken back, or may yet take back. */
export function checkNotDisputed(work: Work, charge: Stripe.Charge): void {
  if (!charge.disputed) return;
  for (const dispute of work.tx.all('disputes').values()) {
    if (dispute.charge !== charge.id || dispute.is_charge_refundable) continue;
    throw refused(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
}

const retrieve = operation({
  id: 'disputes.retrieve',
  method: 'GET',
  path: '/v1/disputes/:id',
  params: {},
  execute: (work, _params, id) => requireDispute(work, id),
});

const close = operation({
  id: 'disputes.close',
  method: 'POST',
  path: '/v1/disputes/:id/close',
  params: {},
  execute: (work, _params, id) => closeDispute(work, requireDispute(work, id), 'lost'),
});

const list = operation({
  id: 'disputes.list',
  method: 'GET',
  path: '/v1/disputes',
  params: {
    ...paginationParams,
    charge: optional(text()),
    created: optional(createdParam),
    payment_intent: optional(text()),
  },
  check: checkPagination,
  execute(work, params) {
    return page('/v1/disputes', 'dispute', work.tx.all('disputes').values(), params, (dispute) => {
      const inTime = params.created?.(dispute.created) ?? true;
      const isCharges = params.charge === undefined || params.charge === dispute.charge;
      const isIntents =
        params.payment_intent === undefined || params.payment_intent === dispute.payment_intent;
      return inTime && isCharges && isIntents;
    });
  },
});

export const disputeOperations = [retrieve, close, list];
