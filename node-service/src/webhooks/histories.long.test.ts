/**
 * Orders, payments, refunds, disputes and subscriptions of two shops, through the whole service and Postgres: however
 * Stripe brings its events, they end where they would have ended in order. As the shorter test, and
 * many more. `HISTORIES_SEED` repeats a run's choices, `HISTORIES` sets how many.
 */
import { expect, test } from 'vitest';
import { tellHistories } from '../testing/tell-histories.ts';

const HISTORIES = Number(process.env.HISTORIES ?? 500);
const seed = Number(process.env.HISTORIES_SEED ?? Date.now() % 1_000_000);

test(`${HISTORIES} histories, permuted, repeated and split over doors and processes, end as in order (HISTORIES_SEED=${seed})`, {
  timeout: 1_800_000,
}, async () => {
  const told = await tellHistories(HISTORIES, seed);
  expect(told.deliveries).toBeGreaterThan(told.events);
  expect(told.faults).toEqual([]);
  expect(told.other).toEqual(told.natural);
  expect(told.books).toEqual(told.truth);
});
