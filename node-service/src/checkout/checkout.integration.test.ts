import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  eventually,
  newKey,
  type Reply,
  startService,
  type TestService,
} from '../testing/service.ts';

const TEE = { sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } };
const TEE_KEY = 'v1:tee?colour=red&size=m';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const checkout = (options: Parameters<TestService['call']>[2] = {}): Promise<Reply> =>
  service.call('POST', '/checkout-sessions', { body: { items: [TEE] }, key: newKey(), ...options });

async function stock(
  variantKey = TEE_KEY,
  shop = 'aurora',
): Promise<{ onHand: number; held: number }> {
  const [row] = await service.rows<{ on_hand: string; held: string }>(
    'select on_hand, held from stock where shop_id = $1 and variant_key = $2',
    [shop, variantKey],
  );
  return { onHand: Number(row?.on_hand), held: Number(row?.held) };
}

const statusOf = (created: Reply, shop = 'aurora'): Promise<Reply> =>
  service.call('GET', `/orders/${created.body.orderId}/status`, {
    bearer: created.body.accessToken,
    shop,
  });

const untilStatus = (created: Reply, status: string, shop = 'aurora'): Promise<string> =>
  eventually(async () =>
    (await statusOf(created, shop)).body.status === status ? status : undefined,
  );

describe('a checkout', () => {
  test('holds the stock, is paid, and is confirmed by the webhook alone', async () => {
    const before = await stock();
    const created = await checkout();
    expect(created.body).toMatchObject({
      amounts: {
        currency: 'EUR',
        subtotal: 5_800,
        tax: 1_334,
        shipping: 0,
        discount: 0,
        deposit: 0,
        total: 7_134,
      },
    });
    expect(created.status).toBe(201);
    expect(await stock()).toEqual({ onHand: before.onHand, held: before.held + 2 });
    expect((await statusOf(created)).body).toMatchObject({
      status: 'processing',
      finalized: false,
    });
    expect((await service.pay(created.body.checkoutSessionId, 'succeeded')).status).toBe(200);
    await untilStatus(created, 'confirmed');
    expect((await statusOf(created)).body).toMatchObject({ finalized: true, disputed: false });
    expect(await stock()).toEqual({ onHand: before.onHand - 2, held: before.held });
    const transfers = await service.rows<{ credit_account: string; amount_minor: string }>(
      'select credit_account, amount_minor from ledger_transfer where order_id = $1 order by credit_account',
      [created.body.orderId],
    );
    expect(transfers.map((row) => [row.credit_account, Number(row.amount_minor)])).toEqual([
      ['customer_payments', 7_134],
      ['sales_revenue', 5_800],
      ['tax_payable', 1_334],
    ]);
  });

  test('gives the stock back when the session expires unpaid', async () => {
    const before = await stock();
    const created = await checkout();
    await service.pay(created.body.checkoutSessionId, 'expired');
    await untilStatus(created, 'expired');
    expect(await stock()).toEqual(before);
  });
});
