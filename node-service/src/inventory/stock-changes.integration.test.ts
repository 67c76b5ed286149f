/** What operators do to stock over HTTP: refusals, repeats, the audit, and whose stock it is. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { issueToken } from '../testing/tokens.ts';

let service: TestService;
let buyer: Buyer;
let operator: string;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
  operator = await issueToken(service, 'operator', { subject: 'ida' });
});
afterAll(() => service.stop());

const MUG = 'v1:mug';
const BAG = 'v1:bag';
const REASON = 'Counted';
beforeEach(async () => {
  for (const key of [MUG, BAG])
    await service.rows(`update stock set on_hand = 20, held = 0 where variant_key = $1`, [key]);
});

type Options = { key?: string; shop?: string; bearer?: string };
const ops = (method: string, path: string, body?: object, options: Options = {}): Promise<Reply> =>
  service.call(method, `/ops/v1/shops/${options.shop ?? 'aurora'}/stock${path}`, {
    shop: null,
    bearer: options.bearer ?? operator,
    ...(body === undefined ? {} : { body }),
    ...(options.key === undefined ? {} : { key: options.key }),
  });
const adjust = (body: object, options: Options = {}): Promise<Reply> =>
  ops(
    'POST',
    '/adjustments',
    { variantKey: MUG, kind: 'restock', quantity: 5, reason: REASON, ...body },
    { key: newKey(), ...options },
  );
const importRows = (
  importId: string,
  rows: readonly (readonly [number, string, number])[],
  options: Options = {},
): Promise<Reply> => {
  const listed = rows.map(([row, variantKey, onHand]) => ({ row, variantKey, onHand }));
  return ops('PUT', `/imports/${importId}`, { reason: REASON, rows: listed }, options);
};
const changes = async (query = '', shop = 'aurora'): Promise<Reply['body']> =>
  (await ops('GET', `/changes${query}`, undefined, { shop })).body;
const code = ({ status, body }: Reply): unknown => [status, body.code];
const hold = (quantity: number, ttlSeconds = 600): Promise<Reply> =>
  service.call('POST', '/holds', {
    body: { items: [{ sku: 'mug', quantity }], ttlSeconds },
    key: newKey(),
  });

let count = 0;
/** An import id that nobody has used. */
const newId = (): string => `stocktake-${count++}`;

