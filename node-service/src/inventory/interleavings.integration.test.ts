/**
 * Every operation of the allocator, interleaved at random, by two allocators on one database, as two processes have
 * them, amid waits, time-outs and lost connections. Whatever they answer must be what some order of the requests, one
 * after another and first come, first served at each, would have been answered; and what is in the database afterwards
 * must be what that order leaves.
 */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type InShop,
  isDatabaseUnavailable,
  isUniqueViolation,
  openShopTransactions,
  type TransactionLimits,
} from '../platform/db.ts';
import { eventually, startService, type TestService } from '../testing/service.ts';
import { type Done, explain, LOST, readModel, settled } from '../testing/stock-explanation.ts';
import { emptyModel, type Model, ROW_REFUSED, textOf } from '../testing/stock-model.ts';
import {
  anyStory,
  type Fault,
  type Group,
  holdId,
  type Moment,
  variant,
} from '../testing/stock-requests.ts';
import { type AllocationRequest, type Allocator, createAllocator } from './index.ts';

const SHOP = 'aurora';
const RUNS = 100;

let service: TestService;
let blocker: pg.Client;
let pools: pg.Pool[];
let allocators: Allocator[];
let nowMs = Date.now();
/** Shorter limits than the allocator's own, so that a time-out need not be waited for. */
let hurry: Partial<TransactionLimits> = {};

function open(): { readonly pool: pg.Pool; readonly inShop: InShop } {
  const { warn } = service.deps.log;
  const tenantDatabaseUrl = service.database.tenantUrl;
  const { pool, inShop } = openShopTransactions({ tenantDatabaseUrl, poolSize: 4, warn });
  const inHurry: InShop = (shopId, work, limits) =>
    inShop(shopId, work, limits === undefined ? limits : { ...limits, ...hurry });
  return { pool, inShop: inHurry };
}

beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  blocker = new pg.Client({ connectionString: service.database.adminUrl });
  await blocker.connect();
  const { metrics, killPoint } = service.deps;
  const clock = { ...service.deps.clock, now: () => new Date(nowMs) };
  const opened = [open(), open()];
  pools = opened.map(({ pool }) => pool);
  allocators = opened.map(({ inShop }) => createAllocator({ inShop, clock, metrics, killPoint }));
});
afterAll(async () => {
  await blocker.end();
  await Promise.all(pools.map((pool) => pool.end()));
  await service.stop();
});

let runs = 0;
const newRun = (): string => `r${Date.now()}x${runs++}`;

async function stock(run: string, units: readonly number[]): Promise<Map<string, number>> {
  const stocked = new Map(units.map((onHand, index) => [variant(run, index).variantKey, onHand]));
  for (const [key, onHand] of stocked)
    await service.rows('insert into stock (shop_id, variant_key, on_hand) values ($1, $2, $3)', [
      SHOP,
      key,
      onHand,
    ]);
  return stocked;
}

const lock = async (variantKey: string): Promise<void> => {
  await blocker.query('begin');
  await blocker.query('select 1 from stock where variant_key = $1 for update', [variantKey]);
};

/** Transactions of the allocators that wait for a lock. */
const waiting = (): Promise<{ pid: number }[]> =>
  service.rows<{ pid: number }>(
    `select pid from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database() and usename = 'commerce_tenant'`,
  );

/** Never more held than there is; held is what active holds hold; every unit that is gone was sold or written off. */
function brokenRules(run: string, stocked: ReadonlyMap<string, number>): Promise<object[]> {
  return service.rows(
    `select * from (
       select s.variant_key, s.on_hand, s.held, coalesce(b.units, 0) as stocked,
              (select coalesce(sum(c.on_hand_after - c.on_hand_before), 0) from stock_change c
                where c.shop_id = s.shop_id and c.variant_key = s.variant_key) as changed,
              (select coalesce(sum(l.quantity), 0) from hold_line l join hold h using (shop_id, hold_id)
                where l.shop_id = s.shop_id and l.variant_key = s.variant_key and h.state = 'active') as promised,
              (select coalesce(sum(l.quantity), 0) from hold_line l join hold h using (shop_id, hold_id)
                where l.shop_id = s.shop_id and l.variant_key = s.variant_key
                  and h.state = 'committed' and h.returned_at is null) as sold
         from stock s left join unnest($3::text[], $4::bigint[]) as b (variant_key, units) using (variant_key)
        where s.shop_id = $1 and s.variant_key like $2) place
      where held < 0 or held > on_hand or held <> promised or on_hand + sold <> stocked + changed`,
    [SHOP, `v1:${run}-%`, [...stocked.keys()], [...stocked.values()]],
  );
}

