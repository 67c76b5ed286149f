import type { ShopTx } from '../platform/db.ts';
import type { Transfer } from './transfer.ts';

/** Writes transfers; one that is there already, by its business fact, stays as it is. */
export async function writeTransfers(
  { sql, shopId }: ShopTx,
  transfers: readonly Transfer[],
  then?: 'commit',
): Promise<void> {
  if (transfers.length === 0) return;
  const rows = transfers.map((transfer) => ({
    shop_id: shopId,
    business_fact: transfer.businessFact,
    debit_account: transfer.debitAccount,
    credit_account: transfer.creditAccount,
    amount_minor: transfer.amountMinor,
    currency: transfer.currency,
    order_id: transfer.orderId,
    occurred_at: transfer.occurredAt,
  }));
  await sql(
    `insert into ledger_transfer
       (shop_id, business_fact, debit_account, credit_account, amount_minor, currency, order_id, occurred_at)
     select shop_id, business_fact, debit_account, credit_account, amount_minor, currency, order_id, occurred_at
       from jsonb_populate_recordset(null::ledger_transfer, $1) on conflict do nothing`,
    [JSON.stringify(rows)],
    then,
  );
}
