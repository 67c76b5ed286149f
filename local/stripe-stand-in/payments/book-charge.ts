import { buildChargeTransaction } from '../resources/balance-transactions.ts';
import { schedule } from '../store/scheduler.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';

/**
 * Capture is asynchronous by default: `charge.succeeded` has no balance transaction, and
 * `charge.updated` brings it a little later.
 */
export function scheduleBooking(work: Work, chargeId: string): void {
  const dueAtMs = work.nowMs + work.settings.balanceDelayMs;
  schedule(work.tx, { kind: 'book_charge', objectId: chargeId, dueAtMs });
}

/** Gives the charge its balance transaction, with `charge.updated`. */
export function bookCharge(work: Work, chargeId: string): void {
  const charge = work.tx.get('charges', chargeId);
  if (charge === undefined || charge.balance_transaction !== null) return;
  const transaction = buildChargeTransaction(work, charge);
  const booked = { ...charge, balance_transaction: transaction.id };
  work.tx.put('balanceTransactions', transaction.id, transaction);
  work.tx.put('charges', chargeId, booked);
  emit(work, 'charge.updated', booked, { balance_transaction: null });
}
