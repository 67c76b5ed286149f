import { paymentTransfers, writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { type Order, OrderFactEntity } from './order.entities.ts';

/**
 * Every payment of the order is in the ledger. Called in the transaction that records a payment, so that no one ever
 * sees an order confirmed whose money is not booked. Repeats harmlessly, by the business fact.
 * @returns how many payments there are.
 */
export async function bookPayments(tx: ShopTx, order: Order): Promise<number> {
  const payments = await tx.em.find(OrderFactEntity, {
    shopId: tx.shopId,
    orderId: order.orderId,
    kind: 'payment_succeeded',
  });
  for (const { reference, amountMinor, occurredAt } of payments) {
    if (amountMinor == null) continue;
    await writeTransfers(tx, paymentTransfers(order, { reference, amountMinor, occurredAt }));
  }
  return payments.length;
}
