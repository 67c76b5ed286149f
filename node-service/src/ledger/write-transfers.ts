import type { ShopTx } from '../platform/db.ts';
import type { Transfer } from './transfer.ts';

/** Writes transfers; one that is there already, by its business fact, stays as it is. */
export async function writeTransfers(tx: ShopTx, transfers: readonly Transfer[]): Promise<void> {
  for (const transfer of transfers) {
    await tx.sql(
      `insert into ledger_transfer
         (shop_id, business_fact, debit_account, credit_account, amount_minor, currency, order_id, occurred_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
      [
        tx.shopId,
        transfer.businessFact,
        transfer.debitAccount,
        transfer.creditAccount,
        transfer.amountMinor,
        transfer.currency,
        transfer.orderId,
        transfer.occurredAt,
      ],
    );
  }
}
