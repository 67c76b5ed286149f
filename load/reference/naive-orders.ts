/**
 * Orders as they are written first: a transaction for each step, the stock's row locked in it. Own tables, without
 * row-level security; everything is prepared.
 */
import type { Pool, PoolClient } from 'pg';

export const ORDER_TABLES = `
create table reference.product (
  shop_id text not null, sku text not null, name text not null, unit_price_minor bigint not null,
  tax_basis_points integer not null, primary key (shop_id, sku));
create table reference.claim (
  shop_id text not null, key text not null, request_hash text not null, order_id text not null, answer jsonb,
  created_at timestamptz not null, primary key (shop_id, key));
create table reference.sales_order (
  shop_id text not null, order_id text not null, hold_id text not null, state text not null, checkout_session_id text,
  sku text not null, variant_key text not null, quantity bigint not null, total_minor bigint not null,
  currency text not null, created_at timestamptz not null, primary key (shop_id, order_id));
create table reference.payment (
  shop_id text not null, order_id text not null, reference text not null, amount_minor bigint not null,
  received_at timestamptz not null, primary key (shop_id, reference),
  foreign key (shop_id, order_id) references reference.sales_order);
grant select, insert, update, delete on all tables in schema reference to commerce_tenant;`;

export type NewOrder = {
  readonly shopId: string;
  readonly orderId: string;
  readonly holdId: string;
  readonly key: string;
  readonly requestHash: string;
  readonly sku: string;
  readonly variantKey: string;
  readonly quantity: number;
  readonly totalMinor: number;
  readonly currency: string;
  readonly expiresAt: Date;
  readonly now: Date;
};

export type Product = {
  readonly name: string;
  readonly netMinor: number;
  readonly taxBasisPoints: number;
};

