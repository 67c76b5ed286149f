import type Stripe from 'stripe';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';

const EVIDENCE_SECONDS = 9 * 24 * 60 * 60;

/** What the buyer's bank says when it disputes a charge. */
export interface DisputeFacts {
  readonly amount: number;
  readonly reason: string;
  /** An inquiry takes no money and leaves the charge refundable. */
  readonly inquiry: boolean;
}

/** A dispute that nobody has answered; its metadata is its own and empty. Not stored yet. */
export function buildDispute(
  work: Work,
  charge: Stripe.Charge,
  facts: DisputeFacts,
): Stripe.Dispute {
  const created = unixSeconds(work.nowMs);
  return {
    id: newId('dp_1'),
    object: 'dispute',
    amount: facts.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: created + EVIDENCE_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: facts.inquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: 'visa',
        case_type: facts.inquiry ? 'inquiry' : 'chargeback',
        network: 'visa',
        network_reason_code: '10.4',
      },
      type: 'card',
    },
    reason: facts.reason,
    status: facts.inquiry ? 'warning_needs_response' : 'needs_response',
  };
}

const noEvidence: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};