describe('an adjustment', () => {
  test('restocks, or corrects either way, and says what was and what is', async () => {
    await hold(3);
    const restocked = await adjust({});
    expect(restocked.status).toBe(200);
    expect(restocked.body).toMatchObject({ variantKey: MUG, before: 20, after: 25, held: 3 });
    const corrected = await adjust({ kind: 'correction', quantity: -7, reason: 'Broken' });
    expect(corrected.body).toMatchObject({ before: 25, after: 18, held: 3 });
    expect(await buyer.stock(MUG)).toEqual({ onHand: 18, held: 3 });
  });

  test('never takes what is held, and says how much may go', async () => {
    await hold(15);
    const before = await changes();
    const refused = await adjust({ kind: 'correction', quantity: -6 });
    expect(code(refused)).toEqual([409, 'inventory_insufficient']);
    expect(refused.body).toMatchObject({
      shopId: 'aurora',
      items: [{ variantKey: MUG, sku: 'mug', requested: 6, available: 5 }],
      errors: [{ path: '/body', message: 'v1:mug would have 14, and 15 of its 20 are held' }],
    });
    expect(await buyer.stock(MUG)).toEqual({ onHand: 20, held: 15 });
    expect(await changes()).toEqual(before);
    expect((await adjust({ kind: 'correction', quantity: -5 })).status).toBe(200);
  });

  test('may take what a hold whose time ran out has kept', async () => {
    const { body } = await hold(15);
    await service.rows(`update hold set expires_at = now() where hold_id = $1`, [body.holdId]);
    const corrected = await adjust({ kind: 'correction', quantity: -20 });
    expect(corrected.body).toMatchObject({ before: 20, after: 0, held: 0 });
  });

  test('is made once, however often it is sent; another under its key is refused', async () => {
    const key = newKey();
    const replies = await Promise.all(Array.from({ length: 8 }, () => adjust({}, { key })));
    expect(new Set(replies.map(({ body }) => body.changeId)).size).toBe(1);
    expect(
      replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true'),
    ).toHaveLength(7);
    expect(await buyer.stock(MUG)).toEqual({ onHand: 25, held: 0 });
    expect(code(await adjust({ quantity: 6 }, { key }))).toEqual([422, 'idempotency_key_reused']);
    // A key is its operator's own.
    const other = await issueToken(service, 'operator', { subject: 'ole' });
    expect((await adjust({ quantity: 6 }, { key, bearer: other })).status).toBe(200);
  });

  test('of a variant that the shop does not have makes none; of one without stock, its first', async () => {
    const unknown = await adjust({ variantKey: 'v1:yacht' });
    expect(code(unknown)).toEqual([409, 'inventory_unknown_variant']);
    expect(unknown.body.items).toEqual([
      { variantKey: 'v1:yacht', sku: 'yacht', requested: 5, available: 0 },
    ]);
    // A variant of borealis alone.
    expect(code(await adjust({ variantKey: 'v1:poster' }))).toEqual([
      409,
      'inventory_unknown_variant',
    ]);
    await service.rows(`delete from stock where shop_id = 'aurora' and variant_key = $1`, [BAG]);
    const firsts = await Promise.all([adjust({ variantKey: BAG }), adjust({ variantKey: BAG })]);
    expect(firsts.map(({ status }) => status)).toEqual([200, 200]);
    expect(await buyer.stock(BAG)).toEqual({ onHand: 10, held: 0 });
  });

  test.each([
    [{ quantity: 0 }],
    [{ quantity: -1 }],
    [{ kind: 'theft' }],
    [{ reason: '' }],
    [{ reason: 'with \u0000 in it' }],
    [{ variantKey: 'v1:Mug' }],
    [{ variantKey: 'mug' }],
    [{ onHand: 3 }],
  ])('is malformed with %j', async (body) => {
    expect(code(await adjust(body))).toEqual([400, 'malformed_request']);
    expect(await buyer.stock(MUG)).toEqual({ onHand: 20, held: 0 });
  });

  test('needs a key, an operator, and a shop that is there', async () => {
    const body = { variantKey: MUG, kind: 'restock', quantity: 5, reason: REASON };
    expect(code(await ops('POST', '/adjustments', body))).toEqual([
      400,
      'idempotency_key_required',
    ]);
    const staff = await issueToken(service, 'staff');
    expect(code(await adjust({}, { bearer: staff }))).toEqual([403, 'forbidden']);
    expect(code(await adjust({}, { shop: 'atlantis' }))).toEqual([404, 'shop_unknown']);
  });
});

