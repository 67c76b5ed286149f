import type {
  StockChange,
  StockChangeList,
  StockLevel,
  StockLevelList,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { readStock } from './read-stock.ts';
import { skuOf } from './stock-rows.ts';

type Page = { readonly shopId: string; readonly limit: number };

/** One more than asked for is read, to know whether there are more. */
function cut<T>(
  rows: readonly T[],
  limit: number,
): { readonly page: T[]; readonly last: T | undefined } {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? page.at(-1) : undefined };
}

export async function listStock(
  deps: Pick<Deps, 'db' | 'clock'>,
  { shopId, limit, after }: Page & { readonly after: string },
): Promise<StockLevelList> {
  const now = deps.clock.now();
  return deps.db.inShop(shopId, async (tx) => {
    const rows = await tx.sql<{ variant_key: string }>(
      'select variant_key from stock where shop_id = $1 and variant_key > $2 order by variant_key limit $3',
      [shopId, after, limit + 1],
    );
    const { page, last } = cut(rows, limit);
    const keys = page.map(({ variant_key }) => variant_key);
    const stock = await readStock(tx, keys, now);
    const items = keys.flatMap((variantKey): StockLevel[] => {
      const level = stock.get(variantKey);
      if (level === undefined) return [];
      const { onHand, held } = level;
      return [{ variantKey, sku: skuOf(variantKey), onHand, held, available: onHand - held }];
    });
    return {
      items,
      asOf: now.toISOString(),
      ...(last === undefined ? {} : { next: last.variant_key }),
    };
  });
}

const COLUMNS = `change_id, variant_key, kind, on_hand_before, on_hand_after, held, reason, changed_by, request_id,
  import_id, row_number, changed_at`;

type ChangeRow = {
  readonly change_id: string;
  readonly variant_key: string;
  readonly kind: StockChange['kind'];
  readonly on_hand_before: string;
  readonly on_hand_after: string;
  readonly held: string;
  readonly reason: string;
  readonly changed_by: string;
  readonly request_id: string;
  readonly import_id: string | null;
  readonly row_number: number | null;
  readonly changed_at: string;
};

function present(row: ChangeRow): StockChange {
  return {
    changeId: row.change_id,
    variantKey: row.variant_key,
    kind: row.kind,
    before: Number(row.on_hand_before),
    after: Number(row.on_hand_after),
    held: Number(row.held),
    reason: row.reason,
    changedBy: row.changed_by,
    changedAt: new Date(row.changed_at).toISOString(),
    requestId: row.request_id,
    ...(row.import_id === null || row.row_number === null
      ? {}
      : { importId: row.import_id, row: row.row_number }),
  };
}

/** The newest first: ids are UUIDv7, which sort by time. */
export async function listStockChanges(
  deps: Pick<Deps, 'db'>,
  call: Page & { readonly variantKey: string | null; readonly before: string | null },
): Promise<StockChangeList> {
  const { shopId, limit, variantKey, before } = call;
  const rows = await deps.db.inShop(shopId, (tx) =>
    tx.sql<ChangeRow>(
      `select ${COLUMNS} from stock_change
        where shop_id = $1 and ($2::text is null or variant_key = $2) and ($3::text is null or change_id < $3)
        order by change_id desc limit $4`,
      [shopId, variantKey, before, limit + 1],
    ),
  );
  const { page, last } = cut(rows, limit);
  return {
    items: page.map(present),
    ...(last === undefined ? {} : { next: last.change_id }),
  };
}
