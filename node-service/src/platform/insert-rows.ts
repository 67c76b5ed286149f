import type { Row, ShopTx } from './db.ts';

/** Rows for one of the tables that a request to the allocator may bring along. Column names are ours, never a client's. */
export type Insert = {
  readonly table:
    | 'sales_order'
    | 'order_line'
    | 'order_fact'
    | 'ledger_transfer'
    | 'stock_change'
    | 'hold_payment';
  readonly rows: readonly Row[];
  /** 'ignore': a row that is there already, by its key, stays as it is. */
  readonly onConflict: 'fail' | 'ignore';
};

/** One statement, however many rows. */
export async function insertRows(tx: ShopTx, { table, rows, onConflict }: Insert): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first).join(', ');
  await tx.sql(
    `insert into ${table} (shop_id, ${columns})
     select $1, ${columns} from jsonb_populate_recordset(null::${table}, $2)
     ${onConflict === 'ignore' ? 'on conflict do nothing' : ''}`,
    [tx.shopId, JSON.stringify(rows)],
  );
}
