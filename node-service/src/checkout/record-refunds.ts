import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import { refundTransfers, writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { type Order, OrderFactEntity } from './order.entities.ts';
import { claimStripeObject, findOrder, recordAppliedEvent, recordFacts } from './order-rows.ts';
import { raiseAttention } from './raise-attention.ts';
import { readRefund } from './refund-facts.rules.ts';

/** Every refund of the order that reached its buyer is in the ledger, and is taken back there if it failed later. */
async function bookRefunds(tx: ShopTx, orderId: string): Promise<void> {
  const facts = await tx.em.find(OrderFactEntity, {
    shopId: tx.shopId,
    orderId,
    kind: { $in: ['refund_succeeded', 'refund_failed'] },
  });
  for (const { kind, reference, amountMinor, currency, occurredAt } of facts) {
    if (kind !== 'refund_succeeded' || amountMinor == null || currency == null) continue;
    const failure = facts.find(
      (other) => other.kind === 'refund_failed' && other.reference === reference,
    );
    const refund = { orderId, reference, amountMinor, currency, occurredAt };
    await writeTransfers(tx, refundTransfers({ ...refund, failedAt: failure?.occurredAt ?? null }));
  }
}

/**
 * Writes down how refunds of an order stand, and books them: our own call's answer, a webhook and a look at Stripe all
 * end here, whichever comes first and however often.
 */
export async function recordRefunds(
  deps: Pick<Deps, 'db' | 'config' | 'metrics' | 'log'>,
  shopId: string,
  order: Order,
  refunds: readonly Stripe.Refund[],
  options: { readonly seenAt: Date; readonly eventId?: string },
): Promise<void> {
  const { orderId } = order;
  const facts = refunds.flatMap((one) => readRefund(one, fromStripeAmount, options.seenAt));
  const added = await deps.db.inShop(shopId, async (tx) => {
    await findOrder(tx, orderId, 'lock');
    if (options.eventId !== undefined) await recordAppliedEvent(tx, options.eventId);
    for (const { id } of refunds)
      await claimStripeObject(tx, deps.config.environment, 'refund', id, orderId);
    const recorded = await recordFacts(tx, orderId, facts);
    await bookRefunds(tx, orderId);
    return recorded;
  });
  raiseAttention(deps, shopId, orderId, added);
}