describe('an import', () => {
  test('sets every figure, and tells what was right already', async () => {
    await hold(4);
    const importId = newId();
    const reply = await importRows(importId, [
      [2, MUG, 7],
      [3, BAG, 20],
    ]);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ importId, rows: 2, changed: 1, unchanged: 1 });
    expect(await buyer.stock(MUG)).toEqual({ onHand: 7, held: 4 });
  });

  test('repeated changes nothing, in whatever order its rows come', async () => {
    const importId = newId();
    const rows = [
      [1, MUG, 9],
      [2, BAG, 8],
    ] as const;
    const first = await importRows(importId, rows);
    await adjust({ quantity: 1 });
    for (const again of [
      await importRows(importId, rows),
      await importRows(importId, rows.toReversed()),
    ]) {
      expect([again.status, again.body]).toEqual([200, first.body]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await buyer.stock(MUG)).toEqual({ onHand: 10, held: 0 });
  });

  test('of other rows under the same id is refused; another shop may use the id', async () => {
    const importId = newId();
    await importRows(importId, [[1, MUG, 9]]);
    const other = await importRows(importId, [[1, MUG, 8]]);
    expect(code(other)).toEqual([422, 'idempotency_key_reused']);
    expect(await buyer.stock(MUG)).toEqual({ onHand: 9, held: 0 });
    const theirs = await importRows(importId, [[1, MUG, 8]], { shop: 'borealis' });
    expect(theirs.status).toBe(200);
    expect(await buyer.stock(MUG)).toEqual({ onHand: 9, held: 0 });
    expect(await buyer.stock(MUG, 'borealis')).toEqual({ onHand: 8, held: 0 });
  });

  test('is all rows or none, and names every row that stands in the way; its id is free again', async () => {
    await hold(6);
    const importId = newId();
    const refused = await importRows(importId, [
      [17, BAG, 1],
      [18, MUG, 5],
    ]);
    expect(code(refused)).toEqual([409, 'inventory_insufficient']);
    expect(refused.body.errors).toEqual([
      { path: '/body/rows/1', message: 'row 18: v1:mug would have 5, and 6 of its 20 are held' },
    ]);
    const unknown = await importRows(importId, [
      [1, MUG, 8],
      [2, 'v1:yacht', 1],
      [3, 'v1:poster', 1],
    ]);
    expect(code(unknown)).toEqual([409, 'inventory_unknown_variant']);
    expect(unknown.body.errors.map(({ message }: { message: string }) => message)).toEqual([
      'row 2: this shop has no v1:yacht',
      'row 3: this shop has no v1:poster',
    ]);
    expect(await buyer.stock(BAG)).toEqual({ onHand: 20, held: 0 });
    expect((await importRows(importId, [[1, MUG, 8]])).status).toBe(200);
  });

  test('that fails for two reasons names the rows of both at once', async () => {
    await hold(6);
    const refused = await importRows(newId(), [
      [1, 'v1:yacht', 1],
      [2, BAG, 1],
      [3, MUG, 5],
    ]);
    expect(code(refused)).toEqual([409, 'inventory_unknown_variant']);
    expect(refused.body.items).toEqual([
      { variantKey: MUG, sku: 'mug', requested: 15, available: 14 },
      { variantKey: 'v1:yacht', sku: 'yacht', requested: 1, available: 0 },
    ]);
    expect(refused.body.errors).toEqual([
      { path: '/body/rows/0', message: 'row 1: this shop has no v1:yacht' },
      { path: '/body/rows/2', message: 'row 3: v1:mug would have 5, and 6 of its 20 are held' },
    ]);
    expect(await buyer.stock(BAG)).toEqual({ onHand: 20, held: 0 });
  });

  test.each([
    [
      'a variant twice',
      [
        [1, MUG, 1],
        [2, MUG, 2],
      ],
    ],
    [
      'a row number twice',
      [
        [1, MUG, 1],
        [1, BAG, 2],
      ],
    ],
    ['a figure below zero', [[1, MUG, -1]]],
    ['no rows', []],
  ] as const)('is malformed with %s', async (_, rows) => {
    expect(code(await importRows(newId(), rows))).toEqual([400, 'malformed_request']);
  });

  test('of a thousand rows is one import, while buyers go on buying', async () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `v1:part-${index}`);
    await service.rows(
      `insert into stock (shop_id, variant_key, on_hand) select 'aurora', unnest($1::text[]), 5`,
      [keys],
    );
    const rows = keys.map((key, index) => [index + 1, key, 9] as const);
    const [reply, held] = await Promise.all([importRows(newId(), rows), hold(2)]);
    expect([reply.status, reply.body.changed, held.status]).toEqual([200, 1_000, 201]);
  });
});

