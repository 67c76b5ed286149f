import type { Deps } from '../deps.ts';
import type { ShopTx } from '../platform/db.ts';
import { enqueue } from '../platform/enqueue.ts';
import { bookPayments } from './book-payments.ts';
import { dueFacts, refundsDue } from './give-back.rules.ts';
import type { Order } from './order.entities.ts';
import { type NewFact, recordFacts } from './order-rows.ts';
import type { OrderFacts } from './order-status.rules.ts';

const FIRST_ATTEMPT = '1';

/**
 * Decides for each payment that cannot be honoured that it is given back: the fact, the job that does it, and, where
 * nothing is left that pays for the order, its revenue out of the ledger, in the transaction that has locked the order.
 * @returns what was decided just now; the order's facts have changed by it.
 */
export async function giveBackPayments(
  deps: Pick<Deps, 'clock'>,
  tx: ShopTx,
  order: Order,
  facts: OrderFacts,
): Promise<NewFact[]> {
  const due = refundsDue(facts);
  const { orderId, requestId } = order;
  const occurredAt = deps.clock.now();
  const added: NewFact[] = [];
  for (const one of due) {
    const { reference, amountMinor } = one.payment;
    added.push(...(await recordFacts(tx, orderId, dueFacts(one, order.currency, occurredAt))));
    // An order for nothing is paid by its session alone: there is no money to give back.
    if (amountMinor === null || amountMinor === 0) continue;
    await enqueue(tx, {
      task: 'refund_payment',
      payload: { requestId, orderId, paymentReference: reference, attempt: FIRST_ATTEMPT },
      runAt: occurredAt,
      key: `refund_payment:${orderId}:${reference}`,
    });
  }
  if (due.length > 0) await bookPayments(tx, order);
  return added;
}
