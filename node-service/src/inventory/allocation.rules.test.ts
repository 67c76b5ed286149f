import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Action,
  addUpLines,
  type Decision,
  decide,
  expireByClock,
  type HoldInHand,
  type HoldLine,
  type HoldState,
  shortages,
  type World,
} from './allocation.rules.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const LATER = new Date('2026-11-23T13:00:00Z');

const line = (sku: string, quantity: number): HoldLine => ({
  variantKey: `v1:${sku}`,
  sku,
  quantity,
});

function worldOf(stocked: Record<string, number>): World {
  const stock = Object.entries(stocked).map(
    ([sku, onHand]) => [`v1:${sku}`, { onHand, held: 0 }] as const,
  );
  return { stock: new Map(stock), holds: new Map() };
}

const create = (
  holdId: string,
  lines: HoldLine[],
  expiry: 'clock' | 'stripe' = 'stripe',
): Action => ({
  kind: 'create',
  holdId,
  orderId: null,
  lines,
  expiry,
  expiresAt: LATER,
});

describe('a request for stock', () => {
  test('takes all of its lines or none, and lists every one that fails', () => {
    const world = worldOf({ tee: 5, mug: 1, bag: 9 });
    const decision = decide(
      create('h1', [line('tee', 6), line('mug', 2), line('bag', 9)]),
      world,
      NOW,
    );
    expect(decision).toEqual({
      kind: 'refused',
      reason: 'inventory_insufficient',
      items: [
        { variantKey: 'v1:mug', sku: 'mug', requested: 2, available: 1 },
        { variantKey: 'v1:tee', sku: 'tee', requested: 6, available: 5 },
      ],
    });
    expect(world).toEqual(worldOf({ tee: 5, mug: 1, bag: 9 }));
  });

  test('adds two lines of one variant up before it looks', () => {
    const world = worldOf({ tee: 5 });
    expect(decide(create('h1', [line('tee', 3), line('tee', 3)]), world, NOW)).toMatchObject({
      reason: 'inventory_insufficient',
      items: [{ requested: 6, available: 5 }],
    });
    expect(decide(create('h2', [line('tee', 3), line('tee', 2)]), world, NOW)).toEqual({
      kind: 'done',
      state: 'active',
    });
    expect(world.holds.get('h2')?.lines).toEqual([line('tee', 5)]);
  });

  test('names a variant that has no stock row as unknown', () => {
    expect(decide(create('h1', [line('hat', 1)]), worldOf({}), NOW)).toMatchObject({
      reason: 'inventory_unknown_variant',
      items: [{ variantKey: 'v1:hat', available: 0 }],
    });
  });

  test('is answered by what it did before when it comes again', () => {
    const world = worldOf({ tee: 5 });
    decide(create('h1', [line('tee', 2)]), world, NOW);
    expect(decide(create('h1', [line('tee', 2)]), world, NOW)).toEqual({
      kind: 'unchanged',
      state: 'active',
    });
    expect(world.stock.get('v1:tee')).toEqual({ onHand: 5, held: 2 });
  });
});

describe('a hold', () => {
  test('is not extended where a session may be paid for it, nor after its time', () => {
    const world = worldOf({ tee: 5 });
    decide(create('session', [line('tee', 1)], 'stripe'), world, NOW);
    decide(create('clock', [line('tee', 1)], 'clock'), world, NOW);
    const extend = (holdId: string): Action => ({ kind: 'extend', holdId, expiresAt: LATER });
    expect(decide(extend('session'), world, NOW)).toMatchObject({ reason: 'hold_has_session' });
    expect(decide(extend('clock'), world, LATER)).toMatchObject({ reason: 'hold_expired' });
  });

  test('with a session outlives the clock: only an answer of Stripe ends it', () => {
    const world = worldOf({ tee: 5 });
    decide(create('session', [line('tee', 1)], 'stripe'), world, NOW);
    decide(create('clock', [line('tee', 1)], 'clock'), world, NOW);
    expireByClock(world, LATER);
    expect(world.holds.get('session')?.state).toBe('active');
    expect(world.holds.get('clock')?.state).toBe('expired');
    expect(world.stock.get('v1:tee')).toEqual({ onHand: 5, held: 1 });
  });

  test('that is gone refuses its payment, and names what it was for', () => {
    const world = worldOf({ tee: 5 });
    decide(create('h1', [line('tee', 2)]), world, NOW);
    decide({ kind: 'expire', holdId: 'h1' }, world, NOW);
    expect(decide({ kind: 'commit', holdId: 'h1', paymentFact: 'pi_1' }, world, NOW)).toEqual({
      kind: 'refused',
      reason: 'hold_expired',
      items: [{ variantKey: 'v1:tee', sku: 'tee', requested: 2, available: 5 }],
    });
  });

  test('that nobody knows is said to be unknown, whatever is asked of it', () => {
    for (const kind of ['release', 'expire', 'give_back'] as const) {
      expect(decide({ kind, holdId: 'none' }, worldOf({}), NOW)).toEqual({ kind: 'no_such_hold' });
    }
  });
});

