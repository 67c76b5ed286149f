import { paymentTransfers, receivedTransfer, writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { type Order, OrderFactEntity } from './order.entities.ts';

/**
 * Every payment of the order is in the ledger, one of another amount than was agreed too: as what was truly paid, and
 * spread over nothing. Called in the transaction that records a payment, so that no one ever sees an order confirmed
 * whose money is not booked. Repeats harmlessly, by the business fact.
 */
export async function bookPayments(tx: ShopTx, order: Order): Promise<void> {
  const payments = await tx.em.find(OrderFactEntity, {
    shopId: tx.shopId,
    orderId: order.orderId,
    kind: { $in: ['payment_succeeded', 'payment_mismatched'] },
  });
  for (const { kind, reference, amountMinor, currency, occurredAt } of payments) {
    if (amountMinor == null) continue;
    const payment = { reference, amountMinor, occurredAt };
    const transfers =
      kind === 'payment_succeeded'
        ? paymentTransfers(order, payment)
        : receivedTransfer({ ...order, currency: currency ?? order.currency }, payment);
    await writeTransfers(tx, transfers);
  }
}
