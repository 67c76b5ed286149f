/** What an operator is told of a shop's stock: nothing while it adds up, and each contradiction once it does not. */
import type { AuditFinding, InventoryAudit } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE_KEY } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { issueToken } from '../testing/tokens.ts';

let service: TestService;
let buyer: Buyer;
let operator: string;
let paid: Reply;
let open: Reply;
beforeAll(async () => {
  service = await startService();
  buyer = createBuyer(service);
  operator = await issueToken(service, 'operator', { subject: 'ida' });
  paid = await buyer.checkout();
  open = await buyer.checkout();
  const cancelled = await buyer.checkout();
  await service.pay(paid.body.checkoutSessionId as string, 'succeeded');
  await buyer.untilStatus(paid, 'confirmed');
  await buyer.cancel(cancelled);
  await buyer.untilStatus(cancelled, 'cancelled');
});
afterAll(() => service.stop());

const audit = (shop = 'aurora', bearer = operator): Promise<Reply> =>
  service.call('GET', `/ops/v1/shops/${shop}/inventory/audit`, { shop: null, bearer });
const findings = async (shop?: string): Promise<readonly AuditFinding[]> =>
  ((await audit(shop)).body as unknown as InventoryAudit).findings;

let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
  expect(await findings()).toEqual([]);
});
/** Breaks the data by hand, and mends it by `mend` when the test is over. */
async function breakBy(sql: string, mend: string, params: readonly unknown[]): Promise<void> {
  const used = (text: string): unknown[] => [...params].slice(0, text.match(/\$\d/g)?.length ?? 0);
  await service.rows(sql, used(sql));
  undo.push(() => service.rows(mend, used(mend)));
}

describe('a shop where all is well', () => {
  test('has no findings, and each unit is sold, held or free', async () => {
    const restock = { variantKey: TEE_KEY, kind: 'restock', quantity: 5, reason: 'More came in' };
    await service.call('POST', '/ops/v1/shops/aurora/stock/adjustments', {
      shop: null,
      bearer: operator,
      key: newKey(),
      body: restock,
    });
    const { status, body } = await audit();
    expect(status).toBe(200);
    const { variants, findings: none, shopId } = body as unknown as InventoryAudit;
    expect([shopId, none]).toEqual(['aurora', []]);
    expect(variants.find(({ variantKey }) => variantKey === TEE_KEY)).toEqual({
      variantKey: TEE_KEY,
      sku: 'tee',
      stocked: 205,
      sold: 2,
      held: 2,
      free: 201,
    });
    for (const { stocked, sold, held, free } of variants) expect(sold + held + free).toBe(stocked);
  });

  test('is told of its own stock alone', async () => {
    const { variants } = (await audit('borealis')).body as unknown as InventoryAudit;
    expect(variants.map(({ sold, held }) => sold + held).every((units) => units === 0)).toBe(true);
    await breakBy(
      `update stock set on_hand = on_hand - 1 where shop_id = 'aurora' and variant_key = 'v1:mug'`,
      `update stock set on_hand = on_hand + 1 where shop_id = 'aurora' and variant_key = 'v1:mug'`,
      [],
    );
    expect(await findings('borealis')).toEqual([]);
  });

  test('is audited by operators alone, and only where it exists', async () => {
    const staff = await issueToken(service, 'staff');
    const code = ({ status, body }: Reply): unknown => [status, body.code];
    expect(code(await audit('aurora', staff))).toEqual([403, 'forbidden']);
    expect(code(await audit('atlantis'))).toEqual([404, 'shop_unknown']);
  });
});

const orderOf = (reply: Reply): string => reply.body.orderId as string;
const holdOf = (reply: Reply): string => reply.body.holdId as string;

