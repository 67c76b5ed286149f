/** The 409 inventory contract: the same form, from one place, at every operation that can meet it. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { issueToken } from '../testing/tokens.ts';

let service: TestService;
let buyer: Buyer;
let operator: string;
/** What an order was paid by: a commit of any other hold may name it. */
let paymentReference: string;

beforeAll(async () => {
  service = await startService();
  buyer = createBuyer(service);
  operator = await issueToken(service, 'operator');
  const created = await buyer.checkout();
  await service.pay(created.body.checkoutSessionId, 'succeeded');
  await buyer.untilStatus(created, 'confirmed');
  const [fact] = await service.rows<{ reference: string }>(
    `select reference from order_fact where order_id = $1 and kind = 'payment_succeeded'`,
    [created.body.orderId],
  );
  paymentReference = fact?.reference ?? '';
});
afterAll(() => service.stop());

const MUG = 'v1:mug';
const BAG = 'v1:bag';
const mugs = (quantity: number) => ({ sku: 'mug', quantity });
const bags = (quantity: number) => ({ sku: 'bag', quantity });
const hat = { sku: 'hat', quantity: 1 };

/** 20 mugs, of which 12 are held, and 9 bags. */
const FREE = { mug: 8, bag: 9 };
let holdId: string;

beforeEach(async () => {
  for (const [key, onHand] of [
    [MUG, 20],
    [BAG, FREE.bag],
  ])
    await service.rows(
      `update stock set on_hand = $2, held = 0 where shop_id = 'aurora' and variant_key = $1`,
      [key, onHand],
    );
  const held = await service.call('POST', '/holds', {
    body: { items: [mugs(12)], ttlSeconds: 600 },
    key: newKey(),
  });
  holdId = held.body.holdId;
});

const keyed = (path: string, body: object): Promise<Reply> =>
  service.call('POST', path, { body, key: newKey() });
const ops = (method: string, path: string, body: object): Promise<Reply> =>
  service.call(method, `/ops/v1/shops/aurora/stock${path}`, {
    shop: null,
    bearer: operator,
    key: newKey(),
    body,
  });

const OPERATIONS = {
  validateInventory: (items: object[]) =>
    service.call('POST', '/inventory/validations', { body: { items } }),
  createCheckoutSession: (items: object[]) => keyed('/checkout-sessions', { items }),
  createHold: (items: object[]) => keyed('/holds', { items, ttlSeconds: 60 }),
  extendHold: () => keyed(`/holds/${holdId}/extend`, { ttlSeconds: 600 }),
  commitHold: () => keyed(`/holds/${holdId}/commit`, { paymentReference }),
  releaseHold: () => keyed(`/holds/${holdId}/release`, {}),
  adjustStock: (variantKey: string, quantity: number) =>
    ops('POST', '/adjustments', { variantKey, kind: 'correction', quantity, reason: 'A test' }),
  importStock: (rows: [string, number][]) =>
    ops('PUT', `/imports/import-${newKey()}`, {
      reason: 'A test',
      rows: rows.map(([variantKey, onHand], index) => ({ row: index + 1, variantKey, onHand })),
    }),
};
type OperationId = keyof typeof OPERATIONS;

const item = (variantKey: string, requested: number, available?: number) => ({
  variantKey,
  sku: variantKey.slice('v1:'.length),
  requested,
  ...(available === undefined ? {} : { available }),
});

/** Holds an answer against the contract: its form, and exactly these items, in the order of their keys. */
function expectConflict(reply: Reply, reason: string, items: readonly object[]): void {
  const { status, body, headers } = reply;
  expect([status, body.code, body.reason]).toEqual([409, reason, reason]);
  expect(body).toMatchObject({
    type: 'urn:problem-type:commerce:inventory-conflict',
    title: expect.any(String),
    status: 409,
    detail: expect.any(String),
    requestId: headers.get('x-request-id'),
    shopId: 'aurora',
  });
  expect(body.items).toEqual(items);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(headers.get('cache-control')).toBe('no-store');
  if (reason === 'inventory_busy') {
    expect(Number.isInteger(body.retryAfterMs) && body.retryAfterMs > 0).toBe(true);
    expect(headers.get('retry-after')).toBe(String(Math.ceil(body.retryAfterMs / 1_000)));
  } else {
    expect(body.retryAfterMs).toBeUndefined();
    expect(headers.get('retry-after')).toBeNull();
  }
}

