import type { Row } from './db.ts';

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
