import type { Deps } from '../deps.ts';
import { readHoldLines } from '../inventory/index.ts';
import { paymentTransfers, writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { type Order, OrderFactEntity } from './order.entities.ts';
import { findOrder, readFacts, recordFacts } from './order-rows.ts';
import { nextSettlement, type Settlement } from './order-status.rules.ts';

type Settling = Pick<Deps, 'db' | 'allocator' | 'clock' | 'metrics' | 'log' | 'killPoint'>;

/** Each step is decided anew from what is true then; commit, give back and one more look are the longest way. */
const MAX_STEPS = 5;

/** Every payment of the order is in the ledger. Repeats harmlessly, by the business fact. */
async function writePayments(tx: ShopTx, order: Order): Promise<void> {
  const payments = await tx.em.find(OrderFactEntity, {
    shopId: tx.shopId,
    orderId: order.orderId,
    kind: 'payment_succeeded',
  });
  for (const { reference, amountMinor, occurredAt } of payments) {
    if (amountMinor == null) continue;
    await writeTransfers(tx, paymentTransfers(order, { reference, amountMinor, occurredAt }));
  }
}

/** The stock of an order whose hold is gone: taken again where it is there, else a person decides. */
async function takeAgain(
  deps: Settling,
  shopId: string,
  order: Order,
  paymentFact: string,
): Promise<void> {
  const holdId = deps.clock.id('hold');
  const occurredAt = deps.clock.now();
  const fact = {
    order_id: order.orderId,
    kind: 'stock_taken_again',
    reference: order.holdId,
    detail: holdId,
    occurred_at: occurredAt,
  };
  const lines = await deps.db.inShop(shopId, (tx) => readHoldLines(tx, order.holdId));
  const outcome = await deps.allocator.submit(shopId, {
    action: { kind: 'take', holdId, orderId: order.orderId, lines, paymentFact },
    // Fails for whoever comes second, and its stock with it: the first has taken it.
    rows: [{ table: 'order_fact', rows: [fact], onConflict: 'fail' }],
  });
  if (outcome.kind !== 'refused' || outcome.reason === 'inventory_busy') return;
  await deps.db.inShop(shopId, (tx) =>
    recordFacts(tx, order.orderId, [
      { kind: 'needs_attention', reference: 'paid_without_stock', detail: paymentFact, occurredAt },
    ]),
  );
  deps.metrics.needsAttention.inc({ shop: shopId, reason: 'paid_without_stock' });
  deps.log.error('order needs attention', {
    shopId,
    orderId: order.orderId,
    reason: 'paid_without_stock',
  });
}

async function apply(
  deps: Settling,
  shopId: string,
  order: Order,
  step: Settlement,
): Promise<void> {
  if (step.kind === 'take_again') return takeAgain(deps, shopId, order, step.paymentFact);
  const { holdId } = order;
  const action =
    step.kind === 'commit'
      ? { kind: step.kind, holdId, paymentFact: step.paymentFact }
      : { kind: step.kind, holdId };
  await deps.allocator.submit(shopId, { action });
}

/**
 * Brings stock and ledger in line with what is known of an order. Safe to repeat, at any time, by anyone: webhooks,
 * finalize, cancel, recovery and expiry all end here.
 * @throws when the database fails, or contention does not let it finish: the caller's job comes back.
 */
export async function settleOrder(deps: Settling, shopId: string, orderId: string): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const state = await deps.db.inShop(shopId, async (tx) => {
      const order = await findOrder(tx, orderId, 'lock');
      if (order === null) return null;
      await writePayments(tx, order);
      return { order, next: nextSettlement(await readFacts(tx, order)) };
    });
    if (state === null || state.next === null) return;
    await apply(deps, shopId, state.order, state.next);
    deps.killPoint('settle.after_allocation');
  }
  throw new Error(`order ${orderId} is not settled after ${MAX_STEPS} steps`);
}
