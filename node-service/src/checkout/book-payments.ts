import { writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import type { Order } from './order.entities.ts';
import { readOrderFacts } from './order-rows.ts';
import { transfersOf } from './order-transfers.ts';

/**
 * Every payment, refund and dispute of the order is in the ledger. Called in the transaction that records one, so that
 * no one ever sees an order confirmed whose money is not booked. Repeats harmlessly, by the business fact.
 */
export async function bookPayments(tx: ShopTx, order: Order): Promise<void> {
  await writeTransfers(tx, transfersOf(order, await readOrderFacts(tx, order.orderId)));
}
