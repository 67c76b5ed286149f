/** One conditional statement for each hold, prepared, in autocommit: takes the units if they are there, and writes hold and line. */
import type { Pool } from 'pg';
import type { NewHold } from './hold-tables.ts';

/** As many as the naive way has: on a hot row, more of them only wait for each other. */
export const SINGLE_STATEMENT_POOL_SIZE = 10;

const HOLD = {
  name: 'single_hold',
  text: `
    with taken as (
      update reference.stock set held = held + $4
       where shop_id = $1 and variant_key = $3 and on_hand - held >= $4 returning 1),
    new_hold as (
      insert into reference.hold (shop_id, hold_id, state, expiry, expires_at, created_at)
      select $1, $2, 'active', 'clock', $5, $6 from taken returning hold_id)
    insert into reference.hold_line (shop_id, hold_id, variant_key, quantity)
    select $1, hold_id, $3, $4 from new_hold`,
};

/** @returns whether there was enough */
export async function holdByStatement(pool: Pool, hold: NewHold): Promise<boolean> {
  const { shopId, holdId, variantKey, quantity, expiresAt, now } = hold;
  const values = [shopId, holdId, variantKey, quantity, expiresAt, now];
  const { rowCount } = await pool.query({ ...HOLD, values });
  return rowCount === 1;
}