const SKUS = ['tee', 'mug', 'bag'] as const;
const STOCKED = 10;
const anyId = fc.constantFrom('h1', 'h2', 'h3', 'h4', 'h5');
const anyTime = fc
  .integer({ min: 0, max: 20 })
  .map((minutes) => new Date(NOW.getTime() + minutes * 60_000));
const anyLines = fc.array(
  fc.record({ sku: fc.constantFrom(...SKUS, 'hat'), quantity: fc.integer({ min: 1, max: 6 }) }),
  { minLength: 1, maxLength: 4 },
);
const lines = anyLines.map((all) => all.map(({ sku, quantity }) => line(sku, quantity)));
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      holdId: anyId,
      orderId: fc.constant(null),
      lines,
      expiry: fc.constantFrom('clock' as const, 'stripe' as const),
      expiresAt: anyTime,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      holdId: anyId,
      orderId: fc.constant('ord_1'),
      lines,
      paymentFact: fc.constant('pi_1'),
    }),
  },
  fc.record({ kind: fc.constant('extend' as const), holdId: anyId, expiresAt: anyTime }),
  fc.record({
    kind: fc.constant('commit' as const),
    holdId: anyId,
    paymentFact: fc.constant('pi_1'),
  }),
  fc.record({ kind: fc.constantFrom('release', 'expire', 'give_back'), holdId: anyId }),
);
const anyStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ action: anyAction, now: anyTime }) },
  { weight: 1, arbitrary: fc.record({ action: fc.constant(null), now: anyTime }) },
);

const END_STATES: readonly HoldState[] = ['committed', 'released', 'expired'];

function unitsIn(world: World, variantKey: string, wanted: (hold: HoldInHand) => boolean): number {
  return [...world.holds.values()]
    .filter(wanted)
    .flatMap((hold) => hold.lines)
    .filter((one) => one.variantKey === variantKey)
    .reduce((total, { quantity }) => total + quantity, 0);
}

function checkStock(world: World): void {
  for (const [variantKey, { onHand, held }] of world.stock) {
    expect(held).toBeGreaterThanOrEqual(0);
    expect(held).toBeLessThanOrEqual(onHand);
    expect(held).toBe(unitsIn(world, variantKey, ({ state }) => state === 'active'));
    const sold = unitsIn(world, variantKey, (hold) => hold.state === 'committed' && !hold.returned);
    expect(sold + held + (onHand - held)).toBe(STOCKED);
  }
}

function checkNoWayBack(before: World, after: World): void {
  for (const [holdId, was] of before.holds) {
    const is = after.holds.get(holdId);
    expect(is?.lines).toEqual(was.lines);
    if (END_STATES.includes(was.state)) expect(is?.state).toBe(was.state);
    if (was.returned) expect(is?.returned).toBe(true);
  }
}

function checkDecision(decision: Decision, action: Action, before: World, after: World): void {
  if (decision.kind !== 'done') expect(after).toEqual(before);
  if (decision.kind !== 'refused' || !('lines' in action)) return;
  const failing = addUpLines(action.lines).filter(({ variantKey, quantity }) => {
    const level = before.stock.get(variantKey);
    return level === undefined || level.onHand - level.held < quantity;
  });
  expect(decision.items.map(({ variantKey, requested }) => [variantKey, requested])).toEqual(
    failing.map(({ variantKey, quantity }) => [variantKey, quantity]),
  );
}

describe('any interleaving of requests', () => {
  test('sells no unit twice, loses none, undoes no end, and changes nothing when it refuses', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const world = worldOf({ tee: STOCKED, mug: STOCKED, bag: STOCKED });
        for (const { action, now } of steps) {
          const before = structuredClone(world);
          if (action === null) expireByClock(world, now);
          else checkDecision(decide(action, world, now), action, before, world);
          checkStock(world);
          checkNoWayBack(before, world);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('repeated at once changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 20 }), (steps) => {
        const world = worldOf({ tee: STOCKED, mug: STOCKED, bag: STOCKED });
        for (const { action, now } of steps) {
          if (action === null) continue;
          const first = decide(action, world, now);
          const before = structuredClone(world);
          expect(decide(action, world, now).kind).not.toBe('done');
          expect(world).toEqual(before);
          if (first.kind === 'refused') expect(decide(action, world, now)).toEqual(first);
        }
      }),
    );
  });
});

describe('lines', () => {
  test('are added up to one a variant, in the order of the keys, without losing a unit', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const added = addUpLines(all);
        const keys = added.map(({ variantKey }) => variantKey);
        expect(keys).toEqual([...new Set(all.map(({ variantKey }) => variantKey))].sort());
        const total = (some: readonly HoldLine[]): number =>
          some.reduce((sum, { quantity }) => sum + quantity, 0);
        expect(total(added)).toBe(total(all));
      }),
    );
  });

  test('that can all be had are no shortage, at exactly what is free', () => {
    const stock = new Map([['v1:tee', { onHand: 5, held: 2 }]]);
    expect(shortages([line('tee', 3)], stock)).toBeNull();
    expect(shortages([line('tee', 4)], stock)).toMatchObject({ items: [{ available: 3 }] });
  });
});
