/**
 * The one way to change stock. A request comes with the rows that belong to it (claim, order, transfers, jobs), which
 * are written in the transaction of its decision, or not at all.
 */
import type { InventoryConflictItem } from '@commerce/contracts/vocabulary/problem.ts';
import type { Clock } from '../platform/clock.ts';
import {
  type Database,
  isContention,
  type ShopTx,
  type TransactionLimits,
} from '../platform/db.ts';
import { enqueue, type Job } from '../platform/enqueue.ts';
import { type ClaimRequest, claim, type KnownClaim } from '../platform/idempotency.ts';
import { type Insert, insertRows } from '../platform/insert-rows.ts';
import type { KillPoints } from '../platform/kill-point.ts';
import type { Metrics } from '../platform/metrics.ts';
import {
  type Action,
  addUpLines,
  type Decision,
  decide,
  expireByClock,
} from './allocation.rules.ts';
import { lockWorld, writeWorld } from './stock-rows.ts';

export type AllocationRequest = {
  readonly action: Action;
  /** Claimed first; when it is not the caller's to do, nothing else happens. */
  readonly claim?: ClaimRequest;
  /** Written when, and only when, the action changed something. */
  readonly rows?: readonly Insert[];
  readonly jobs?: readonly Job[];
};

export type AllocationOutcome =
  | Exclude<Decision, { kind: 'refused' }>
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly items: readonly InventoryConflictItem[];
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'claim'; readonly result: KnownClaim };

type RefusalReason = Extract<Decision, { kind: 'refused' }>['reason'] | 'inventory_busy';

export type Allocator = {
  /** Decides and writes in one transaction. Rejects only when the database fails; then nothing was written. */
  submit(shopId: string, request: AllocationRequest): Promise<AllocationOutcome>;
};

/** Under contention a request fails fast and is retried by its client, instead of waiting in the database. */
const LIMITS: TransactionLimits = { lockTimeoutMs: 1_000, statementTimeoutMs: 3_000 };
const RETRY_AFTER_MS = 250;

/** Rolls the transaction back, claim and all, and is turned into an outcome outside it. */
class Undo extends Error {
  readonly outcome: AllocationOutcome;

  constructor(outcome: AllocationOutcome) {
    super('undone');
    this.outcome = outcome;
  }
}

async function allocate(
  tx: ShopTx,
  request: AllocationRequest,
  now: Date,
  killPoint: KillPoints,
): Promise<AllocationOutcome> {
  if (request.claim !== undefined) {
    const result = await claim(tx, request.claim, now);
    if (result.kind !== 'claimed') return { kind: 'claim', result };
  }
  const world = await lockWorld(tx, [request.action], now);
  const before = structuredClone(world);
  expireByClock(world, now);
  const decision = decide(request.action, world, now);
  if (decision.kind === 'refused' || decision.kind === 'no_such_hold') throw new Undo(decision);
  await writeWorld(tx, { before, after: world, actions: [request.action], now });
  if (decision.kind === 'done') {
    for (const insert of request.rows ?? []) await insertRows(tx, insert);
    for (const job of request.jobs ?? []) await enqueue(tx, job);
  }
  killPoint('allocator.before_commit');
  return decision;
}

/** Nobody looked, so nothing is said of what is available. */
function busy(action: Action): AllocationOutcome {
  const lines = 'lines' in action ? addUpLines(action.lines) : [];
  const items = lines.map(({ variantKey, sku, quantity }) => ({
    variantKey,
    sku,
    requested: quantity,
  }));
  return { kind: 'refused', reason: 'inventory_busy', items, retryAfterMs: RETRY_AFTER_MS };
}

function outcomeOfError(error: unknown, action: Action): AllocationOutcome {
  if (error instanceof Undo) return error.outcome;
  if (isContention(error)) return busy(action);
  throw error;
}

export function createAllocator(
  db: Database,
  clock: Clock,
  metrics: Metrics,
  killPoint: KillPoints,
): Allocator {
  return {
    submit: async (shopId, request) => {
      const action = request.action.kind;
      const stop = metrics.allocationSeconds.startTimer({ shop: shopId, action });
      const outcome = await db
        .inShop(shopId, (tx) => allocate(tx, request, clock.now(), killPoint), LIMITS)
        .catch((error: unknown) => outcomeOfError(error, request.action))
        .finally(stop);
      const name = outcome.kind === 'refused' ? outcome.reason : outcome.kind;
      metrics.allocations.inc({ shop: shopId, action, outcome: name });
      return outcome;
    },
  };
}