describe('stock that was changed by hand', () => {
  test('does not add up', async () => {
    await breakBy(
      `update stock set on_hand = on_hand - 1 where shop_id = 'aurora' and variant_key = $1`,
      `update stock set on_hand = on_hand + 1 where shop_id = 'aurora' and variant_key = $1`,
      [TEE_KEY],
    );
    expect(await findings()).toEqual([
      {
        kind: 'stock_does_not_add_up',
        subject: TEE_KEY,
        detail: '205 were stocked; 202 are on hand and 2 are sold',
      },
    ]);
  });

  test('is held for nobody', async () => {
    await breakBy(
      `update stock set held = held + 3 where shop_id = 'aurora' and variant_key = $1`,
      `update stock set held = held - 3 where shop_id = 'aurora' and variant_key = $1`,
      [TEE_KEY],
    );
    expect(await findings()).toEqual([
      {
        kind: 'held_does_not_match_holds',
        subject: TEE_KEY,
        detail: '5 are marked as held, and active holds have 2',
      },
    ]);
  });

  test('is gone altogether, and what was promised of it is still seen', async () => {
    await breakBy(
      `update hold_line set quantity = 300 where hold_id = $1`,
      `update hold_line set quantity = 2 where hold_id = $1`,
      [holdOf(paid)],
    );
    expect((await findings()).map(({ kind, subject }) => [kind, subject])).toEqual([
      ['stock_does_not_add_up', TEE_KEY],
      ['units_oversold', TEE_KEY],
      ['order_without_stock', orderOf(paid)],
    ]);
  });
});

describe('an order that was paid', () => {
  const release = `update hold set state = 'released' where hold_id = $1`;
  const commit = `update hold set state = 'committed' where hold_id = $1`;
  const kinds = async (): Promise<unknown> =>
    (await findings()).map(({ kind, subject }) => [kind, subject]);

  test('and has no stock is found once it had the time to get it', async () => {
    await breakBy(release, commit, [holdOf(paid)]);
    expect(await kinds()).toEqual([['stock_does_not_add_up', TEE_KEY]]);
    await breakBy(
      `update order_fact set recorded_at = now() - interval '2 minutes' where order_id = $1`,
      `update order_fact set recorded_at = now() where order_id = $1`,
      [orderOf(paid)],
    );
    expect(await findings()).toContainEqual({
      kind: 'order_without_stock',
      subject: orderOf(paid),
      detail: `it is paid, and its hold ${holdOf(paid)} is released`,
    });
  });

  test('and has no stock waits for a person: that is known, and no finding', async () => {
    await breakBy(release, commit, [holdOf(paid)]);
    await breakBy(
      `update order_fact set recorded_at = now() - interval '2 minutes' where order_id = $1`,
      `update order_fact set recorded_at = now() where order_id = $1`,
      [orderOf(paid)],
    );
    await breakBy(
      `insert into order_fact (shop_id, order_id, kind, reference, occurred_at)
       values ('aurora', $1, 'needs_attention', 'paid_without_stock', now())`,
      `delete from order_fact where order_id = $1 and kind = 'needs_attention'`,
      [orderOf(paid)],
    );
    expect(await kinds()).toEqual([['stock_does_not_add_up', TEE_KEY]]);
  });

  test('and whose payment goes back is owed no stock, and has to give it back', async () => {
    await breakBy(
      `insert into order_fact (shop_id, order_id, kind, reference, occurred_at, recorded_at)
       select shop_id, order_id, 'refund_due', reference, now(), now() - interval '2 minutes'
         from order_fact where order_id = $1 and kind = 'payment_succeeded'`,
      `delete from order_fact where order_id = $1 and kind = 'refund_due'`,
      [orderOf(paid)],
    );
    await breakBy(
      `update order_fact set recorded_at = now() - interval '2 minutes' where order_id = $1`,
      `update order_fact set recorded_at = now() where order_id = $1`,
      [orderOf(paid)],
    );
    await breakBy(
      `update hold set ended_at = now() - interval '2 minutes' where hold_id = $1`,
      `update hold set ended_at = now() where hold_id = $1`,
      [holdOf(paid)],
    );
    expect(await kinds()).toEqual([['hold_leaked', holdOf(paid)]]);
    await breakBy(release, commit, [holdOf(paid)]);
    expect(await kinds()).toEqual([['stock_does_not_add_up', TEE_KEY]]);
  });

  test('and does not know of its payment: the money has no order, and the stock nobody who paid', async () => {
    const [fact] = await service.rows<{ reference: string; amount_minor: string }>(
      `delete from order_fact where order_id = $1 and kind = 'payment_succeeded' returning *`,
      [orderOf(paid)],
    );
    undo.push(() =>
      service.rows(
        `insert into order_fact (shop_id, order_id, kind, reference, amount_minor, currency, occurred_at)
         values ('aurora', $1, 'payment_succeeded', $2, $3, 'EUR', now())`,
        [orderOf(paid), fact?.reference, fact?.amount_minor],
      ),
    );
    await breakBy(
      `update hold set ended_at = now() - interval '2 minutes' where hold_id = $1`,
      `update hold set ended_at = now() where hold_id = $1`,
      [holdOf(paid)],
    );
    await breakBy(
      `update order_fact set recorded_at = now() - interval '2 minutes' where order_id = $1`,
      `update order_fact set recorded_at = now() where order_id = $1`,
      [orderOf(paid)],
    );
    expect(await findings()).toEqual([
      {
        kind: 'payment_without_order',
        subject: fact?.reference,
        detail: `${fact?.amount_minor} EUR were booked for ${orderOf(paid)}, which knows no such payment`,
      },
      {
        kind: 'hold_leaked',
        subject: holdOf(paid),
        detail: `it is committed, and nobody paid for ${orderOf(paid)}`,
      },
    ]);
  });
});