test('every operation whose contract has an inventory conflict is looked at here', async () => {
  const found: string[] = [];
  for (const name of ['node-v1', 'ops-v1']) {
    const url = new URL(import.meta.resolve(`@commerce/generated/${name}/openapi.json`));
    const { paths, components } = JSON.parse(await readFile(url, 'utf8'));
    for (const operation of Object.values<object>(paths).flatMap((path) => Object.values(path))) {
      const ref = operation?.responses?.['409']?.$ref?.split('/').at(-1);
      const response = ref === undefined ? undefined : components.responses[ref];
      const schema = response?.content?.['application/problem+json']?.schema?.$ref;
      if (schema?.endsWith('/StockConflict')) found.push(operation.operationId);
    }
  }
  expect(found.sort()).toEqual(Object.keys(OPERATIONS).sort());
});

describe('too little of several: all of them are listed, lines of one variant added up', () => {
  const lines = [mugs(5), bags(10), { sku: 'MUG ', quantity: 4 }];
  const short = [item(BAG, 10, FREE.bag), item(MUG, 9, FREE.mug)];
  test.each(['validateInventory', 'createCheckoutSession', 'createHold'] as const)(
    '%s',
    async (operation) => {
      expectConflict(await OPERATIONS[operation](lines), 'inventory_insufficient', short);
    },
  );

  test('adjustStock', async () => {
    const reply = await OPERATIONS.adjustStock(MUG, -9);
    expectConflict(reply, 'inventory_insufficient', [item(MUG, 9, FREE.mug)]);
  });

  test('importStock', async () => {
    await OPERATIONS.createHold([bags(6)]);
    const reply = await OPERATIONS.importStock([
      [MUG, 11],
      [BAG, 5],
    ]);
    expectConflict(reply, 'inventory_insufficient', [item(BAG, 4, 3), item(MUG, 9, FREE.mug)]);
  });
});

describe('a variant that the shop does not have, and another that is short: both are listed', () => {
  const both = [item('v1:hat', 1, 0), item(MUG, 9, FREE.mug)];
  test.each(['validateInventory', 'createCheckoutSession', 'createHold'] as const)(
    '%s',
    async (operation) => {
      const reply = await OPERATIONS[operation]([mugs(9), hat]);
      expectConflict(reply, 'inventory_unknown_variant', both);
    },
  );

  test('adjustStock', async () => {
    const reply = await OPERATIONS.adjustStock('v1:hat', 1);
    expectConflict(reply, 'inventory_unknown_variant', [item('v1:hat', 1, 0)]);
  });

  test('importStock', async () => {
    const reply = await OPERATIONS.importStock([
      ['v1:hat', 3],
      ['v1:cap', 1],
    ]);
    const unknown = [item('v1:cap', 1, 0), item('v1:hat', 3, 0)];
    expectConflict(reply, 'inventory_unknown_variant', unknown);
  });
});

describe('stock that others hold on to: nobody looked, so nothing is said of what is there', () => {
  let blocker: pg.Client;
  beforeEach(async () => {
    blocker = new pg.Client({ connectionString: service.database.adminUrl });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query(`select 1 from stock where shop_id = 'aurora' for update`);
    return () => blocker.end();
  });

  const lines = [mugs(1), bags(2), mugs(1)];
  const wanted = [item(BAG, 2), item(MUG, 2)];
  test.each<[OperationId, () => Promise<Reply>, object[]]>([
    ['createCheckoutSession', () => OPERATIONS.createCheckoutSession(lines), wanted],
    ['createHold', () => OPERATIONS.createHold(lines), wanted],
    ['extendHold', () => OPERATIONS.extendHold(), [item(MUG, 12)]],
    ['commitHold', () => OPERATIONS.commitHold(), [item(MUG, 12)]],
    ['releaseHold', () => OPERATIONS.releaseHold(), [item(MUG, 12)]],
    ['adjustStock', () => OPERATIONS.adjustStock(MUG, -1), [item(MUG, 1)]],
    ['importStock', () => OPERATIONS.importStock([[MUG, 13]]), [item(MUG, 13)]],
  ])('%s', async (_operation, ask, items) => {
    expectConflict(await ask(), 'inventory_busy', items);
  });
});

