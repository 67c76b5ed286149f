import type { CreateCheckoutSessionRequest } from '@commerce/generated/node-v1/client/types.gen.ts';
import {
  type CatalogueLine,
  type Coupon,
  findCoupon,
  findCoverages,
  findShippingRate,
  type KeyedLine,
  keyLines,
  resolveLines,
  type ShippingTerms,
} from '../catalogue/index.ts';
import type { Deps } from '../deps.ts';
import { addUpLines, inventoryConflict, readStock, shortages } from '../inventory/index.ts';
import { type Discount, type OrderAmounts, priceOrder } from '../money/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import type { Shop } from '../tenancy/index.ts';

/** What an order would be: its lines as the catalogue knows them, and what they cost. */
export type Quote = {
  readonly lines: readonly (CatalogueLine & {
    readonly rentalDays: { from: string; to: string } | null;
  })[];
  readonly amounts: OrderAmounts;
  readonly coverageMinor: number;
};

const DAY_MS = 86_400_000;
const MOST_RENTAL_DAYS = 365;
const RENTED_AHEAD_DAYS = 730;

/** The lines that the request is for: its own, else those of the cart. @throws Problem cart_empty, malformed_request */
export function requestedLines(request: CreateCheckoutSessionRequest): KeyedLine[] {
  const lines = request.items ?? request.cart?.lines ?? [];
  if (lines.length === 0)
    throw new Problem('cart_empty', { detail: 'There is nothing to check out.' });
  return keyLines(lines, request.items === undefined ? '/body/cart/lines' : '/body/items');
}

function checkQuantities(lines: readonly KeyedLine[], shop: Shop): void {
  const over = addUpLines(lines).find(({ quantity }) => quantity > shop.maxUnitsPerLine);
  if (over === undefined) return;
  throw new Problem('quantity_over_limit', {
    detail: `${over.quantity} units of ${over.variantKey}; this shop sells ${shop.maxUnitsPerLine} at most in one order.`,
  });
}

/** The days of a line: its own, or from today to the order's return date. Null for what is sold. @throws Problem rental_invalid */
function rentalOf(
  line: CatalogueLine,
  returnDate: string | undefined,
  today: string,
): { from: string; to: string } | null {
  if (line.kind === 'sale') {
    if (line.rental === undefined) return null;
    throw new Problem('rental_invalid', { detail: `${line.sku} is sold, not rented out.` });
  }
  if (line.rental !== undefined) return line.rental;
  if (returnDate !== undefined) return { from: today, to: returnDate };
  throw new Problem('rental_invalid', {
    detail: `${line.sku} is rented out: give its days, or a returnDate.`,
  });
}

/**
 * Days that are charged for, both ends included; 1 for what is sold. From today, by whoever's clock is furthest
 * behind, to two years ahead.
 * @throws Problem rental_invalid
 */
function periods(rental: { from: string; to: string } | null, today: string): number {
  if (rental === null) return 1;
  const [from, to, now] = [rental.from, rental.to, today].map(
    (day) => Date.parse(day) / DAY_MS,
  ) as [number, number, number];
  const days = to - from + 1;
  const invalid = (why: string): Problem =>
    new Problem('rental_invalid', { detail: `${rental.from} to ${rental.to} ${why}.` });
  if (!Number.isInteger(days) || days < 1 || days > MOST_RENTAL_DAYS)
    throw invalid(`is not 1 to ${MOST_RENTAL_DAYS} days`);
  if (from < now - 1) throw invalid('begins in the past');
  if (to > now + RENTED_AHEAD_DAYS) throw invalid(`ends more than ${RENTED_AHEAD_DAYS} days ahead`);
  return days;
}

function discountOf(coupon: Coupon | null | undefined, now: Date): Discount {
  if (coupon === undefined) return { kind: 'none' };
  if (coupon === null || (coupon.validUntil !== null && coupon.validUntil <= now)) {
    throw new Problem('coupon_invalid', {
      detail: 'This shop has no such coupon, or it has ended.',
    });
  }
  if (coupon.percentOff !== null) return { kind: 'percent', percent: coupon.percentOff };
  if (coupon.amountOffMinor !== null) return { kind: 'amount', amountMinor: coupon.amountOffMinor };
  throw new Error(`coupon ${coupon.code} takes nothing off`);
}

