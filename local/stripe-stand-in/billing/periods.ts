import type Stripe from 'stripe';

/** A stretch of time in Unix seconds; the end is not part of it. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** The period that begins at `start`. A month from the 31st ends on a shorter month's last day. */
export function periodFrom(start: number, { interval, interval_count }: Stripe.Price.Recurring) {
  const end = new Date(start * 1_000);
  if (interval === 'day') end.setUTCDate(end.getUTCDate() + interval_count);
  else if (interval === 'week') end.setUTCDate(end.getUTCDate() + 7 * interval_count);
  else addMonths(end, interval === 'year' ? 12 * interval_count : interval_count);
  return { start, end: end.getTime() / 1_000 } satisfies Period;
}

function addMonths(date: Date, months: number): void {
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
}

/** The part of `amount` that falls on what is left of the period at `nowSeconds`, in whole minor units. */
export function prorate(amount: number, { start, end }: Period, nowSeconds: number): number {
  const left = Math.min(1, Math.max(0, (end - nowSeconds) / (end - start)));
  return Math.round(amount * left);
}
