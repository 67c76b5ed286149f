import { expect, test } from 'vitest';
import type { Case, Contest } from './bench.ts';
import { measure, named } from './measure.ts';

const silent = (): void => {};

/** Two sides with two figures; each round writes down who went. */
function contest(went: string[]): Contest {
  const side = (name: string, rate: number, p99Ms: number) => async () => {
    went.push(name);
    return { rate, p99Ms };
  };
  const compared = { unit: 'x', ours: 'ours', reference: 'other' };
  return {
    sides: { ours: side('ours', 30, 5), other: side('other', 10, 10) },
    comparisons: [
      { ...compared, name: 'rate', better: 'higher', figure: 'rate', aim: 2 },
      { ...compared, name: 'latency', better: 'lower', figure: 'p99Ms', aim: 0.4 },
      { ...compared, name: 'told', better: 'higher', figure: 'rate', aim: null },
    ],
  };
}

test('a contest is measured once and compared in each of its figures', async () => {
  const went: string[] = [];
  const results = await measure({ cases: [contest(went)], rounds: 2 }, silent);
  expect(results.map(({ name, ratio, aim, met }) => ({ name, ratio, aim, met }))).toEqual([
    { name: 'rate', ratio: 3, aim: 2, met: true },
    { name: 'latency', ratio: 0.5, aim: 0.4, met: false },
    { name: 'told', ratio: 3, aim: null, met: null },
  ]);
  expect(results[0]?.rounds).toEqual({ ours: [30, 30], reference: [10, 10] });
});

test('a contest whose rounds are long has none that does not count', async () => {
  const went: string[] = [];
  await measure({ cases: [{ ...contest(went), isLong: true }], rounds: 2 }, silent);
  expect(went).toEqual(['ours', 'other', 'other', 'ours']);
});

test('the sides of a contest take turns in going first, after a round that does not count', async () => {
  const went: string[] = [];
  await measure({ cases: [contest(went)], rounds: 2 }, silent);
  expect(went).toEqual(['ours', 'other', 'ours', 'other', 'other', 'ours']);
});

test('what a contest needs before its first round is done once', async () => {
  let begun = 0;
  const begin = async (): Promise<void> => {
    begun += 1;
  };
  await measure({ cases: [{ ...contest([]), begin }], rounds: 3 }, silent);
  expect(begun).toBe(1);
});

test('cases are chosen by a part of their name, and so are the comparisons of a contest', () => {
  const bound: Case = {
    name: 'rate of another',
    unit: 'x',
    better: 'higher',
    aim: 1,
    ours: async () => 1,
  };
  const cases = [contest([]), bound];
  const names = (text: string) =>
    named(cases, text).flatMap((one) =>
      'sides' in one ? one.comparisons.map(({ name }) => name) : one.name,
    );
  expect(names('rate')).toEqual(['rate', 'rate of another']);
  expect(names('told')).toEqual(['told']);
  expect(names('nothing')).toEqual([]);
  expect(names('')).toEqual(['rate', 'latency', 'told', 'rate of another']);
});