export async function findProduct(
  pool: Pool,
  shopId: string,
  sku: string,
): Promise<Product | null> {
  const { rows } = await pool.query<
    Record<'name' | 'unit_price_minor' | 'tax_basis_points', string>
  >({
    name: 'naive_product',
    text: 'select name, unit_price_minor, tax_basis_points from reference.product where shop_id = $1 and sku = $2',
    values: [shopId, sku],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const { name, unit_price_minor: netMinor, tax_basis_points: tax } = row;
  return { name, netMinor: Number(netMinor), taxBasisPoints: Number(tax) };
}

/** Claim, hold and order, or none of them. @returns whether there was enough. Rejects where the key was used. */
export async function placeOrder(pool: Pool, order: NewOrder): Promise<boolean> {
  const { shopId, orderId, holdId, variantKey, quantity, now } = order;
  return inTransaction(pool, async (run) => {
    await run(
      'naive_claim',
      'insert into reference.claim (shop_id, key, request_hash, order_id, created_at) values ($1, $2, $3, $4, $5)',
      [shopId, order.key, order.requestHash, orderId, now],
    );
    const [level] = await run<{ free: string }>(
      'naive_order_lock',
      'select on_hand - held as free from reference.stock where shop_id = $1 and variant_key = $2 for update',
      [shopId, variantKey],
    );
    if (level === undefined || Number(level.free) < quantity) {
      await run('naive_unclaim', 'delete from reference.claim where shop_id = $1 and key = $2', [
        shopId,
        order.key,
      ]);
      return false;
    }
    await run(
      'naive_order_hold',
      `with new_hold as (
         insert into reference.hold (shop_id, hold_id, order_id, state, expiry, expires_at, created_at)
         values ($1, $2, $3, 'active', 'stripe', $4, $5))
       insert into reference.hold_line (shop_id, hold_id, variant_key, quantity) values ($1, $2, $6, $7)`,
      [shopId, holdId, orderId, order.expiresAt, now, variantKey, quantity],
    );
    await run(
      'naive_order_stock',
      'update reference.stock set held = held + $3 where shop_id = $1 and variant_key = $2',
      [shopId, variantKey, quantity],
    );
    await run(
      'naive_order',
      `insert into reference.sales_order (shop_id, order_id, hold_id, state, sku, variant_key, quantity, total_minor,
                                          currency, created_at)
       values ($1, $2, $3, 'creating', $4, $5, $6, $7, $8, $9)`,
      [
        shopId,
        orderId,
        holdId,
        order.sku,
        variantKey,
        quantity,
        order.totalMinor,
        order.currency,
        now,
      ],
    );
    return true;
  });
}

/** The session's id, and the claim's answer. */
export async function openOrder(
  pool: Pool,
  opened: {
    readonly shopId: string;
    readonly orderId: string;
    readonly key: string;
    readonly sessionId: string;
    readonly answer: object;
  },
): Promise<void> {
  const { shopId, orderId, key, sessionId, answer } = opened;
  await inTransaction(pool, async (run) => {
    await run(
      'naive_open',
      `update reference.sales_order set state = 'open', checkout_session_id = $3 where shop_id = $1 and order_id = $2`,
      [shopId, orderId, sessionId],
    );
    await run(
      'naive_complete',
      'update reference.claim set answer = $3 where shop_id = $1 and key = $2',
      [shopId, key, JSON.stringify(answer)],
    );
  });
}

/** The payment came in: order, hold and stock. Once, however often it is told. */
export async function confirmOrder(
  pool: Pool,
  paid: {
    readonly shopId: string;
    readonly orderId: string;
    readonly reference: string;
    readonly amountMinor: number;
    readonly now: Date;
  },
): Promise<void> {
  const { shopId, orderId, reference, amountMinor, now } = paid;
  await inTransaction(pool, async (run) => {
    const [order] = await run<Record<'state' | 'hold_id' | 'variant_key' | 'quantity', string>>(
      'naive_paid_lock',
      'select state, hold_id, variant_key, quantity from reference.sales_order where shop_id = $1 and order_id = $2 for update',
      [shopId, orderId],
    );
    if (order === undefined) throw new Error(`a payment for no order: ${orderId}`);
    if (order.state === 'confirmed') return;
    await run(
      'naive_payment',
      'insert into reference.payment (shop_id, order_id, reference, amount_minor, received_at) values ($1, $2, $3, $4, $5)',
      [shopId, orderId, reference, amountMinor, now],
    );
    await run(
      'naive_sold',
      'update reference.stock set on_hand = on_hand - $3, held = held - $3 where shop_id = $1 and variant_key = $2',
      [shopId, order.variant_key, order.quantity],
    );
    await run(
      'naive_committed',
      `update reference.hold set state = 'committed', ended_at = $3 where shop_id = $1 and hold_id = $2`,
      [shopId, order.hold_id, now],
    );
    await run(
      'naive_confirmed',
      `update reference.sales_order set state = 'confirmed' where shop_id = $1 and order_id = $2`,
      [shopId, orderId],
    );
  });
}

export async function orderState(
  pool: Pool,
  shopId: string,
  orderId: string,
): Promise<string | null> {
  const { rows } = await pool.query<{ state: string }>({
    name: 'naive_state',
    text: 'select state from reference.sales_order where shop_id = $1 and order_id = $2',
    values: [shopId, orderId],
  });
  return rows[0]?.state ?? null;
}

type Run = <Row extends Record<string, unknown>>(
  name: string,
  text: string,
  values: readonly unknown[],
) => Promise<Row[]>;

async function inTransaction<T>(pool: Pool, work: (run: Run) => Promise<T>): Promise<T> {
  const client: PoolClient = await pool.connect();
  try {
    await client.query('begin');
    const answer = await work(
      async <Row extends Record<string, unknown>>(
        name: string,
        text: string,
        values: readonly unknown[],
      ) => (await client.query<Row>({ name, text, values: [...values] })).rows,
    );
    await client.query('commit');
    client.release();
    return answer;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
