import type { Deps } from '../deps.ts';
import { readHoldLines } from '../inventory/index.ts';
import { isUniqueViolation, type ShopTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { bookPayments } from './book-payments.ts';
import type { Order } from './order.entities.ts';
import { findOrder, readFacts, recordFacts } from './order-rows.ts';
import { nextSettlement, type Settlement } from './order-status.rules.ts';
import { raiseAttention } from './raise-attention.ts';

type Settling = Pick<Deps, 'db' | 'allocator' | 'clock' | 'metrics' | 'log' | 'killPoint'>;

/** Each step is decided anew from what is true then; commit, give back and one more look are the longest way. */
const MAX_STEPS = 5;
const RETRY_AFTER_MS = 2_000;

/** Two payments for one order are a buyer's money that a person must give back. */
async function recordPaidTwice(deps: Pick<Deps, 'clock'>, tx: ShopTx, orderId: string) {
  const occurredAt = deps.clock.now();
  return recordFacts(tx, orderId, [
    { kind: 'needs_attention', reference: 'paid_twice', occurredAt },
  ]);
}

/** The stock of an order whose hold is gone: taken again where it is there, else a person decides. */
async function takeAgain(
  deps: Settling,
  shopId: string,
  { order, goneHoldId }: { readonly order: Order; readonly goneHoldId: string },
  paymentFact: string,
): Promise<void> {
  const holdId = deps.clock.id('hold');
  const occurredAt = deps.clock.now();
  const fact = {
    order_id: order.orderId,
    kind: 'stock_taken_again',
    reference: goneHoldId,
    detail: holdId,
    occurred_at: occurredAt,
  };
  const lines = await deps.db.inShop(shopId, (tx) => readHoldLines(tx, order.holdId));
  const outcome = await deps.allocator
    .submit(shopId, {
      action: { kind: 'take', holdId, orderId: order.orderId, lines, paymentFact },
      // Fails for whoever comes second, and its stock with it: the first has taken it.
      rows: [{ table: 'order_fact', rows: [fact], onConflict: 'fail' }],
    })
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error;
      return null;
    });
  if (outcome?.kind !== 'refused' || outcome.reason === 'inventory_busy') return;
  const added = await deps.db.inShop(shopId, (tx) =>
    recordFacts(tx, order.orderId, [
      { kind: 'needs_attention', reference: 'paid_without_stock', detail: paymentFact, occurredAt },
    ]),
  );
  raiseAttention(deps, shopId, order.orderId, added);
}

async function apply(
  deps: Settling,
  shopId: string,
  { order, holdId }: { readonly order: Order; readonly holdId: string },
  step: Settlement,
): Promise<void> {
  if (step.kind === 'take_again')
    return takeAgain(deps, shopId, { order, goneHoldId: holdId }, step.paymentFact);
  const action =
    step.kind === 'commit'
      ? { kind: step.kind, holdId, paymentFact: step.paymentFact }
      : { kind: step.kind, holdId };
  await deps.allocator.submit(shopId, { action });
}

/**
 * Brings stock and ledger in line with what is known of an order. Safe to repeat, at any time, by anyone: webhooks,
 * finalize, cancel, recovery and expiry all end here.
 * @throws when the database fails; Problem service_unavailable when contention does not let it finish. The facts are
 * written by then: a job's retry, the next event or the expiry job settles the order.
 */
export async function settleOrder(deps: Settling, shopId: string, orderId: string): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const state = await deps.db.inShop(shopId, async (tx) => {
      const order = await findOrder(tx, orderId, 'lock');
      if (order === null) return null;
      const payments = await bookPayments(tx, order);
      const added = payments > 1 ? await recordPaidTwice(deps, tx, orderId) : [];
      const facts = await readFacts(tx, order);
      return { order, added, holdId: facts.holdId, next: nextSettlement(facts) };
    });
    if (state === null) return;
    raiseAttention(deps, shopId, orderId, state.added);
    if (state.next === null) return;
    await apply(deps, shopId, state, state.next);
    deps.killPoint('settle.after_allocation');
  }
  throw new Problem(
    'service_unavailable',
    { detail: `Order ${orderId} is not settled yet: many are asking for the same items.` },
    { retryAfterMs: RETRY_AFTER_MS },
  );
}
