/** What a shop offers beside its products: coupons, ways to deliver, coverage. */
import type { ShopTx } from '../platform/db.ts';

export type Coupon = {
  readonly code: string;
  /** One of the two. */
  readonly percentOff: number | null;
  readonly amountOffMinor: number | null;
  readonly validUntil: Date | null;
};

export async function findCoupon({ sql, shopId }: ShopTx, code: string): Promise<Coupon | null> {
  const [row] = await sql<{
    percent_off: number | null;
    amount_off_minor: string | null;
    valid_until: string | null;
  }>(
    'select percent_off, amount_off_minor, valid_until from coupon where shop_id = $1 and code = $2',
    [shopId, code],
  );
  if (row === undefined) return null;
  return {
    code,
    percentOff: row.percent_off,
    amountOffMinor: row.amount_off_minor === null ? null : Number(row.amount_off_minor),
    validUntil: row.valid_until === null ? null : new Date(row.valid_until),
  };
}

export type ShippingTerms = {
  /** None: everywhere. */
  readonly countries: readonly string[];
  readonly amountMinor: number;
};

export async function findShippingRate(
  { sql, shopId }: ShopTx,
  rateId: string,
): Promise<ShippingTerms | null> {
  const [row] = await sql<{ countries: string[]; amount_minor: string }>(
    'select countries, amount_minor from shipping_rate where shop_id = $1 and shipping_rate_id = $2',
    [shopId, rateId],
  );
  if (row === undefined) return null;
  return { countries: row.countries, amountMinor: Number(row.amount_minor) };
}

/** What each of these codes costs, in minor units, where the shop has it. */
export async function findCoverages(
  { sql, shopId }: ShopTx,
  codes: readonly string[],
): Promise<Map<string, number>> {
  if (codes.length === 0) return new Map();
  const rows = await sql<{ code: string; amount_minor: string }>(
    'select code, amount_minor from coverage where shop_id = $1 and code = any($2)',
    [shopId, codes],
  );
  return new Map(rows.map(({ code, amount_minor }) => [code, Number(amount_minor)]));
}