/** @throws Problem shipping_unavailable */
function shippingOf(
  rate: ShippingTerms | null | undefined,
  shipping: CreateCheckoutSessionRequest['shipping'],
): number {
  if (rate === undefined || shipping === undefined) return 0;
  const { rateId, country } = shipping;
  // Where a rate goes to some countries alone, the country must be said.
  const goesThere =
    rate?.countries.length === 0 || (country !== undefined && rate?.countries.includes(country));
  if (rate !== null && goesThere) return rate.amountMinor;
  const where = country === undefined ? '' : ` to ${country}`;
  throw new Problem('shipping_unavailable', {
    detail: `This shop has no shipping rate "${rateId}"${where}.`,
  });
}

function coverageOf(found: ReadonlyMap<string, number>, codes: readonly string[]): number {
  const unknown = codes.filter((code) => !found.has(code));
  if (unknown.length === 0) return [...found.values()].reduce((total, minor) => total + minor, 0);
  throw new Problem('malformed_request', {
    detail: 'This shop does not offer the coverage.',
    errors: unknown.map((code) => ({
      path: `/body/coverage/${codes.indexOf(code)}`,
      message: `"${code}" is unknown`,
    })),
  });
}

/** Lists what is short besides, so that a buyer who takes the unknown ones out does not meet the next refusal. */
async function unknownVariants(
  deps: Pick<Deps, 'db'>,
  shopId: string,
  {
    lines,
    unknown,
  }: { readonly lines: readonly KeyedLine[]; readonly unknown: readonly KeyedLine[] },
  now: Date,
): Promise<Problem> {
  const wanted = addUpLines(lines);
  const keys = wanted.map(({ variantKey }) => variantKey);
  const stock = await deps.db.inShop(shopId, (tx) => readStock(tx, keys, now, 'commit'));
  for (const { variantKey } of unknown) stock.delete(variantKey);
  const items = shortages(wanted, stock)?.items ?? [];
  return inventoryConflict('inventory_unknown_variant', items);
}

/** What the shop's own catalogue says of what a request names; undefined where it names none. */
export type Terms = {
  readonly lines: readonly CatalogueLine[];
  readonly unknown: readonly KeyedLine[];
  readonly coupon: Coupon | null | undefined;
  readonly shippingRate: ShippingTerms | null | undefined;
  readonly coverages: ReadonlyMap<string, number>;
};

/** Asks for all of it at once, and ends the transaction. */
export async function readTerms(
  tx: ShopTx,
  keyed: readonly KeyedLine[],
  { coupon, shipping, coverage }: CreateCheckoutSessionRequest,
): Promise<Terms> {
  const [found, rate, coverages, resolved] = await Promise.all([
    coupon === undefined ? undefined : findCoupon(tx, coupon.trim().toUpperCase()),
    shipping === undefined ? undefined : findShippingRate(tx, shipping.rateId),
    findCoverages(tx, coverage ?? []),
    resolveLines(tx, keyed, 'commit'),
  ]);
  return { ...resolved, coupon: found, shippingRate: rate, coverages };
}

/**
 * Prices the lines by the shop's own catalogue.
 * @throws Problem for everything that a client can get wrong; the inventory contract for items that are not there.
 */
export async function quote(
  deps: Pick<Deps, 'db'>,
  shop: Shop,
  request: CreateCheckoutSessionRequest,
  {
    keyed,
    terms,
    now,
  }: { readonly keyed: readonly KeyedLine[]; readonly terms: Terms; readonly now: Date },
): Promise<Quote> {
  if (request.currency !== undefined && request.currency !== shop.currency) {
    throw new Problem('currency_not_supported', { detail: `This shop sells in ${shop.currency}.` });
  }
  const { lines, unknown } = terms;
  if (unknown.length > 0)
    throw await unknownVariants(deps, shop.shopId, { lines: keyed, unknown }, now);
  checkQuantities(keyed, shop);
  const coverageMinor = coverageOf(terms.coverages, request.coverage ?? []);
  const today = now.toISOString().slice(0, 10);
  const rentals = lines.map((line) => rentalOf(line, request.returnDate, today));
  const amounts = priceOrder(
    lines.map((line, index) => ({ ...line, periods: periods(rentals[index] ?? null, today) })),
    {
      discount: discountOf(terms.coupon, now),
      shippingMinor: shippingOf(terms.shippingRate, request.shipping),
      coverageMinor,
    },
  );
  const quoted = lines.map((line, index) => ({ ...line, rentalDays: rentals[index] ?? null }));
  return { lines: quoted, amounts, coverageMinor };
}
