import type { Deps } from '../deps.ts';
import { readHoldLines } from '../inventory/index.ts';
import { writeTransfers } from '../ledger/index.ts';
import { isUniqueViolation, type ShopTx } from '../platform/db.ts';
import { enqueue } from '../platform/enqueue.ts';
import { Problem } from '../platform/problem.ts';
import { giveBackPayments } from './give-back.ts';
import type { Order } from './order.entities.ts';
import { findRivals, type NewFact, readFacts, readOrder, recordFacts } from './order-rows.ts';
import { hasStock, nextSettlement, type Settlement } from './order-status.rules.ts';
import { transfersOf } from './order-transfers.ts';
import { raiseAttention } from './raise-attention.ts';

type Settling = Pick<Deps, 'db' | 'allocator' | 'clock' | 'metrics' | 'log' | 'killPoint'>;

/** Each step is decided anew from what is true then; commit, give back and one more look are the longest way. */
const MAX_STEPS = 5;
const RETRY_AFTER_MS = 2_000;

/** What is to be done next, and what was decided on the way to it. */
export type Decided = {
  readonly order: Order;
  readonly added: readonly NewFact[];
  readonly holdId: string;
  readonly next: Settlement | null;
};

/**
 * What an order's facts ask for, once all that can be decided from them is decided and booked. Locks the order, and ends
 * the transaction.
 * @returns null where there is no such order
 */
export async function decideSettlement(
  deps: Pick<Deps, 'clock'>,
  tx: ShopTx,
  orderId: string,
): Promise<Decided | null> {
  const read = await readOrder(tx, orderId, 'lock');
  if (read === null) return null;
  const { order } = read;
  const added = await giveBackPayments(deps, tx, order, read.known);
  const known = added.length === 0 ? read.known : await readFacts(tx, order);
  for (const rivalId of known.losingRivals) {
    await enqueue(tx, {
      task: 'settle_order',
      payload: { requestId: order.requestId, orderId: rivalId },
      runAt: deps.clock.now(),
      key: `settle_order:${rivalId}`,
    });
  }
  await writeTransfers(tx, transfersOf(order, known.facts), 'commit');
  return { order, added, holdId: known.holdId, next: nextSettlement(known) };
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
    const read = await readOrder(tx, orderId, 'lock');
    // Whoever settles the order too may have found some.
    if (read === null || hasStock(read.known)) return [];
    const found = await recordFacts(tx, orderId, [
      { kind: 'needs_attention', reference: 'paid_without_stock', detail, occurredAt },
    ]);
    return [...found, ...((await decideSettlement(deps, tx, orderId))?.added ?? [])];
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

/** @returns whether the order's stock is now as was decided. */
async function apply(
  deps: Settling,
  shopId: string,
  { order, holdId }: { readonly order: Order; readonly holdId: string },
  step: Settlement,
): Promise<boolean> {
  if (step.kind === 'take_again') {
    await takeAgain(deps, shopId, { order, goneHoldId: holdId }, step.paymentFact);
    return false;
  }
  const action =
    step.kind === 'commit'
      ? { kind: step.kind, holdId, paymentFact: step.paymentFact }
      : { kind: step.kind, holdId };
  return (await deps.allocator.submit(shopId, { action })).kind === 'done';
}

/**
 * Whether the order must be looked at again after its stock was changed as decided. Whoever adds a fact settles the order
 * too, by the stock as it is then. A payment of another order of its cart that was told at the same moment is what
 * neither may have seen: each looks when both are written.
 */
async function mayHaveRivals(deps: Settling, shopId: string, order: Order): Promise<boolean> {
  if (order.cartId === null) return false;
  const rivals = await deps.db.inShop(shopId, (tx) => findRivals(tx, order, 'commit'));
  return rivals.length > 0;
}

/**
 * Brings stock and ledger in line with what is known of an order. Safe to repeat, at any time, by anyone: webhooks,
 * finalize, cancel, recovery and expiry all end here.
 * @param decided what the transaction that wrote the newest fact has decided, which is then not done again
 * @throws when the database fails; Problem service_unavailable when contention does not let it finish. The facts are
 * written by then: a job's retry, the next event or the expiry job settles the order.
 */
export async function settleOrder(
  deps: Settling,
  shopId: string,
  orderId: string,
  decided?: Decided | null,
): Promise<void> {
  const look = () => deps.db.inShop(shopId, (tx) => decideSettlement(deps, tx, orderId));
  let state = decided === undefined ? await look() : decided;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (state === null) return;
    raiseAttention(deps, shopId, orderId, state.added);
    if (state.next === null) return;
    const isDone = await apply(deps, shopId, state, state.next);
    deps.killPoint('settle.after_allocation');
    if (isDone && !(await mayHaveRivals(deps, shopId, state.order))) return;
    state = await look();
  }
  throw new Problem(
    'service_unavailable',
    { detail: `Order ${orderId} is not settled yet: many are asking for the same items.` },
    { retryAfterMs: RETRY_AFTER_MS },
  );
}
