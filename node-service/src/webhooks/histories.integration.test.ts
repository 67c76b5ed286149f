/**
 * Orders, payments, refunds, disputes and subscriptions of two shops, through the whole service and Postgres: however
 * Stripe brings its events, they end where they would have ended in order. `HISTORIES_SEED` repeats a run's choices.
 */
import { expect, test } from 'vitest';
import { tellHistories } from '../testing/tell-histories.ts';

const seed = Number(process.env.HISTORIES_SEED ?? Date.now() % 1_000_000);

test(`40 histories, permuted, repeated and split over doors and processes, end as in order (HISTORIES_SEED=${seed})`, {
  timeout: 300_000,
}, async () => {
  const told = await tellHistories(40, seed);
  expect(told.deliveries).toBeGreaterThan(told.events);
  expect(told.faults).toEqual([]);
  expect(told.other).toEqual(told.natural);
  expect(told.books).toEqual(told.truth);
});
