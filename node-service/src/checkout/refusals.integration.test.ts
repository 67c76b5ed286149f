/** What a checkout refuses, each by its problem, with nothing half done; and what it takes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE, TEE_KEY } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
});
afterAll(() => service.stop());

const BAG = { sku: 'bag', quantity: 1 };
const LANTERN = { sku: 'lantern', quantity: 1 };
const DAY_MS = 86_400_000;
const day = (offset: number): string =>
  new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
const cartId = (last: number): string =>
  `cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d${String(last).padStart(2, '0')}`;

/** Expects a refusal that leaves no row, and answers its problem. */
async function refused(body: unknown, status: number, code: string): Promise<Reply['body']> {
  const before = await buyer.footprint();
  const reply = await buyer.checkout({ body });
  expect([reply.status, reply.body.code]).toEqual([status, code]);
  expect(reply.body.shopId).toBe('aurora');
  expect(await buyer.footprint()).toEqual(before);
  return reply.body;
}

describe('stock that is not there', () => {
  test('lists every item that fails, added up, and what there is of it', async () => {
    const { items, reason, type } = await refused(
      {
        items: [
          { ...BAG, quantity: 13 },
          TEE,
          { ...BAG, quantity: 13 },
          { ...LANTERN, quantity: 7, rental: { from: day(1), to: day(2) } },
        ],
      },
      409,
      'inventory_insufficient',
    );
    expect(items).toEqual([
      { variantKey: 'v1:bag', sku: 'bag', requested: 26, available: 25 },
      { variantKey: 'v1:lantern', sku: 'lantern', requested: 7, available: 6 },
    ]);
    expect([reason, type]).toEqual([
      'inventory_insufficient',
      'urn:problem-type:commerce:inventory-conflict',
    ]);
  });

  test('is told the same by a validation, which takes any quantity', async () => {
    const validate = (items: unknown): Promise<Reply> =>
      service.call('POST', '/inventory/validations', { body: { items } });
    expect((await validate([{ ...BAG, quantity: 25 }])).body).toEqual({ ok: true });
    const { status, body } = await validate([{ ...BAG, quantity: 1_000_000 }]);
    expect([status, body.items[0].available]).toEqual([409, 25]);
    expect((await validate([{ sku: 'hat', quantity: 1 }])).body.reason).toBe(
      'inventory_unknown_variant',
    );
  });

  test.each<[string, object[], string[]]>([
    ['an unknown SKU', [TEE, { sku: 'hat', quantity: 3 }], ['v1:hat']],
    [
      'a variant that the shop does not have',
      [{ sku: 'tee', quantity: 1, variantAttributes: { colour: 'green', size: 's' } }],
      ['v1:tee?colour=green&size=s'],
    ],
    ['a product without its options', [{ sku: 'tee', quantity: 1 }], ['v1:tee']],
    ['what only another shop sells', [{ sku: 'poster', quantity: 1 }], ['v1:poster']],
    [
      'several of them',
      [
        { sku: 'a', quantity: 1 },
        { sku: 'b', quantity: 1 },
      ],
      ['v1:a', 'v1:b'],
    ],
  ])('names %s as unknown', async (_, items, keys) => {
    const problem = await refused({ items }, 409, 'inventory_unknown_variant');
    expect(problem.items.map(({ variantKey }: { variantKey: string }) => variantKey)).toEqual(keys);
  });

  test('is shown as it is: in stock, low, out, or unknown', async () => {
    const query = ['v1:bag', 'v1:lantern', 'v1:hat'].map(
      (key) => `variantKey=${encodeURIComponent(key)}`,
    );
    const { status, body, headers } = await service.call(
      'GET',
      `/inventory/availability?${query.join('&')}`,
    );
    expect(status).toBe(200);
    expect(body.items).toEqual([
      { variantKey: 'v1:bag', available: 25, status: 'in_stock' },
      { variantKey: 'v1:lantern', available: 6, status: 'in_stock' },
      { variantKey: 'v1:hat', available: 0, status: 'unknown' },
    ]);
    expect(headers.get('cache-control')).toMatch(/stale-while-revalidate/);
    expect(headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
    const none = await service.call('GET', '/inventory/availability');
    expect([none.status, none.body.errors[0].path]).toEqual([400, 'variantKey']);
  });
});

describe('an order that the shop does not take', () => {
  const rented = (rental: object, quantity = 1) => ({ items: [{ ...LANTERN, quantity, rental }] });
  test.each<[string, object, number, string]>([
    ['51 units of one variant', { items: [{ ...TEE, quantity: 51 }] }, 422, 'quantity_over_limit'],
    [
      '51 units in two lines',
      {
        items: [
          { ...TEE, quantity: 26 },
          { ...TEE, quantity: 25 },
        ],
      },
      422,
      'quantity_over_limit',
    ],
    ['nothing at all', {}, 422, 'cart_empty'],
    ['a list without a line', { items: [] }, 400, 'malformed_request'],
    ['an empty cart', { cart: { id: cartId(1), lines: [] } }, 422, 'cart_empty'],
    ['another currency', { items: [TEE], currency: 'USD' }, 422, 'currency_not_supported'],
    ['an unknown coupon', { items: [TEE], coupon: 'GOODBYE' }, 422, 'coupon_invalid'],
    [
      'an unknown shipping rate',
      { items: [TEE], shipping: { rateId: 'drone' } },
      422,
      'shipping_unavailable',
    ],
    [
      'a country it does not send to',
      { items: [TEE], shipping: { rateId: 'standard', country: 'US' } },
      422,
      'shipping_unavailable',
    ],
    ['no country', { items: [TEE], shipping: { rateId: 'standard' } }, 422, 'shipping_unavailable'],
    [
      'an unknown coverage',
      { items: [TEE], coverage: ['scuff', 'flood'] },
      400,
      'malformed_request',
    ],
    ['a rental without days', { items: [LANTERN] }, 422, 'rental_invalid'],
    [
      'days for what is sold',
      { items: [{ ...TEE, rental: { from: day(0), to: day(1) } }] },
      422,
      'rental_invalid',
    ],
    [
      'a rental that ends before it begins',
      rented({ from: day(3), to: day(2) }),
      422,
      'rental_invalid',
    ],
    ['a rental of over a year', rented({ from: day(0), to: day(366) }), 422, 'rental_invalid'],
    ['a rental long past', rented({ from: '2001-01-01', to: '2001-01-01' }), 422, 'rental_invalid'],
    [
      'a rental in the year zero',
      rented({ from: '0000-01-01', to: '0000-01-02' }),
      422,
      'rental_invalid',
    ],
    [
      'a rental centuries ahead',
      rented({ from: '9999-12-30', to: '9999-12-31' }),
      422,
      'rental_invalid',
    ],
    ['a return before today', { items: [LANTERN], returnDate: day(-1) }, 422, 'rental_invalid'],
    [
      'a day that is not in the calendar',
      rented({ from: '2026-02-30', to: '2026-03-02' }),
      400,
      'malformed_request',
    ],
  ])('%s', async (_, body, status, code) => {
    await refused(body, status, code);
  });

  test('for an expired coupon', async () => {
    await service.rows(
      `insert into coupon (shop_id, code, amount_off_minor, valid_until) values ('aurora', 'LATE', 100, now() - interval '1 second')`,
    );
    await refused({ items: [TEE], coupon: 'late' }, 422, 'coupon_invalid');
  });

  test('names the coverage that it does not offer', async () => {
    const { errors } = await refused(
      { items: [TEE], coverage: ['scuff', 'flood'] },
      400,
      'malformed_request',
    );
    expect(errors).toEqual([{ path: '/body/coverage/1', message: '"flood" is unknown' }]);
  });
});

describe('an order that it takes', () => {
  test('is priced by the catalogue, with coupon, shipping, coverage, days and deposit', async () => {
    const { status, body } = await buyer.checkout({
      body: {
        items: [TEE, { ...LANTERN, quantity: 2, rental: { from: day(1), to: day(3) } }],
        coupon: 'welcome10',
        shipping: { rateId: 'standard', country: 'DE' },
        coverage: ['scuff'],
        currency: 'EUR',
      },
    });
    expect(status).toBe(201);
    expect(body.amounts).toEqual({
      currency: 'EUR',
      subtotal: 5_800 + 4_200 + 300,
      discount: 580 + 420,
      tax: 1_201 + 869,
      shipping: 490,
      deposit: 10_000,
      total: 10_300 - 1_000 + 2_070 + 490 + 10_000,
    });
    const { session } = (await service.standInControl('GET', `/sessions/${body.checkoutSessionId}`))
      .body;
    expect([session.amount_total, session.currency]).toEqual([body.amounts.total, 'eur']);
    expect(session.return_url).toBe(`http://aurora.localhost:8787/orders/${body.orderId}`);
  });

  test('costs what it costs at the shop: each has its own prices and its own stock', async () => {
    const before = await buyer.stock(TEE_KEY, 'aurora');
    const items = [{ sku: 'TEE', quantity: 1, variantAttributes: { Size: 'M', colour: 'Green' } }];
    const { status, body } = await buyer.checkout({ shop: 'borealis', body: { items } });
    expect([status, body.amounts.currency, body.amounts.total]).toEqual([201, 'USD', 3_400 + 281]);
    expect(await buyer.stock('v1:tee?colour=green&size=m', 'borealis')).toEqual({
      onHand: 200,
      held: 1,
    });
    expect(await buyer.stock(TEE_KEY, 'aurora')).toEqual(before);
  });

  test('may be for nothing', async () => {
    await service.rows(
      `insert into coupon (shop_id, code, percent_off) values ('aurora', 'GIFT', 100)`,
    );
    const created = await buyer.checkout({ body: { items: [TEE], coupon: 'GIFT' } });
    expect([created.status, created.body.amounts.total]).toEqual([201, 0]);
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    expect((await buyer.finalize(created)).body.status).toBe('confirmed');
    expect(await buyer.transfers(created)).toEqual([]);
  });
});

describe('a shop that does not trade any more', () => {
  const setShop = async (column: 'may_trade' | 'may_settle', value: boolean): Promise<void> => {
    await service.rows(`update shop set ${column} = $1 where shop_id = 'borealis'`, [value]);
    // Each process may remember a shop for a second.
    await eventually(async () => {
      const probe = await service.deps.shops.find('borealis');
      return probe?.[column === 'may_trade' ? 'mayTrade' : 'maySettle'] === value
        ? true
        : undefined;
    });
  };

  test('sells nothing, and still settles what it sold', async () => {
    const items = [{ sku: 'poster', quantity: 1 }];
    const created = await buyer.checkout({ shop: 'borealis', body: { items } });
    const other = await buyer.checkout({ shop: 'borealis', body: { items } });
    await setShop('may_trade', false);
    const before = await buyer.footprint();
    const reply = await buyer.checkout({ shop: 'borealis', body: { items } });
    expect([reply.status, reply.body.code, reply.body.shopId]).toEqual([
      403,
      'shop_not_trading',
      'borealis',
    ]);
    expect(await buyer.footprint()).toEqual(before);
    expect((await service.call('GET', '/shop', { shop: 'borealis' })).body.mayTrade).toBe(false);
    expect((await buyer.status(created, 'borealis')).status).toBe(200);
    await service.pay(created.body.checkoutSessionId, 'succeeded');
    expect((await buyer.finalize(created, { shop: 'borealis' })).body.status).toBe('confirmed');
    expect((await buyer.cancel(other, { shop: 'borealis' })).body.status).toBe('cancelled');
    await setShop('may_settle', false);
    const closed = await buyer.status(created, 'borealis');
    expect([closed.status, closed.body.code]).toEqual([403, 'shop_not_settling']);
    expect((await buyer.checkout()).status).toBe(201);
  });
});