describe('a hold whose time is over', () => {
  test.each(['extendHold', 'commitHold'] as const)('%s', async (operation) => {
    await service.rows(
      `update hold set expires_at = now() - interval '1 second' where hold_id = $1`,
      [holdId],
    );
    expectConflict(await OPERATIONS[operation](), 'hold_expired', [item(MUG, 12, 20)]);
  });
});

test('each conflict is counted for its shop, operation and reason, and for no shop that is not there', async () => {
  const counts = async (): Promise<Map<string, number>> => {
    const { values } = await service.deps.metrics.inventoryConflicts.get();
    return new Map(
      values.map(({ labels, value }) => [
        `${labels.shop} ${labels.operation} ${labels.reason}`,
        value,
      ]),
    );
  };
  const name = 'aurora createHold inventory_insufficient';
  const before = (await counts()).get(name) ?? 0;
  await OPERATIONS.createHold([mugs(9)]);
  expect((await counts()).get(name)).toBe(before + 1);
  const body = { items: [mugs(9)] };
  await service.call('POST', '/inventory/validations', { shop: 'nobody', body });
  expect([...(await counts()).keys()].filter((key) => !key.startsWith('aurora '))).toEqual([]);
  expect(await service.deps.metrics.registry.metrics()).not.toContain('nobody');
});

describe('which try of the same request it is, as the caller says', () => {
  const saying = (attempt: string) => ({ headers: { 'x-attempt': attempt }, key: newKey() });
  const validate = (quantity: number, attempt: string): Promise<Reply> =>
    service.call('POST', '/inventory/validations', {
      ...saying(attempt),
      body: { items: [mugs(quantity)] },
    });
  const counted = async (operation: string): Promise<number> => {
    const { values } = await service.deps.metrics.retriesSucceeded.get();
    const found = values.find(
      ({ labels }) => labels.shop === 'aurora' && labels.operation === operation,
    );
    return found?.value ?? 0;
  };

  test('is counted where a later one succeeds, and only there', async () => {
    const before = await counted('validateInventory');
    expect((await validate(1, '1')).status).toBe(200);
    expect((await validate(9, '2')).status).toBe(409);
    expect(await counted('validateInventory')).toBe(before);
    expect((await validate(1, '2')).status).toBe(200);
    expect((await validate(1, '100')).status).toBe(200);
    expect(await counted('validateInventory')).toBe(before + 2);
  });

  test.each(['createCheckoutSession', 'createHold', 'extendHold'] as const)(
    'is counted for %s',
    async (operation) => {
      const before = await counted(operation);
      const call = {
        createCheckoutSession: ['/checkout-sessions', { items: [mugs(1)] }],
        createHold: ['/holds', { items: [mugs(1)], ttlSeconds: 60 }],
        extendHold: [`/holds/${holdId}/extend`, { ttlSeconds: 900 }],
      }[operation] as [string, object];
      const reply = await service.call('POST', call[0], { ...saying('3'), body: call[1] });
      expect(reply.status).toBeLessThan(300);
      expect(await counted(operation)).toBe(before + 1);
    },
  );

  test.each(['0', '101', '1e1', '2.5', '-1', 'two', '02'])(
    'is refused as %j before anything is done',
    async (attempt) => {
      const before = await buyer.footprint();
      const reply = await service.call('POST', '/holds', {
        ...saying(attempt),
        body: { items: [mugs(1)], ttlSeconds: 60 },
      });
      expect([reply.status, reply.body.code]).toEqual([400, 'malformed_request']);
      expect(reply.body.errors).toEqual([{ path: 'x-attempt', message: expect.any(String) }]);
      expect(await buyer.footprint()).toEqual(before);
    },
  );

  test('means nothing to an operation that does not ask for it', async () => {
    const reply = await service.call('POST', `/holds/${holdId}/release`, {
      ...saying('two'),
      body: {},
    });
    expect(reply.status).toBe(200);
    expect(await counted('releaseHold')).toBe(0);
  });
});
