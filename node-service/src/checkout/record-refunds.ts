import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { bookPayments } from './book-payments.ts';
import type { Order } from './order.entities.ts';
import { claimStripeObject, findOrder, recordAppliedEvent, recordFacts } from './order-rows.ts';
import { raiseAttention } from './raise-attention.ts';
import { readRefund } from './refund-facts.rules.ts';

/**
 * Writes down how refunds of an order stand, and books them: our own call's answer and a look at Stripe end here,
 * whichever comes first and however often. A webhook of a refund leaves the same facts.
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
    await bookPayments(tx, order);
    return recorded;
  });
  raiseAttention(deps, shopId, orderId, added);
}
