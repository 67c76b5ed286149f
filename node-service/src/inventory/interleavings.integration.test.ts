/**
 * Every operation of the allocator, interleaved at random, by two allocators on one database, as two processes have
 * them. Whatever they answer must be what some order of the requests, one after another, would have been answered;
 * and what is in the database afterwards must be what that order leaves.
 */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPrepared, type PreparedDatabase } from '../platform/prepared.ts';
import { eventually, startService, type TestService } from '../testing/service.ts';
import { apply, copyOf, letTimeRunOut, type Model, textOf } from '../testing/stock-model.ts';
import { type Action, type AllocationRequest, type Allocator, createAllocator } from './index.ts';

const SHOP = 'aurora';
const RUNS = 100;

let service: TestService;
let pools: PreparedDatabase[];
let allocators: Allocator[];
let nowMs = Date.now();
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  const { metrics, killPoint, log } = service.deps;
  const databaseUrl = service.database.tenantUrl;
  pools = [1, 2].map(() => openPrepared({ databaseUrl, poolSize: 4, warn: log.warn }));
  const clock = { ...service.deps.clock, now: () => new Date(nowMs) };
  allocators = pools.map((prepared) => createAllocator({ prepared, clock, metrics, killPoint }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await service.stop();
});

type Order = (run: string, made: () => number) => Omit<AllocationRequest, 'rows'>;
type Submission = { readonly allocator: number; readonly order: Order };
/** Some requests at one moment; then time goes on. */
type Group = { readonly submissions: readonly Submission[]; readonly thenMs: number };

/** The variant that nobody has had before. */
const NEWCOMER = 3;

const variant = (run: string, index: number) => ({
  variantKey: `v1:${run}-${index}`,
  sku: `${run}-${index}`,
});
const holdId = (run: string, index: number): string => `${run}-hold-${index}`;

const anyLines = fc.array(
  fc.record({ index: fc.nat(NEWCOMER), quantity: fc.integer({ min: 1, max: 4 }) }),
  { minLength: 1, maxLength: 3 },
);
const anyHold = fc.nat(12);

const anyCreate: fc.Arbitrary<Order> = fc
  .record({
    lines: anyLines,
    expiry: fc.constantFrom('clock' as const, 'clock' as const, 'stripe' as const),
    ttlMs: fc.integer({ min: 1, max: 500 }),
    key: fc.option(fc.nat(3)),
  })
  .map(({ lines, expiry, ttlMs, key }) => (run, made) => {
    const id = holdId(run, made());
    const action: Action = {
      kind: 'create',
      holdId: id,
      orderId: null,
      lines: lines.map(({ index, quantity }) => ({ ...variant(run, index), quantity })),
      expiry,
      expiresAt: new Date(nowMs + ttlMs),
    };
    if (key === null) return { action };
    const claim = {
      operation: 'createHold',
      principal: run,
      key: `key-${key}`,
      requestHash: 'the same',
      recoveryPoint: id,
      leaseUntil: new Date(nowMs + 60_000),
    };
    return { action, claim, answer: (hold) => ({ status: 201, body: hold.holdId }) };
  });

const anyTake: fc.Arbitrary<Order> = anyLines.map((lines) => (run, made) => ({
  action: {
    kind: 'take',
    holdId: holdId(run, made()),
    orderId: `${run}-order`,
    lines: lines.map(({ index, quantity }) => ({ ...variant(run, index), quantity })),
    paymentFact: 'payment_succeeded:pi_1',
  },
}));

const onHold = (make: (id: string) => Action): fc.Arbitrary<Order> =>
  anyHold.map((index) => (run) => ({ action: make(holdId(run, index)) }));

const anyExtend: fc.Arbitrary<Order> = fc
  .tuple(anyHold, fc.integer({ min: -100, max: 800 }))
  .map(([index, ttlMs]) => (run) => ({
    action: {
      kind: 'extend',
      holdId: holdId(run, index),
      expiresAt: new Date(nowMs + ttlMs),
    },
  }));

const anySweep: fc.Arbitrary<Order> = fc
  .uniqueArray(anyHold, { minLength: 1, maxLength: 6 })
  .map((indexes) => (run) => ({
    action: { kind: 'sweep', holdIds: indexes.map((index) => holdId(run, index)) },
  }));

const anyStockChange: fc.Arbitrary<Order> = fc
  .uniqueArray(
    fc.record({
      index: fc.nat(NEWCOMER - 1),
      how: fc.constantFrom('by' as const, 'to' as const),
      units: fc.integer({ min: -6, max: 12 }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ index }) => index },
  )
  .map((changes) => (run) => ({
    action: {
      kind: 'stock',
      changes: changes.map(({ index, how, units }) => ({
        ...variant(run, index),
        how,
        units: how === 'to' ? Math.abs(units) : units,
      })),
    },
  }));

