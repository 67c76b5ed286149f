import { describe, expect, test } from 'vitest';
import { type Deciding, drive } from './callers.ts';
import { type HoldsOrder, paymentReference } from './orders.ts';
import { expectAddsUp } from './stage.ts';
import { figuresOf } from './use-cases.ts';

describe('a round that is fast and wrong', () => {
  const before = { onHand: 1_000, held: 3, active: 3 };
  const told = { created: 10, committed: 2, released: 1 };
  const after = { onHand: 998, held: 10, active: 10 };

  test('passes where the tables say what the callers were told', () => {
    expect(() => expectAddsUp('ours', before, after, told)).not.toThrow();
  });

  test.each([
    ['a unit is held for nobody', { ...after, held: 11 }],
    ['a hold was answered and not written', { ...after, active: 9 }],
    ['a commit took no stock', { ...after, onHand: 999 }],
  ])('fails where %s', (_what, wrong) => {
    expect(() => expectAddsUp('ours', before, wrong, told)).toThrow(/ours: 10 holds, 2 commits/);
  });
});

describe('the callers', () => {
  const order: HoldsOrder = {
    way: 'ours',
    callers: 4,
    skus: 10,
    seconds: 0.05,
    seed: 1,
    payments: { from: 100, to: 100_000 },
  };

  /** Answers in another turn of the event loop, and remembers what it was asked. */
  function remembering() {
    const asked = { skus: new Set<number>(), payments: [] as string[], ended: [] as string[] };
    let made = 0;
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const deciding: Deciding = {
      create: async (sku) => {
        await turn();
        asked.skus.add(sku);
        return { holdId: `hold ${made++}` };
      },
      end: {
        commit: async (holdId, reference) => {
          await turn();
          asked.ended.push(holdId);
          asked.payments.push(reference);
        },
        release: async (holdId) => {
          await turn();
          asked.ended.push(holdId);
        },
      },
    };
    return { deciding, asked };
  }

  test('commit one hold in twenty calls and release another, each hold and each payment once', async () => {
    const { deciding, asked } = remembering();
    const report = await drive(deciding, order);
    const calls = report.created + report.committed + report.released;
    expect(report.allMs.length).toBe(calls);
    expect(report.createMs.length).toBe(report.created);
    expect(calls).toBeGreaterThan(100);
    expect(Math.abs(report.committed - calls / 20)).toBeLessThanOrEqual(1);
    expect(Math.abs(report.released - calls / 20)).toBeLessThanOrEqual(1);
    expect(new Set(asked.ended).size).toBe(asked.ended.length);
    expect(asked.payments).toEqual(asked.payments.map((_, index) => paymentReference(100 + index)));
    expect(asked.skus.size).toBe(10);
  });

  test('make nothing but holds where a way has no other call', async () => {
    const { deciding } = remembering();
    const report = await drive({ create: deciding.create }, order);
    expect([report.committed, report.released]).toEqual([0, 0]);
    expect(report.created).toBeGreaterThan(0);
  });

  test('come back when they are told that the shop is busy, and count it', async () => {
    let refusals = 3;
    const report = await drive(
      {
        create: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          refusals -= 1;
          return refusals >= 0 ? { retryAfterMs: 1 } : { holdId: 'hold' };
        },
      },
      { ...order, callers: 1 },
    );
    expect(report.busy).toBe(3);
    expect(report.allMs.length).toBe(report.created);
  });
});

test('processes that run side by side are one figure: holds of all of them, over the longest time', () => {
  const report = (created: number, seconds: number, ms: number) => ({
    created,
    committed: 0,
    released: 0,
    busy: 0,
    seconds,
    createMs: Float64Array.of(ms),
    allMs: Float64Array.of(ms, ms),
  });
  const figures = figuresOf([report(100, 1, 5), report(300, 2, 7)]);
  expect(figures).toMatchObject({ holdsPerSecond: 200, createMs: 5, p99Ms: 7 });
});