describe('a payment', () => {
  test('that paid for a hold, and that no order knows, is found', async () => {
    await breakBy(
      `insert into hold_payment (shop_id, payment_reference, hold_id, committed_at)
       values ('aurora', 'pi_of_nobody', $1, now())`,
      `delete from hold_payment where payment_reference = 'pi_of_nobody'`,
      [holdOf(paid)],
    );
    expect(await findings()).toEqual([
      {
        kind: 'payment_without_order',
        subject: 'pi_of_nobody',
        detail: `it paid for ${holdOf(paid)}, and no order of this shop knows it`,
      },
    ]);
  });
});

describe('a hold', () => {
  const lines = (hold: string): Promise<unknown> =>
    service.rows(
      `insert into hold_line (shop_id, hold_id, variant_key, quantity) values ('aurora', $1, $2, 2)`,
      [hold, TEE_KEY],
    );

  test('that has lost its lines is found, and so is the order that it was for', async () => {
    await service.rows(`delete from hold_line where hold_id = $1`, [holdOf(open)]);
    undo.push(() => lines(holdOf(open)));
    expect(await findings()).toEqual([
      {
        kind: 'held_does_not_match_holds',
        subject: TEE_KEY,
        detail: '2 are marked as held, and active holds have 0',
      },
      {
        kind: 'order_without_stock',
        subject: orderOf(open),
        detail: `0 of ${TEE_KEY} are held or sold for it, and 2 were ordered`,
      },
      {
        kind: 'held_does_not_match_holds',
        subject: holdOf(open),
        detail: 'it is active, and has no lines',
      },
    ]);
  });

  test('that is not there, and whose lines are, is found', async () => {
    await lines('hold_of_nobody');
    undo.push(() => service.rows(`delete from hold_line where hold_id = 'hold_of_nobody'`));
    expect(await findings()).toEqual([
      {
        kind: 'held_does_not_match_holds',
        subject: 'hold_of_nobody',
        detail: `it has a line of 2 of ${TEE_KEY}, and is not there`,
      },
    ]);
  });
});

describe('an active hold', () => {
  test('whose time is over longer than its end takes has leaked', async () => {
    await breakBy(
      `update hold set expires_at = expires_at - interval '1 day' where hold_id = $1`,
      `update hold set expires_at = expires_at + interval '1 day' where hold_id = $1`,
      [holdOf(open)],
    );
    expect(await findings()).toEqual([
      {
        kind: 'hold_leaked',
        subject: holdOf(open),
        detail: expect.stringMatching(/^it is active, and its time ran out at 20\S+Z$/),
      },
    ]);
  });

  test('whose order has ended has leaked, once it had the time to end too', async () => {
    const insert = (age: string): string =>
      `insert into order_fact (shop_id, order_id, kind, reference, occurred_at, recorded_at)
       values ('aurora', $1, 'session_expired', '${age}', now(), now() - interval '${age}')`;
    const remove = `delete from order_fact where order_id = $1 and kind = 'session_expired'`;
    await breakBy(insert('1 second'), remove, [orderOf(open)]);
    expect(await findings()).toEqual([]);
    await breakBy(insert('2 minutes'), remove, [orderOf(open)]);
    expect(await findings()).toEqual([
      {
        kind: 'hold_leaked',
        subject: holdOf(open),
        detail: `it is active, and its order ${orderOf(open)} has ended: session expired`,
      },
    ]);
  });
});
