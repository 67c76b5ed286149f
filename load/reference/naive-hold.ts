/**
 * A transaction for each hold, as it is written first: lock the row, look, write, commit. Everything is prepared, and
 * hold and line are one statement, so that it takes five round trips.
 */
import type { Pool, PoolClient } from 'pg';
import type { NewHold } from './hold-tables.ts';

/** Connections in which it was fastest under 64 callers; with 64 of them it made some two thirds as many holds. */
export const NAIVE_POOL_SIZE = 10;

const LOCK = {
  name: 'naive_lock',
  text: 'select on_hand, held from reference.stock where shop_id = $1 and variant_key = $2 for update',
};
const INSERT = {
  name: 'naive_insert',
  text: `
    with new_hold as (
      insert into reference.hold (shop_id, hold_id, state, expiry, expires_at, created_at)
      values ($1, $2, 'active', 'clock', $3, $4))
    insert into reference.hold_line (shop_id, hold_id, variant_key, quantity) values ($1, $2, $5, $6)`,
};
const UPDATE = {
  name: 'naive_update',
  text: 'update reference.stock set held = held + $3 where shop_id = $1 and variant_key = $2',
};

const LOCK_HOLD = {
  name: 'naive_lock_hold',
  text: `
    select h.state, l.variant_key, l.quantity
      from reference.hold h join reference.hold_line l using (shop_id, hold_id)
     where h.shop_id = $1 and h.hold_id = $2 for update of h`,
};
const END_HOLD = {
  name: 'naive_end_hold',
  text: 'update reference.hold set state = $3, ended_at = $4 where shop_id = $1 and hold_id = $2',
};
const END_STOCK = {
  name: 'naive_end_stock',
  text: `update reference.stock set held = held - $3, on_hand = on_hand - $4 where shop_id = $1 and variant_key = $2`,
};

/** @returns whether there was enough */
export async function holdByTransaction(pool: Pool, hold: NewHold): Promise<boolean> {
  const { shopId, holdId, variantKey, quantity, expiresAt, now } = hold;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ on_hand: string; held: string }>({
      ...LOCK,
      values: [shopId, variantKey],
    });
    const [level] = rows;
    if (level === undefined || Number(level.on_hand) - Number(level.held) < quantity) return false;
    const values = [shopId, holdId, expiresAt, now, variantKey, quantity];
    await client.query({ ...INSERT, values });
    await client.query({ ...UPDATE, values: [shopId, variantKey, quantity] });
    return true;
  });
}

/** @returns whether the hold was active */
export async function endByTransaction(
  pool: Pool,
  end: {
    readonly shopId: string;
    readonly holdId: string;
    readonly state: 'committed' | 'released';
    readonly now: Date;
  },
): Promise<boolean> {
  const { shopId, holdId, state, now } = end;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ state: string; variant_key: string; quantity: string }>({
      ...LOCK_HOLD,
      values: [shopId, holdId],
    });
    const [hold] = rows;
    if (hold?.state !== 'active') return false;
    const sold = state === 'committed' ? hold.quantity : 0;
    await client.query({ ...END_HOLD, values: [shopId, holdId, state, now] });
    await client.query({ ...END_STOCK, values: [shopId, hold.variant_key, hold.quantity, sold] });
    return true;
  });
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const answer = await work(client);
    await client.query('commit');
    client.release();
    return answer;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