function statesWentBack(before: Model, after: Model): string[] {
  return [...before.holds].flatMap(([id, was]) => {
    const is = after.holds.get(id);
    const stays = was.state === 'active' || is?.state === was.state;
    return stays && (!was.returned || is?.returned) ? [] : [`${id}: ${was.state} > ${is?.state}`];
  });
}

async function submit(allocator: number, request: AllocationRequest): Promise<Done> {
  try {
    const outcome = await (allocators[allocator] as Allocator).submit(SHOP, request);
    return { allocator, request, text: textOf(outcome) };
  } catch (error) {
    if (isUniqueViolation(error)) return { allocator, request, text: ROW_REFUSED };
    if (isDatabaseUnavailable(error)) return { allocator, request, text: LOST };
    throw error;
  }
}

let made = 0;

/** All of them in one turn of the event loop, in their order. `holds` are those that there are. */
function submitAll({ submissions }: Group, run: string, holds: readonly string[]): Promise<Done[]> {
  const moments = allocators.map((): Moment => {
    const nameable = [...holds];
    const newHold = (): string => {
      const id = holdId(run, made++);
      nameable.push(id);
      return id;
    };
    return { run, nowMs, holds: nameable, newHold };
  });
  return Promise.all(
    submissions.map(({ allocator, draft }) =>
      submit(allocator, draft(moments[allocator] as Moment)),
    ),
  );
}

const HURRIED: Record<Fault['kind'], Partial<TransactionLimits>> = {
  'a wait': {},
  'lost connection': {},
  'lock timeout': { lockTimeoutMs: 30 },
  'statement timeout': { statementTimeoutMs: 30 },
};

/** Serves the group while another session keeps a variant locked. */
async function submitAmid(
  fault: Fault,
  group: Group,
  run: string,
  holds: readonly string[],
): Promise<Done[]> {
  await lock(variant(run, fault.variant).variantKey);
  hurry = HURRIED[fault.kind];
  let served = false;
  const sent = submitAll(group, run, holds).finally(() => {
    served = true;
  });
  const timesOut = fault.kind.endsWith('timeout');
  await eventually(async () => {
    const waiters = timesOut ? [] : await waiting();
    if (fault.kind === 'lost connection' && waiters.length > 0)
      await service.rows('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [
        waiters.map(({ pid }) => pid),
      ]);
    return served || waiters.length > 0 || undefined;
  });
  await blocker.query('rollback');
  hurry = {};
  return sent;
}

/** How often each kind of answer was given, in all runs. */
const met = new Map<string, number>();
const kindOf = (text: string): string => /^[^:]+(: [a-z_]+)?/.exec(text)?.[0] ?? text;

type Story = readonly [readonly number[], readonly Group[]];

async function holdsTrue([units, groups]: Story): Promise<void> {
  const run = newRun();
  const stocked = await stock(run, units);
  let model = emptyModel(stocked);
  let last = model;
  for (const group of groups) {
    const holds = [...last.holds.keys()];
    const done = await (group.fault === null
      ? submitAll(group, run, holds)
      : submitAmid(group.fault, group, run, holds));
    for (const { text } of done) met.set(kindOf(text), (met.get(kindOf(text)) ?? 0) + 1);
    const found = await readModel(service.rows, SHOP, run);
    expect(await brokenRules(run, stocked)).toEqual([]);
    expect(statesWentBack(last, found)).toEqual([]);
    const explained = explain(model, done, settled(found, nowMs), nowMs);
    if (explained === null)
      throw new Error(
        `no order explains ${JSON.stringify(done.map(({ allocator, request, text }) => [allocator, request.action, request.claim, text]))}\nfrom ${settled(model, nowMs)}\nto ${settled(found, nowMs)}`,
      );
    model = explained;
    last = found;
    nowMs += group.thenMs;
  }
}

