import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const checkout = (body: Record<string, unknown>): Promise<Reply> =>
  service.call('POST', '/checkout-sessions', { body, key: newKey() });

const MUG = { items: [{ sku: 'mug', quantity: 1 }] };
const day = (offset: number): string =>
  new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const lantern = (from: string, to: string) => ({
  items: [{ sku: 'lantern', quantity: 1, rental: { from, to } }],
});

describe('days that cannot be rented', () => {
  test.each([
    ['long past', '2001-01-01', '2001-01-01'],
    ['the year zero', '0000-01-01', '0000-01-02'],
    ['centuries ahead', '9999-12-30', '9999-12-31'],
    ['backwards', day(5), day(3)],
  ])('%s are refused', async (_, from, to) => {
    expect(await checkout(lantern(from, to))).toMatchObject({
      status: 422,
      body: { code: 'rental_invalid' },
    });
  });

  test('tomorrow and the day after are two days and a deposit', async () => {
    expect(await checkout(lantern(day(1), day(2)))).toMatchObject({
      status: 201,
      body: { amounts: { subtotal: 1_400, deposit: 5_000 } },
    });
  });
});

describe('delivery', () => {
  test('goes only to the countries of its rate, which therefore must be named', async () => {
    const refused = { status: 422, body: { code: 'shipping_unavailable' } };
    expect(await checkout({ ...MUG, shipping: { rateId: 'standard' } })).toMatchObject(refused);
    expect(
      await checkout({ ...MUG, shipping: { rateId: 'standard', country: 'US' } }),
    ).toMatchObject(refused);
    expect(
      await checkout({ ...MUG, shipping: { rateId: 'standard', country: 'IE' } }),
    ).toMatchObject({ status: 201, body: { amounts: { shipping: 490 } } });
  });
});

async function paidIntent(orderId: string, intentId: string, amount: number): Promise<Reply> {
  const event = {
    id: `evt_${newKey()}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    type: 'payment_intent.succeeded',
    pending_webhooks: 1,
    request: null,
    data: {
      object: {
        id: intentId,
        object: 'payment_intent',
        amount,
        amount_received: amount,
        currency: 'eur',
        client_secret: 'pi_secret',
        metadata: { shop_id: 'aurora', order_id: orderId },
      },
    },
  };
  const payload = JSON.stringify(event);
  const header = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: service.webhookSecret,
  });
  return service.call('POST', '/webhooks/stripe', {
    shop: null,
    rawBody: new TextEncoder().encode(payload),
    headers: { 'stripe-signature': header },
  });
}

test('two payments of one order are one sale, money to give back, and a person’s business', async () => {
  const created = await checkout(MUG);
  const { orderId, amounts, accessToken } = created.body;
  for (const intentId of [`pi_${newKey()}`, `pi_${newKey()}`]) {
    expect(await paidIntent(orderId, intentId, amounts.total)).toMatchObject({ status: 200 });
  }
  const status = async (): Promise<string> =>
    (await service.call('GET', `/orders/${orderId}/status`, { bearer: accessToken })).body.status;
  await expect.poll(status, { timeout: 10_000 }).toBe('needs_attention');
  const booked = await service.rows<{ credit_account: string; amount: string }>(
    `select credit_account, sum(amount_minor) as amount from ledger_transfer where order_id = $1
      group by credit_account order by credit_account`,
    [orderId],
  );
  expect(booked.map((row) => [row.credit_account, Number(row.amount)])).toEqual([
    ['customer_payments', 2 * amounts.total],
    ['sales_revenue', amounts.subtotal],
    ['tax_payable', amounts.tax],
  ]);
});

test('what lets its holder pay is not kept in the inbox', async () => {
  const rows = await service.rows(
    `select 1 from webhook_inbox where payload::text like '%pi_secret%'`,
  );
  expect(rows).toEqual([]);
});