const anyOrder: fc.Arbitrary<Order> = fc.oneof(
  { weight: 5, arbitrary: anyCreate },
  { weight: 1, arbitrary: anyTake },
  { weight: 2, arbitrary: anyExtend },
  {
    weight: 3,
    arbitrary: onHold((id) => ({ kind: 'commit', holdId: id, paymentFact: 'payment:pi_1' })),
  },
  { weight: 1, arbitrary: onHold((id) => ({ kind: 'release', holdId: id })) },
  { weight: 1, arbitrary: onHold((id) => ({ kind: 'release', holdId: id, unproven: true })) },
  { weight: 1, arbitrary: onHold((id) => ({ kind: 'expire', holdId: id })) },
  { weight: 2, arbitrary: onHold((id) => ({ kind: 'give_back', holdId: id })) },
  { weight: 1, arbitrary: anySweep },
  { weight: 2, arbitrary: anyStockChange },
);

/**
 * A variant's first units come alone: who asks for it and for another while its row is being written may be told that
 * it is unknown, and see the other's figure as it is after.
 */
const anyArrival: fc.Arbitrary<Order> = fc.integer({ min: 0, max: 5 }).map((units) => (run) => ({
  action: { kind: 'stock', changes: [{ ...variant(run, NEWCOMER), how: 'by', units }] },
}));

const submissionsOf = (order: fc.Arbitrary<Order>, maxLength: number) =>
  fc.array(fc.record({ allocator: fc.nat(1), order }), { minLength: 1, maxLength });

const anyGroups: fc.Arbitrary<Group[]> = fc.array(
  fc.record({
    submissions: fc.oneof(
      { weight: 9, arbitrary: submissionsOf(anyOrder, 6) },
      { weight: 1, arbitrary: submissionsOf(anyArrival, 3) },
    ),
    thenMs: fc.constantFrom(0, 0, 1, 60, 200, 600),
  }),
  { minLength: 1, maxLength: 10 },
);

/** Holds and stock of one run as the database has them, in the model's words. */
async function readDatabase(run: string): Promise<Pick<Model, 'onHand' | 'holds'>> {
  const stock = await service.rows<{ variant_key: string; on_hand: string }>(
    'select variant_key, on_hand from stock where shop_id = $1 and variant_key like $2',
    [SHOP, `v1:${run}-%`],
  );
  const holds = await service.rows<{
    hold_id: string;
    state: 'active';
    expiry: 'clock';
    expires_at: Date;
    returned: boolean;
    lines: Record<string, number>;
  }>(
    `select h.hold_id, h.state, h.expiry, h.expires_at, h.returned_at is not null as returned,
            (select json_object_agg(l.variant_key, l.quantity order by l.variant_key) from hold_line l
              where l.shop_id = h.shop_id and l.hold_id = h.hold_id) as lines
       from hold h where h.shop_id = $1 and h.hold_id like $2`,
    [SHOP, `${run}-hold-%`],
  );
  return {
    onHand: new Map(stock.map((row) => [row.variant_key, Number(row.on_hand)])),
    holds: new Map(
      holds.map((row) => [
        row.hold_id,
        {
          lines: new Map(Object.entries(row.lines)),
          expiry: row.expiry,
          state: row.state,
          expiresAtMs: new Date(row.expires_at).getTime(),
          returned: row.returned,
        },
      ]),
    ),
  };
}

/** Comparable: a hold whose time ran out may still wait to be ended, since nobody has asked for its stock. */
function settled({ onHand, holds }: Pick<Model, 'onHand' | 'holds'>): string {
  const model = copyOf({ onHand, holds, claims: new Map() });
  letTimeRunOut(model, nowMs);
  const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    sorted(model.onHand),
    sorted(model.holds).map(([id, hold]) => [id, { ...hold, lines: sorted(hold.lines) }]),
  ]);
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries())
    for (const rest of permutations(items.filter((_, other) => other !== index)))
      yield [item, ...rest];
}

type Done = { readonly request: Omit<AllocationRequest, 'rows'>; readonly text: string };

/** The model after some order of the requests in which each is answered as it was. */
function explain(model: Model, done: readonly Done[], found: string): Model | null {
  const decided = done.filter(({ text }) => !text.startsWith('refused: inventory_busy'));
  for (const order of permutations(decided)) {
    const after = copyOf(model);
    const agrees = order.every(({ request, text }) => apply(after, request, nowMs) === text);
    if (agrees && settled(after) === found) return after;
  }
  return null;
}

/** Never more held than there is; held is what active holds hold; every unit that is gone was sold. */
async function brokenRules(run: string): Promise<unknown[]> {
  return service.rows(
    `select s.variant_key, s.on_hand, s.held, coalesce(sum(l.quantity) filter (where h.state = 'active'), 0) as promised
       from stock s left join hold_line l using (shop_id, variant_key) left join hold h using (shop_id, hold_id)
      where s.shop_id = $1 and s.variant_key like $2 group by s.shop_id, s.variant_key, s.on_hand, s.held
     having s.held < 0 or s.held > s.on_hand or s.held <> coalesce(sum(l.quantity) filter (where h.state = 'active'), 0)`,
    [SHOP, `v1:${run}-%`],
  );
}

