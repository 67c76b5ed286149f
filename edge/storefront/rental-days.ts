const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How many days a rental lasts: the first and the last day count.
 * @param rental calendar days, `YYYY-MM-DD`
 * @returns 0 where `to` is before `from`, or there is no rental
 */
export function rentalDays(rental: { from: string; to: string } | undefined): number {
  if (rental === undefined) return 0;
  const lastsMs = Date.parse(rental.to) - Date.parse(rental.from);
  return lastsMs >= 0 ? Math.round(lastsMs / DAY_MS) + 1 : 0;
}
