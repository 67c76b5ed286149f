import type { Deps } from '../deps.ts';
import { readHoldLines } from '../inventory/index.ts';
import { isUniqueViolation, type ShopTx } from '../platform/db.ts';
import { enqueue } from '../platform/enqueue.ts';
import { Problem } from '../platform/problem.ts';
import { bookPayments } from './book-payments.ts';
import { giveBackPayments } from './give-back.ts';
import type { Order } from './order.entities.ts';
import { findOrder, readFacts, recordFacts } from './order-rows.ts';
import { hasStock, nextSettlement, type Settlement } from './order-status.rules.ts';
import { raiseAttention } from './raise-attention.ts';

type Settling = Pick<Deps, 'db' | 'allocator' | 'clock' | 'metrics' | 'log' | 'killPoint'>;

/** Each step is decided anew from what is true then; commit, give back and one more look are the longest way. */
const MAX_STEPS = 5;
const RETRY_AFTER_MS = 2_000;

/** What an order's facts ask for, once all that can be decided from them is decided. Its row is locked. */
async function decide(deps: Settling, tx: ShopTx, order: Order) {
  await bookPayments(tx, order);
  const known = await readFacts(tx, order);
  const added = await giveBackPayments(deps, tx, order, known);
  const facts = added.length === 0 ? known : await readFacts(tx, order);
  for (const orderId of facts.losingRivals) {
    await enqueue(tx, {
      task: 'settle_order',
      payload: { requestId: order.requestId, orderId },
      runAt: deps.clock.now(),
      key: `settle_order:${orderId}`,
    });
  }
  return { order, added, holdId: facts.holdId, next: nextSettlement(facts) };
}

/** The stock is sold: whatever comes in for the order is given back, and a person is told. */
async function recordWithoutStock(
  deps: Settling,
  shopId: string,
  orderId: string,
  detail: string,
): Promise<void> {
  const occurredAt = deps.clock.now();
  const added = await deps.db.inShop(shopId, async (tx) => {
    const order = await findOrder(tx, orderId, 'lock');
    // Whoever settles the order too may have found some.
    if (order === null || hasStock(await readFacts(tx, order))) return [];
    const found = await recordFacts(tx, orderId, [
      { kind: 'needs_attention', reference: 'paid_without_stock', detail, occurredAt },
    ]);
    return [...found, ...(await decide(deps, tx, order)).added];
  });
  raiseAttention(deps, shopId, orderId, added);
}

/** The stock of an order whose hold is gone: taken again where it is there, else its payment is given back. */
async function takeAgain(
  deps: Settling,
  shopId: string,
  { order, goneHoldId }: { readonly order: Order; readonly goneHoldId: string },
  paymentFact: string,
): Promise<void> {
  const holdId = deps.clock.id('hold');
  const fact = {
    order_id: order.orderId,
    kind: 'stock_taken_again',
    reference: goneHoldId,
    detail: holdId,
    occurred_at: deps.clock.now(),
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
  await recordWithoutStock(deps, shopId, order.orderId, paymentFact);
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
      return order === null ? null : decide(deps, tx, order);
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