/** Units on hand, as stocked, changed by operators, sold and given back. */
function countedFrom(
  stocked: Map<string, number>,
  model: Pick<Model, 'holds'>,
): [string, number][] {
  const counted = new Map(stocked);
  for (const { state, returned, lines } of model.holds.values())
    if (state === 'committed' && !returned)
      for (const [key, units] of lines) counted.set(key, (counted.get(key) ?? 0) - units);
  return [...counted].sort(([a], [b]) => (a < b ? -1 : 1));
}

function statesWentBack(before: Pick<Model, 'holds'>, after: Pick<Model, 'holds'>): string[] {
  return [...before.holds].flatMap(([id, was]) => {
    const is = after.holds.get(id);
    const stays = was.state === 'active' || is?.state === was.state;
    return stays && (!was.returned || is?.returned) ? [] : [`${id}: ${was.state} > ${is?.state}`];
  });
}

async function submitAll(run: string, group: Group, made: () => number): Promise<Done[]> {
  const requests = group.submissions.map(({ allocator, order }) => ({
    allocator,
    request: order(run, made),
  }));
  return Promise.all(
    requests.map(async ({ allocator, request }) => {
      const outcome = await (allocators[allocator] as Allocator).submit(SHOP, request);
      return { request, text: textOf(outcome) };
    }),
  );
}

/** What operators put in or took out, by the answers alone. */
function countChanges(stocked: Map<string, number>, done: readonly Done[]): void {
  for (const { text } of done) {
    if (!text.startsWith('stocked: ')) continue;
    for (const [, key = '', before, after] of text.matchAll(/(v1:\S+) (\d+)>(\d+) /g))
      stocked.set(key, (stocked.get(key) ?? 0) + Number(after) - Number(before));
  }
}

let runs = 0;
async function holdsTrue(units: readonly number[], groups: readonly Group[]): Promise<void> {
  const run = `r${Date.now()}x${runs++}`;
  const stocked = new Map(units.map((onHand, index) => [variant(run, index).variantKey, onHand]));
  for (const [key, onHand] of stocked)
    await service.rows('insert into stock (shop_id, variant_key, on_hand) values ($1, $2, $3)', [
      SHOP,
      key,
      onHand,
    ]);
  let count = 0;
  const made = (): number => count++;
  let model: Model = { onHand: new Map(stocked), holds: new Map(), claims: new Map() };
  let last: Pick<Model, 'holds'> = model;
  for (const group of groups) {
    const done = await submitAll(run, group, made);
    countChanges(stocked, done);
    const found = await readDatabase(run);
    expect(await brokenRules(run)).toEqual([]);
    expect(statesWentBack(last, found)).toEqual([]);
    expect(countedFrom(stocked, found)).toEqual(
      [...found.onHand].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const explained = explain(model, done, settled(found));
    if (explained === null)
      throw new Error(
        `no order explains ${JSON.stringify(done.map(({ request, text }) => [request.action, text]))}\nfrom ${settled(model)}\nto ${settled(found)}`,
      );
    model = explained;
    last = found;
    nowMs += group.thenMs;
  }
}

describe('two allocators on one database', () => {
  test('answer any requests, at any moments, as one that takes them one by one', async () => {
    // Three variants have stock to begin with; the fourth nobody has ever had.
    const anyUnits = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 3 });
    await fc.assert(fc.asyncProperty(anyUnits, anyGroups, holdsTrue), {
      numRuns: RUNS,
      endOnFailure: false,
    });
  }, 180_000);

  test('answer one request, sent to both at once for the last unit, with one hold', async () => {
    const run = `r${Date.now()}x${runs++}`;
    const { variantKey, sku } = variant(run, 0);
    await service.rows('insert into stock (shop_id, variant_key, on_hand) values ($1, $2, 1)', [
      SHOP,
      variantKey,
    ]);
    const send = (allocator: Allocator | undefined, holdId: string) =>
      allocator?.submit(SHOP, {
        action: {
          kind: 'create',
          holdId,
          orderId: null,
          lines: [{ variantKey, sku, quantity: 1 }],
          expiry: 'clock',
          expiresAt: new Date(nowMs + 60_000),
        },
        claim: {
          operation: 'createHold',
          principal: run,
          key: 'key',
          requestHash: 'the same',
          recoveryPoint: holdId,
          leaseUntil: new Date(nowMs + 60_000),
        },
        answer: (hold) => ({ status: 201, body: hold.holdId }),
      });
    const blocker = new pg.Client({ connectionString: service.database.adminUrl });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('select 1 from stock where variant_key = $1 for update', [variantKey]);
    const sent = allocators.map((allocator, index) => send(allocator, holdId(run, index)));
    // Both have looked for the key by now, and found nothing.
    await eventually(async () => {
      const waiting = await service.rows(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return waiting.length === 2 ? true : undefined;
    });
    await blocker.query('rollback');
    await blocker.end();
    const texts = (await Promise.all(sent)).map((outcome) => outcome && textOf(outcome)).sort();
    expect(texts).toEqual([expect.stringMatching(`answered before: ${run}-hold-`), 'done: active']);
  });
});
