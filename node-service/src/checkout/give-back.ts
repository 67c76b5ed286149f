import type { Deps } from '../deps.ts';
import { dishonouredTransfers, writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { enqueue } from '../platform/enqueue.ts';
import { refundsDue } from './give-back.rules.ts';
import type { Order } from './order.entities.ts';
import { type NewFact, recordFacts } from './order-rows.ts';
import { keptPayments, type OrderFacts } from './order-status.rules.ts';

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
  for (const { payment, reason } of due) {
    const { reference } = payment;
    const money = { amountMinor: payment.amountMinor ?? 0, currency: order.currency };
    added.push(
      ...(await recordFacts(tx, orderId, [
        { kind: 'needs_attention', reference: reason, detail: reference, occurredAt },
        { kind: 'refund_due', reference, ...money, detail: reason, occurredAt },
      ])),
    );
    // An order for nothing is paid by its session alone: there is no money to give back.
    if (money.amountMinor === 0) continue;
    await enqueue(tx, {
      task: 'refund_payment',
      payload: { requestId, orderId, paymentReference: reference, attempt: FIRST_ATTEMPT },
      runAt: occurredAt,
      key: `refund_payment:${orderId}:${reference}`,
    });
  }
  if (due.length > 0 && due.length === keptPayments(facts).length)
    await writeTransfers(tx, dishonouredTransfers(order, occurredAt));
  return added;
}
