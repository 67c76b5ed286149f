import { randomBytes } from 'node:crypto';
import { uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';
import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { Client } from 'pg';
import type { DemoProduct, DemoShop } from './shops.ts';

export type Sku = {
  readonly sku: string;
  readonly variantAttributes: Readonly<Record<string, string>>;
};

const MAX_UNITS_PER_LINE = 50;

/** Every combination of a product's options, the last option varying fastest. */
function combinations(options: DemoProduct['options']): Record<string, string>[] {
  return options.reduce<Record<string, string>[]>(
    (done, { name, values }) =>
      done.flatMap((attributes) => values.map((value) => ({ ...attributes, [name]: value }))),
    [{}],
  );
}

async function writeRegistry(migrator: Client, shop: DemoShop): Promise<void> {
  await migrator.query(
    `insert into shop (shop_id, display_name, tagline, currency, locale, theme, may_trade, may_settle,
                       stripe_account, stripe_secret_ref, max_units_per_line)
     values ($1, $2, $3, $4, $5, $6, true, true, 'platform', 'STRIPE_SECRET_KEY', $7) on conflict do nothing`,
    [
      shop.shopId,
      shop.displayName,
      shop.tagline,
      shop.currency,
      shop.locale,
      shop.theme,
      MAX_UNITS_PER_LINE,
    ],
  );
}

async function writeTerms(migrator: Client, shop: DemoShop): Promise<void> {
  const { shopId } = shop;
  await migrator.query(`insert into tax_rate values ($1, 'standard', $2) on conflict do nothing`, [
    shopId,
    shop.taxBasisPoints,
  ]);
  await migrator.query(
    `insert into shipping_rate values ($1, 'standard', 'Standard', $2, $3) on conflict do nothing`,
    [shopId, shop.countries, shop.shippingMinor],
  );
  await migrator.query(
    `insert into coupon (shop_id, code, percent_off) values ($1, 'WELCOME10', 10) on conflict do nothing`,
    [shopId],
  );
  await migrator.query(
    `insert into coverage values ($1, 'scuff', 'Scuffs and scratches', 300) on conflict do nothing`,
    [shopId],
  );
}

/**
 * Where a variant's first units came from, so that an audit finds all of its units stocked. Once a variant; one that
 * has been traded with already is told to have begun with what it has and has sold.
 */
async function recordFirstUnits(
  migrator: Client,
  shopId: string,
  variantKey: string,
): Promise<void> {
  await migrator.query(
    `insert into stock_change (shop_id, change_id, variant_key, kind, on_hand_before, on_hand_after, held, reason,
                               changed_by, request_id, import_id, row_number, changed_at)
     select shop_id, $3, variant_key, 'import', 0, first.units, 0, 'First units', 'demo-seed', 'demo-seed', 'demo-seed', 1, now()
       from stock cross join lateral (
            select on_hand
                   + coalesce((select sum(l.quantity) from hold_line l join hold h using (shop_id, hold_id)
                                where l.shop_id = $1 and l.variant_key = $2
                                  and h.state = 'committed' and h.returned_at is null), 0)
                   - coalesce((select sum(c.on_hand_after - c.on_hand_before) from stock_change c
                                where c.shop_id = $1 and c.variant_key = $2), 0) as units) first
      where shop_id = $1 and variant_key = $2 and first.units >= 0
        and not exists (select from stock_change where shop_id = $1 and variant_key = $2 and changed_by = 'demo-seed')`,
    [shopId, variantKey, uuidV7(Date.now(), randomBytes(10))],
  );
}

async function writeProduct(
  migrator: Client,
  shopId: string,
  product: DemoProduct,
  position: number,
): Promise<Sku[]> {
  const { sku, name, description, kind, unitPriceMinor, depositMinor, image, options } = product;
  await migrator.query(
    `insert into product (shop_id, sku, name, description, kind, unit_price_minor, deposit_minor, tax_class, image, options, position)
     values ($1, $2, $3, $4, $5, $6, $7, 'standard', $8, $9, $10) on conflict do nothing`,
    [
      shopId,
      sku,
      name,
      description,
      kind,
      unitPriceMinor,
      depositMinor,
      image,
      JSON.stringify(options),
      position,
    ],
  );
  const variants = combinations(options);
  for (const [index, attributes] of variants.entries()) {
    const key = variantKeyV1(sku, attributes);
    await migrator.query(
      `insert into variant (shop_id, variant_key, sku, attributes, position) values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [shopId, key, sku, attributes, index],
    );
    await migrator.query(
      'insert into stock (shop_id, variant_key, on_hand) values ($1, $2, $3) on conflict do nothing',
      [shopId, key, product.unitsPerVariant],
    );
    await recordFirstUnits(migrator, shopId, key);
  }
  return variants.map((variantAttributes) => ({ sku, variantAttributes }));
}

/** Writes a demo shop as one transaction. What is there already stays as it is: a restart keeps stock and prices. */
export async function writeDemoShop(migrator: Client, shop: DemoShop): Promise<Sku[]> {
  await migrator.query('begin');
  try {
    // The owner of the tables is behind row-level security too.
    await migrator.query(`select set_config('app.shop_id', $1, true)`, [shop.shopId]);
    await writeRegistry(migrator, shop);
    await writeTerms(migrator, shop);
    const skus: Sku[] = [];
    for (const [position, product] of shop.products.entries()) {
      skus.push(...(await writeProduct(migrator, shop.shopId, product, position)));
    }
    await migrator.query('commit');
    return skus;
  } catch (error) {
    await migrator.query('rollback');
    throw error;
  }
}
