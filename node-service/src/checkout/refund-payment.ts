/** The job that gives a payment back. It may run at any time and any number of times: there is one refund. */
import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { ShopTx } from '../platform/db.ts';
import { outcomeOf, type StripeOutcome } from '../platform/stripe/index.ts';
import { isContested } from './dispute.rules.ts';
import { isRefundOver, mayKeyBeForgotten, refundOperationId } from './give-back.rules.ts';
import type { Order } from './order.entities.ts';
import { findOrder, readFacts, recordFacts } from './order-rows.ts';
import type { KnownFact } from './order-status.rules.ts';
import { raiseAttention } from './raise-attention.ts';
import { recordRefunds } from './record-refunds.ts';

export type RefundJob = {
  readonly shopId: string;
  readonly requestId: string;
  readonly orderId: string;
  readonly paymentReference: string;
  /** After a definite failure a new attempt has a new number. */
  readonly attempt: string;
};

type Operation = {
  readonly id: string;
  readonly order: Order;
  readonly due: KnownFact;
  readonly isContested: boolean;
};

/** What is still to be done, from the facts as they are now; null when nothing is. */
async function readOperation(tx: ShopTx, job: RefundJob): Promise<Operation | null> {
  const order = await findOrder(tx, job.orderId);
  if (order === null) return null;
  const facts = await readFacts(tx, order);
  const id = refundOperationId(job.orderId, job.paymentReference, job.attempt);
  const due = facts.facts.find(
    ({ kind, reference }) => kind === 'refund_due' && reference === job.paymentReference,
  );
  if (due === undefined || isRefundOver(facts, id, due)) return null;
  return { id, order, due, isContested: isContested(facts.facts, job.paymentReference) };
}

function count(deps: Deps, job: RefundJob, call: string, outcome: StripeOutcome<unknown>): void {
  deps.metrics.stripeCalls.inc({ shop: job.shopId, call, outcome: outcome.kind });
}

/** The one call, identical each time: all that is left of the payment, so that no amount can differ. */
async function create(
  deps: Deps,
  job: RefundJob,
  { id, order, due }: Operation,
): Promise<StripeOutcome<Stripe.Refund>> {
  const params: Stripe.RefundCreateParams = {
    payment_intent: job.paymentReference,
    metadata: { shop_id: job.shopId, order_id: order.orderId, operation_id: id },
    ...(due.detail === 'paid_without_stock' ? {} : { reason: 'duplicate' }),
  };
  deps.killPoint('refund.before_stripe');
  const outcome = await outcomeOf(() => deps.stripe.refunds.create(params, { idempotencyKey: id }));
  deps.killPoint('refund.after_stripe');
  count(deps, job, 'refunds.create', outcome);
  return outcome;
}

/**
 * Writes down every refund that Stripe has of the payment: ours is found by its metadata, and one that a person made
 * counts too. @returns whether nothing is left to do. @throws while Stripe does not answer.
 */
async function lookUp(deps: Deps, job: RefundJob, { order }: Operation): Promise<boolean> {
  const outcome = await outcomeOf(() =>
    deps.stripe.refunds
      .list({ payment_intent: job.paymentReference, limit: 100 })
      .autoPagingToArray({ limit: 1_000 }),
  );
  count(deps, job, 'refunds.list', outcome);
  if (outcome.kind === 'refused') return false;
  if (outcome.kind !== 'ok') throw new Error('the refunds of a payment are not known yet');
  const seenAt = deps.clock.now();
  await recordRefunds(deps, job.shopId, order, outcome.value, { seenAt });
  return (await deps.db.inShop(job.shopId, (tx) => readOperation(tx, job))) === null;
}

/** Stripe said no for good: a person decides. */
async function recordRefusal(
  deps: Deps,
  { shopId, orderId }: RefundJob,
  operationId: string,
  code: string,
): Promise<void> {
  const occurredAt = deps.clock.now();
  const added = await deps.db.inShop(shopId, async (tx) => {
    await findOrder(tx, orderId, 'lock');
    return recordFacts(tx, orderId, [
      { kind: 'refund_refused', reference: operationId, detail: code, occurredAt },
      {
        kind: 'needs_attention',
        reference: 'refund_refused',
        detail: `${operationId}: ${code}`,
        occurredAt,
      },
    ]);
  });
  raiseAttention(deps, shopId, orderId, added);
}

/** A wrong or expired key of ours says nothing of the refund: it is tried again once that is put right. */
function isOurs(outcome: StripeOutcome<unknown>): boolean {
  return outcome.kind === 'refused' && (outcome.status === 401 || outcome.status === 403);
}

/** @throws while it is not known what became of the refund, so that the job comes back. */
export async function refundPayment(deps: Deps, job: RefundJob): Promise<void> {
  const operation = await deps.db.inShop(job.shopId, (tx) => readOperation(tx, job));
  if (operation === null) return;
  const { id, order, due } = operation;
  // The bank may give the buyer the same money: a person decides, and Stripe would refuse.
  if (operation.isContested) return recordRefusal(deps, job, id, 'charge_disputed');
  if (mayKeyBeForgotten(due.occurredAt, deps.clock.now()) && (await lookUp(deps, job, operation)))
    return;
  const outcome = await create(deps, job, operation);
  if (outcome.kind === 'ok') {
    const seenAt = deps.clock.now();
    await recordRefunds(deps, job.shopId, order, [outcome.value], { seenAt });
    deps.killPoint('refund.after_facts');
    return;
  }
  if (outcome.kind === 'rate_limited' || isOurs(outcome))
    throw new Error(`refund ${id} was not made yet: ${outcome.kind}`);
  // Stripe repeats a stored 500, and refuses what is refunded already: its list tells what was done.
  if (await lookUp(deps, job, operation)) return;
  if (outcome.kind === 'unknown')
    throw new Error(`the outcome of refund ${id} is unknown`, { cause: outcome.cause });
  await recordRefusal(deps, job, id, outcome.code);
}