describe('the audit', () => {
  test('says who changed what, when, why and in which request, the newest first', async () => {
    const ole = await issueToken(service, 'operator', { subject: 'ole' });
    const importId = newId();
    const restocked = await adjust({ variantKey: BAG });
    const imported = await importRows(importId, [[4, BAG, 11]], { bearer: ole });
    const { items } = await changes(`?variantKey=${BAG}&limit=2`);
    expect(items).toEqual([
      {
        changeId: expect.any(String),
        variantKey: BAG,
        kind: 'import',
        before: 25,
        after: 11,
        held: 0,
        reason: REASON,
        changedBy: 'ole',
        changedAt: imported.body.importedAt,
        requestId: imported.headers.get('x-request-id'),
        importId,
        row: 4,
      },
      {
        changeId: restocked.body.changeId,
        variantKey: BAG,
        kind: 'restock',
        before: 20,
        after: 25,
        held: 0,
        reason: REASON,
        changedBy: 'ida',
        changedAt: restocked.body.changedAt,
        requestId: restocked.headers.get('x-request-id'),
      },
    ]);
  });

  test('goes in pages', async () => {
    for (const quantity of [1, 2, 3]) await adjust({ quantity });
    const first = await changes(`?variantKey=${MUG}&limit=2`);
    const amounts = ({ items }: Reply['body']): number[] =>
      items.map(({ before, after }: { before: number; after: number }) => after - before);
    expect(amounts(first)).toEqual([3, 2]);
    const second = await changes(`?variantKey=${MUG}&limit=1&before=${first.next}`);
    expect(amounts(second)).toEqual([1]);
  });

  test('is of its own shop, and cannot be changed or taken away by the service', async () => {
    await adjust({}, { shop: 'borealis' });
    const theirs = await changes('', 'borealis');
    expect(theirs.items[0]).toMatchObject({ variantKey: MUG, changedBy: 'ida' });
    const mine = await changes('?limit=100');
    const ids = mine.items.map(({ changeId }: { changeId: string }) => changeId);
    expect(ids).not.toContain(theirs.items[0].changeId);
    for (const sql of ['delete from stock_change', `update stock_change set reason = ''`])
      await expect(service.deps.db.inShop('aurora', (tx) => tx.sql(sql))).rejects.toThrow(
        'permission denied',
      );
  });

  test('is not written when the change is not', async () => {
    await service.rows(
      `alter table stock_change add constraint no_more check (reason <> 'Refused by the table')`,
    );
    const before = await changes();
    const [failed, ...others] = await Promise.all([
      adjust({ reason: 'Refused by the table' }),
      adjust({ quantity: 2 }),
      hold(1),
    ]);
    await service.rows('alter table stock_change drop constraint no_more');
    expect(failed.status).toBe(500);
    expect(others.map(({ status }) => status)).toEqual([200, 201]);
    expect(await buyer.stock(MUG)).toEqual({ onHand: 22, held: 1 });
    const after = await changes();
    expect(after.items.slice(1)).toEqual(before.items.slice(0, after.items.length - 1));
  });
});

describe('the list of stock', () => {
  test('goes in pages, by variant, of one shop, and counts as free what time has freed', async () => {
    const { body } = await hold(5);
    await hold(2);
    await service.rows(`update hold set expires_at = now() where hold_id = $1`, [body.holdId]);
    const [first, all] = [await ops('GET', '?limit=2'), await ops('GET', '?limit=100')];
    expect(first.body.items).toEqual(all.body.items.slice(0, 2));
    const next = await ops('GET', `?limit=1&after=${encodeURIComponent(first.body.next)}`);
    expect(next.body.items).toEqual(all.body.items.slice(2, 3));
    const mug = all.body.items.find(({ variantKey }: { variantKey: string }) => variantKey === MUG);
    expect(mug).toEqual({ variantKey: MUG, sku: 'mug', onHand: 20, held: 2, available: 18 });
    const theirs = await ops('GET', '', undefined, { shop: 'borealis' });
    const keys = theirs.body.items.map(({ variantKey }: { variantKey: string }) => variantKey);
    expect(keys).toContain('v1:poster');
    expect(keys).not.toContain(BAG);
    expect(keys.length).toBeGreaterThan(2);
  });
});
