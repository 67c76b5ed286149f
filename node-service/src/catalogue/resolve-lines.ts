import { VariantKeyError, variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { ShopTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';

/** What a client may say of a line. A price is not among it. */
export type RequestedLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly variantAttributes?: Readonly<Record<string, string>>;
  readonly rental?: { readonly from: string; readonly to: string };
};

export type KeyedLine = RequestedLine & { readonly variantKey: string };

export type CatalogueLine = KeyedLine & {
  readonly name: string;
  readonly kind: 'sale' | 'rental';
  readonly unitPriceMinor: number;
  readonly depositMinorPerUnit: number;
  readonly taxBasisPoints: number;
};

/** Adds the variant's key to each line. @throws Problem malformed_request naming the line, by its place in the body. */
export function keyLines(lines: readonly RequestedLine[], place: string): KeyedLine[] {
  return lines.map((line, index) => {
    try {
      return { ...line, variantKey: variantKeyV1(line.sku, line.variantAttributes) };
    } catch (error) {
      if (!(error instanceof VariantKeyError)) throw error;
      throw new Problem('malformed_request', {
        detail: 'A line does not name a variant.',
        errors: [{ path: `${place}/${index}`, message: error.message }],
      });
    }
  });
}

type VariantRow = {
  readonly variant_key: string;
  readonly sku: string;
  readonly name: string;
  readonly kind: CatalogueLine['kind'];
  readonly unit_price_minor: string;
  readonly deposit_minor: string;
  readonly rate_basis_points: number | null;
};

/** The lines with what the shop's own catalogue says of them, and those that it does not have. One statement. */
export async function resolveLines(
  { sql, shopId }: ShopTx,
  lines: readonly KeyedLine[],
  then?: 'commit',
): Promise<{ readonly lines: readonly CatalogueLine[]; readonly unknown: readonly KeyedLine[] }> {
  const keys = [...new Set(lines.map((line) => line.variantKey))];
  const rows = await sql<VariantRow>(
    `select v.variant_key, p.sku, p.name, p.kind, coalesce(v.unit_price_minor, p.unit_price_minor) as unit_price_minor,
            p.deposit_minor, t.rate_basis_points
       from variant v
       join product p on p.shop_id = v.shop_id and p.sku = v.sku
       left join tax_rate t on t.shop_id = p.shop_id and t.tax_class = p.tax_class
      where v.shop_id = $1 and v.variant_key = any($2)`,
    [shopId, keys],
    then,
  );
  const rowByKey = new Map(rows.map((row) => [row.variant_key, row]));
  const known: CatalogueLine[] = [];
  const unknown: KeyedLine[] = [];
  for (const line of lines) {
    const row = rowByKey.get(line.variantKey);
    if (row === undefined) {
      unknown.push(line);
      continue;
    }
    if (row.rate_basis_points === null) throw new Error(`no tax rate for the class of ${row.sku}`);
    known.push({
      ...line,
      sku: row.sku,
      name: row.name,
      kind: row.kind,
      unitPriceMinor: Number(row.unit_price_minor),
      depositMinorPerUnit: Number(row.deposit_minor),
      taxBasisPoints: row.rate_basis_points,
    });
  }
  return { lines: known, unknown };
}