/** What any run of this size has met: a property that never came to an answer would say nothing of it. */
const TO_MEET = [
  'done: active',
  'done: committed',
  'done: released',
  'done: expired',
  'unchanged: committed',
  'refused: inventory_insufficient',
  'refused: inventory_unknown_variant',
  'refused: inventory_busy',
  'refused: hold_expired',
  'refused: hold_has_session',
  'no_such_hold',
  'swept',
  'stocked',
  'below_held',
  'answered before: running',
  'answered before: resumed',
  'answered before: reused',
  'answered before: stocked',
  ROW_REFUSED,
  LOST,
];

describe('two allocators on one database', () => {
  test('answer any requests, at any moments, as one that takes them one by one', async () => {
    await fc.assert(fc.asyncProperty(anyStory, holdsTrue), {
      numRuns: RUNS,
      endOnFailure: false,
    });
    expect(TO_MEET.filter((kind) => ![...met.keys()].some((one) => one.startsWith(kind)))).toEqual(
      [],
    );
  }, 240_000);

  const anHour = () => new Date(nowMs + 3_600_000);
  const createOne = (run: string, index: number, key = `${index}`): AllocationRequest => ({
    action: {
      kind: 'create',
      holdId: holdId(run, index),
      orderId: null,
      lines: [{ ...variant(run, 0), quantity: 1 }],
      expiry: 'clock',
      expiresAt: anHour(),
    },
    claim: {
      operation: 'createHold',
      principal: run,
      key,
      requestHash: 'the same',
      recoveryPoint: holdId(run, index),
      leaseUntil: anHour(),
    },
    answer: (hold) => ({ status: 201, body: hold.holdId }),
  });

  test('answer one request, sent to both at once for the last unit, with one hold', async () => {
    const run = newRun();
    await stock(run, [1]);
    await lock(variant(run, 0).variantKey);
    const sent = [0, 1].map((index) => submit(index, createOne(run, index, 'the one key')));
    // Both have looked for the key by now, and found nothing.
    await eventually(async () => ((await waiting()).length === 2 ? true : undefined));
    await blocker.query('rollback');
    const texts = (await Promise.all(sent)).map(({ text }) => text).sort();
    expect(texts).toEqual([expect.stringMatching(`answered before: ${run}-hold-`), 'done: active']);
  });

  test('serve who came first, and whoever comes later only from what is left', async () => {
    const run = newRun();
    await stock(run, [5]);
    await lock(variant(run, 0).variantKey);
    const first = submit(0, createOne(run, 0));
    await eventually(async () => ((await waiting()).length === 1 ? true : undefined));
    const later = Array.from({ length: 8 }, (_, index) => submit(0, createOne(run, index + 1)));
    await blocker.query('rollback');
    const texts = (await Promise.all([first, ...later])).map(({ text }) => text);
    const refused = `refused: inventory_insufficient ${variant(run, 0).variantKey} 1/0`;
    expect(texts).toEqual([...Array(5).fill('done: active'), ...Array(4).fill(refused)]);
  });

  test('turn new requests away at once while a batch takes too long, and still take what ends a hold', async () => {
    const run = newRun();
    await stock(run, [5]);
    expect((await submit(0, createOne(run, 0))).text).toBe('done: active');
    await lock(variant(run, 0).variantKey);
    // The first that has to wait learns in vain how long a batch takes now.
    for (const index of [1, 2, 3])
      expect((await submit(0, createOne(run, index))).text).toMatch(/busy/);
    const served: string[] = [];
    const note = async (name: string, request: AllocationRequest): Promise<string> => {
      const { text } = await submit(0, request);
      served.push(name);
      return text;
    };
    const inFlight = note('in flight', createOne(run, 4));
    await eventually(async () => ((await waiting()).length === 1 ? true : undefined));
    const queued = note('queued', createOne(run, 5));
    const turnedAway = note('turned away', createOne(run, 6));
    const release = note('release', { action: { kind: 'release', holdId: holdId(run, 0) } });
    expect(await turnedAway).toMatch(/busy/);
    expect(served).toEqual(['turned away']);
    await blocker.query('rollback');
    expect(await Promise.all([inFlight, queued, release])).toEqual([
      'done: active',
      'done: active',
      'done: released',
    ]);
    expect(await brokenRules(run, new Map([[variant(run, 0).variantKey, 5]]))).toEqual([]);
  });
});
