/** What an operator does to stock: through the allocator like everything else, with its audit in the same transaction. */
import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import { isVariantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type {
  AdjustStockRequest,
  ImportStockRequest,
  StockAdjustment,
  StockImport,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { claimProblem } from '../platform/answer-once.ts';
import { secondsAfter } from '../platform/clock.ts';
import { hashOf } from '../platform/content-hash.ts';
import {
  type ClaimKey,
  type ClaimRequest,
  findClaim,
  type KnownClaim,
} from '../platform/idempotency.ts';
import { Problem } from '../platform/problem.ts';
import { type ChangedLevel, changeStock, type StockChange } from './allocation.rules.ts';
import type { AllocationRequest } from './allocator.ts';
import { inventoryConflict } from './conflict.ts';
import { skuOf } from './stock-rows.ts';

export type StockDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'allocator'>;

/** Who asks, for the audit. */
export type OperatorCall = {
  readonly shopId: string;
  readonly operator: string;
  readonly requestId: string;
};

export type StockAnswer<T> = { readonly body: T; readonly replayed: boolean };

/** A change as the request has it; `place` and `label` say where, for its errors. */
type Requested = StockChange & { readonly place: string; readonly label: string };

function malformed(detail: string, errors: ProblemPlace[]): Problem {
  return new Problem('malformed_request', { detail, errors });
}

function claimOf(deps: StockDeps, key: ClaimKey, content: object): ClaimRequest {
  return {
    ...key,
    requestHash: hashOf(content),
    recoveryPoint: key.operation,
    leaseUntil: secondsAfter(deps.clock.now(), deps.config.timing.claimLeaseSeconds),
  };
}

/** @throws Problem malformed_request where a text is no variant key at all */
function checkKeys(changes: readonly Requested[]): void {
  const wrong = changes.find(({ variantKey }) => !isVariantKeyV1(variantKey));
  if (wrong === undefined) return;
  throw malformed('A variant key is not in its canonical form.', [
    {
      path: `${wrong.place}/variantKey`,
      message: `${wrong.label}${wrong.variantKey} is no variant key`,
    },
  ]);
}

function placesOf(
  changes: readonly Requested[],
  levels: ReadonlyMap<string, ChangedLevel | null>,
): ProblemPlace[] {
  return changes.flatMap(({ variantKey, place, label }) => {
    const level = levels.get(variantKey);
    if (level === undefined) return [];
    const message =
      level === null
        ? `this shop has no ${variantKey}`
        : `${variantKey} would have ${level.after}, and ${level.held} of its ${level.before} are held`;
    return [{ path: place, message: label + message }];
  });
}

/**
 * Not in the catalogue, and no stock of it either: a misspelt key must not make stock that nobody can buy. `below` has
 * what would have less than is held now; whether that holds when it is written is for the allocator to say.
 */
async function lookAhead(
  deps: StockDeps,
  shopId: string,
  changes: readonly Requested[],
): Promise<{ readonly unknown: Set<string>; readonly below: readonly ChangedLevel[] }> {
  const keys = changes.map(({ variantKey }) => variantKey);
  const rows = await deps.db.inShop(shopId, (tx) =>
    tx.sql<{ variant_key: string; on_hand: string; held: string }>(
      `select variant_key, on_hand, held from stock where shop_id = $1 and variant_key = any($2)
       union all
       select variant_key, 0, 0 from variant v where shop_id = $1 and variant_key = any($2)
          and not exists (select from stock s where s.shop_id = v.shop_id and s.variant_key = v.variant_key)`,
      [shopId, keys],
    ),
  );
  const stock = new Map(
    rows.map(({ variant_key, on_hand, held }) => [
      variant_key,
      { onHand: Number(on_hand), held: Number(held) },
    ]),
  );
  const known = changes.filter(({ variantKey }) => stock.has(variantKey));
  const decided = changeStock(known, { stock });
  return {
    unknown: new Set(keys.filter((key) => !stock.has(key))),
    below: decided.kind === 'below_held' ? decided.levels : [],
  };
}

/** As many units were to go as is said in `requested`, and so many are free. */
function itemsBelow(levels: readonly ChangedLevel[]) {
  return levels.map(({ variantKey, sku, before, after, held }) => ({
    variantKey,
    sku,
    requested: before - after,
    available: before - held,
  }));
}

const UNKNOWN_AND_BELOW =
  'This shop has no such item, and of others less would be left than is held for buyers. Nothing was changed.';

/** Whatever else stands in the way is named too, so that a file is mended once. */
function unknownVariants(
  changes: readonly Requested[],
  unknown: ReadonlySet<string>,
  below: readonly ChangedLevel[],
): Problem {
  const missing = changes
    .filter(({ variantKey }) => unknown.has(variantKey))
    .map(({ variantKey, sku, units }) => ({
      variantKey,
      sku,
      requested: Math.max(1, Math.abs(units)),
      available: 0,
    }));
  const levels = new Map<string, ChangedLevel | null>([
    ...[...unknown].map((key) => [key, null] as const),
    ...below.map((level) => [level.variantKey, level] as const),
  ]);
  return inventoryConflict(
    'inventory_unknown_variant',
    [...missing, ...itemsBelow(below)],
    undefined,
    {
      ...(below.length > 0 && { detail: UNKNOWN_AND_BELOW }),
      errors: placesOf(changes, levels),
    },
  );
}

function belowHeld(changes: readonly Requested[], levels: readonly ChangedLevel[]): Problem {
  return inventoryConflict('inventory_insufficient', itemsBelow(levels), undefined, {
    detail: 'Less would be left than is held for buyers. Nothing was changed.',
    errors: placesOf(changes, new Map(levels.map((level) => [level.variantKey, level]))),
  });
}

/** The first answer to the same request, again. @throws Problem idempotency_key_reused */
function replay<T>(deps: StockDeps, known: KnownClaim): StockAnswer<T> {
  if (known.kind === 'done') return { body: known.answer.body as T, replayed: true };
  if (known.kind === 'resumed') throw new Error('a claim of a change was left without its answer');
  throw claimProblem(known, deps.clock.now());
}

async function change<T>(
  deps: StockDeps,
  shopId: string,
  changes: readonly Requested[],
  request: Required<Pick<AllocationRequest, 'onStocked'>> & { readonly claim: ClaimRequest },
): Promise<StockAnswer<T>> {
  checkKeys(changes);
  const { claim } = request;
  const { unknown, below } = await lookAhead(deps, shopId, changes);
  if (unknown.size > 0) {
    const now = deps.clock.now();
    const known = await deps.db.inShop(shopId, (tx) =>
      findClaim(tx, claim, claim.requestHash, now),
    );
    if (known === null) throw unknownVariants(changes, unknown, below);
    return replay(deps, known);
  }
  const outcome = await deps.allocator.submit(shopId, {
    ...request,
    action: {
      kind: 'stock',
      changes: changes.map(({ variantKey, sku, how, units }) => ({ variantKey, sku, how, units })),
    },
  });
  switch (outcome.kind) {
    case 'stocked':
      return { body: outcome.answer?.body as T, replayed: false };
    case 'below_held':
      throw belowHeld(changes, outcome.levels);
    case 'claim':
      return replay(deps, outcome.result);
    case 'refused':
      if (outcome.reason !== 'hold_has_session')
        throw inventoryConflict(outcome.reason, outcome.items, outcome.retryAfterMs);
  }
  throw new Error(`a change of stock was ${outcome.kind}`);
}

function auditRow(deps: StockDeps, call: OperatorCall, level: ChangedLevel, changedAt: Date) {
  return {
    change_id: deps.clock.uuid(),
    variant_key: level.variantKey,
    on_hand_before: level.before,
    on_hand_after: level.after,
    held: level.held,
    changed_by: call.operator,
    request_id: call.requestId,
    changed_at: changedAt,
  };
}

/**
 * Restocks a variant, or corrects its figure. Key of the claim: the operator and the Idempotency-Key.
 * @throws Problem malformed_request, idempotency_key_reused, the inventory contract
 */
export async function adjustStock(
  deps: StockDeps,
  call: OperatorCall & { readonly idempotencyKey: string; readonly request: AdjustStockRequest },
): Promise<StockAnswer<StockAdjustment>> {
  const { variantKey, kind, quantity, reason } = call.request;
  if (kind === 'restock' && quantity < 0)
    throw malformed('A restock adds units; what takes away is a correction.', [
      { path: '/body/quantity', message: `${quantity} is below 1` },
    ]);
  const { operator, idempotencyKey } = call;
  const key = { operation: 'adjustStock', principal: operator, key: idempotencyKey };
  const place = { place: '/body', label: '' };
  checkKeys([{ ...place, variantKey, sku: '', how: 'by', units: quantity }]);
  const changes: Requested[] = [
    { ...place, variantKey, sku: skuOf(variantKey), how: 'by', units: quantity },
  ];
  return change(deps, call.shopId, changes, {
    claim: claimOf(deps, key, call.request),
    onStocked: (levels) => {
      const changedAt = deps.clock.now();
      const [level] = levels;
      if (level === undefined) throw new Error('an adjustment of nothing');
      const audit = auditRow(deps, call, level, changedAt);
      const row = { ...audit, kind, reason, import_id: null, row_number: null };
      const body: StockAdjustment = {
        changeId: audit.change_id,
        variantKey,
        before: level.before,
        after: level.after,
        held: level.held,
        changedAt: changedAt.toISOString(),
      };
      return {
        rows: [{ table: 'stock_change', rows: [row], onConflict: 'fail' }],
        answer: { status: 200, body },
      };
    },
  });
}

type Row = ImportStockRequest['rows'][number];

/** @throws Problem malformed_request where a variant or a row number comes twice: which was meant is not ours to guess. */
function checkOnce(rows: readonly Row[]): void {
  const byKey = new Map<string, Row>();
  const numbers = new Set<number>();
  for (const [index, row] of rows.entries()) {
    const earlier = byKey.get(row.variantKey);
    const why =
      earlier !== undefined
        ? `row ${row.row} is of the same variant as row ${earlier.row}`
        : numbers.has(row.row)
          ? `row number ${row.row} comes twice`
          : null;
    if (why !== null)
      throw malformed('A variant or a row number comes twice.', [
        { path: `/body/rows/${index}`, message: why },
      ]);
    byKey.set(row.variantKey, row);
    numbers.add(row.row);
  }
}

/**
 * Sets what is on hand of many variants. Key of the claim: the import id, whoever sends it.
 * @throws Problem malformed_request, idempotency_key_reused, the inventory contract with every row that fails
 */
export async function importStock(
  deps: StockDeps,
  call: OperatorCall & { readonly importId: string; readonly request: ImportStockRequest },
): Promise<StockAnswer<StockImport>> {
  const { importId } = call;
  const { rows, reason } = call.request;
  checkOnce(rows);
  const requested = rows.map(({ variantKey, onHand, row }, index) => ({
    variantKey,
    sku: '',
    how: 'to' as const,
    units: onHand,
    place: `/body/rows/${index}`,
    label: `row ${row}: `,
  }));
  checkKeys(requested);
  const changes = requested.map((one) => ({ ...one, sku: skuOf(one.variantKey) }));
  const content = rows
    .map(({ row, variantKey, onHand }) => [row, variantKey, onHand] as const)
    .sort(([a], [b]) => a - b);
  const numberOf = new Map(rows.map(({ variantKey, row }) => [variantKey, row]));
  return change(deps, call.shopId, changes, {
    claim: claimOf(deps, { operation: 'importStock', principal: 'shop', key: importId }, content),
    onStocked: (levels) => {
      const importedAt = deps.clock.now();
      const changed = levels.filter(({ before, after }) => before !== after);
      const audit = changed.map((level) => ({
        ...auditRow(deps, call, level, importedAt),
        kind: 'import',
        reason,
        import_id: importId,
        row_number: numberOf.get(level.variantKey),
      }));
      const body: StockImport = {
        importId,
        rows: rows.length,
        changed: changed.length,
        unchanged: rows.length - changed.length,
        importedAt: importedAt.toISOString(),
      };
      return {
        rows: [{ table: 'stock_change', rows: audit, onConflict: 'fail' }],
        answer: { status: 200, body },
      };
    },
  });
}
