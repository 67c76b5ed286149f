/**
 * The one way to change stock. A request comes with the rows that belong to it (claim, order, transfers, jobs), which
 * are written in the transaction of its decision, or not at all.
 */
import type { InventoryConflictItem } from '@commerce/contracts/vocabulary/problem.ts';
import type { Clock } from '../platform/clock.ts';
import {
  type InShop,
  isConstraintViolation,
  isContention,
  isUniqueViolation,
  isUnstorableText,
  type TransactionLimits,
} from '../platform/db.ts';
import type { Job } from '../platform/enqueue.ts';
import {
  type ClaimRequest,
  claimId,
  type KnownClaim,
  type StoredAnswer,
} from '../platform/idempotency.ts';
import type { Insert } from '../platform/insert.ts';
import type { KillPoints } from '../platform/kill-point.ts';
import type { Metrics } from '../platform/metrics.ts';
import { admit, MAX_BATCH, type QueueLoad, retryAfterMs, smoothed } from './admission.rules.ts';
import {
  type Action,
  addUpLines,
  type ChangedLevel,
  type Decision,
  type HoldInHand,
  type HoldLine,
} from './allocation.rules.ts';
import { type BatchOutcome, type Decided, holdAlone, isLoneHold, runBatch } from './batch.ts';

export type AllocationRequest = {
  readonly action: Action;
  /** Claimed first; when it is not the caller's to do, nothing else happens. */
  readonly claim?: ClaimRequest;
  /** Written when, and only when, the action changed something. */
  readonly rows?: readonly Insert[];
  readonly jobs?: readonly Job[];
  /** The claim's answer, where it follows from the hold: stored with the decision, so that no crash comes between. */
  readonly answer?: (hold: HoldInHand) => StoredAnswer;
  /** The same for a change of stock: its audit and its answer follow from what was there. */
  readonly onStocked?: (levels: readonly ChangedLevel[]) => {
    readonly rows: readonly Insert[];
    readonly answer: StoredAnswer;
  };
};

export type AllocationOutcome =
  | Exclude<Decided, { kind: 'refused' }>
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

/** Under contention a batch fails fast, and its clients come back, instead of waiting in the database. */
const LIMITS: TransactionLimits = { lockTimeoutMs: 1_000, statementTimeoutMs: 3_000 };

type Waiting = {
  readonly request: AllocationRequest;
  readonly queuedAtMs: number;
  readonly answer: (outcome: AllocationOutcome) => void;
  readonly fail: (error: unknown) => void;
};

/** What one shop asks for. Shops have nothing in common but the pool, in which each takes one connection. */
type Queue = {
  waiting: Waiting[];
  running: { readonly size: number; readonly startedAtMs: number } | null;
  batchMs: number;
  /** Somebody did not get what he asked for lately, and so it is not worth trying the way that only ever succeeds. */
  scarce: boolean;
};

type AllocatorDeps = {
  /** Of connections that nobody else waits for. */
  readonly inShop: InShop;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly killPoint: KillPoints;
};

/**
 * Batches naturally: what is asked for while a batch is being written is the next one. Nobody waits for a timer, and a
 * request that is alone costs one transaction.
 */
export function createAllocator(deps: AllocatorDeps): Allocator {
  const queues = new Map<string, Queue>();
  return {
    submit: async (shopId, request) => {
      const queue = queueOf(queues, shopId);
      const action = request.action.kind;
      const stop = deps.metrics.allocationSeconds.startTimer({ shop: shopId, action });
      const outcome = await enqueue(deps, shopId, queue, request).finally(stop);
      const name = outcome.kind === 'refused' ? outcome.reason : outcome.kind;
      deps.metrics.allocations.inc({ shop: shopId, action, outcome: name });
      return outcome;
    },
  };
}

function queueOf(queues: Map<string, Queue>, shopId: string): Queue {
  const known = queues.get(shopId);
  if (known !== undefined) return known;
  const made: Queue = { waiting: [], running: null, batchMs: 0, scarce: false };
  queues.set(shopId, made);
  return made;
}

function loadOf({ waiting, running, batchMs }: Queue): QueueLoad {
  return {
    waiting: waiting.length,
    inFlight: running?.size ?? 0,
    inFlightForMs: running === null ? 0 : performance.now() - running.startedAtMs,
    batchMs,
  };
}

/** What ends a hold is always admitted: it makes room, and somebody has paid or given up. */
function mayBeTurnedAway({ kind }: Action): boolean {
  return kind === 'create' || kind === 'extend';
}

function enqueue(
  deps: AllocatorDeps,
  shopId: string,
  queue: Queue,
  request: AllocationRequest,
): Promise<AllocationOutcome> {
  const admission = admit(loadOf(queue));
  if (admission.kind === 'busy' && mayBeTurnedAway(request.action))
    return Promise.resolve(busy(request.action, admission.retryAfterMs));
  return new Promise((answer, fail) => {
    queue.waiting.push({ request, queuedAtMs: performance.now(), answer, fail });
    // Whoever asks in this same turn of the event loop is in the same batch.
    if (queue.running === null) {
      queue.running = { size: 0, startedAtMs: performance.now() };
      setImmediate(() => void drain(deps, shopId, queue));
    }
  });
}

/** Writes batch after batch until nobody waits. Never rejects: each failure is its requests' own. */
async function drain(deps: AllocatorDeps, shopId: string, queue: Queue): Promise<void> {
  while (queue.waiting.length > 0) {
    const members = takeBatch(queue);
    const startedAtMs = performance.now();
    queue.running = { size: members.length, startedAtMs };
    for (const { queuedAtMs } of members)
      deps.metrics.allocationQueueSeconds.observe(
        { shop: shopId },
        (startedAtMs - queuedAtMs) / 1_000,
      );
    deps.metrics.allocationBatchSize.observe({ shop: shopId }, members.length);
    await serve(deps, shopId, queue, members);
    queue.batchMs = smoothed(queue.batchMs, performance.now() - startedAtMs);
    // Whoever asks again as soon as he is answered joins the next batch, and not the one after it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  queue.running = null;
}

/** First come, first served. Of two requests under one claim the second waits for the next batch, and so finds the first one's row. */
function takeBatch(queue: Queue): Waiting[] {
  const members: Waiting[] = [];
  const later: Waiting[] = [];
  const claims = new Set<string>();
  for (const one of queue.waiting) {
    const id = one.request.claim === undefined ? null : claimId(one.request.claim);
    if (members.length === MAX_BATCH || (id !== null && claims.has(id))) later.push(one);
    else {
      members.push(one);
      if (id !== null) claims.add(id);
    }
  }
  queue.waiting = later;
  return members;
}

async function serve(
  deps: AllocatorDeps,
  shopId: string,
  queue: Queue,
  members: readonly Waiting[],
  again = false,
): Promise<void> {
  try {
    const outcomes = await write(deps, shopId, queue, members);
    for (const [index, { answer }] of members.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined)
        throw new Error(`a batch of ${members.length} has no outcome ${index}`);
      answer(outcome);
    }
  } catch (error) {
    if ((isConstraintViolation(error) || isUnstorableText(error)) && members.length > 1) {
      // Somebody's own row could not be written. By halves he is found in few steps, and nobody else suffers for it.
      const half = Math.ceil(members.length / 2);
      await serve(deps, shopId, queue, members.slice(0, half));
      return serve(deps, shopId, queue, members.slice(half));
    }
    if (mayBeWrittenNow(error, members) && !again) return serve(deps, shopId, queue, members, true);
    if (isContention(error)) deps.metrics.allocationLockTimeouts.inc({ shop: shopId });
    for (const { request, answer, fail } of members) {
      if (isContention(error)) answer(busy(request.action, retryAfterMs(2 * queue.batchMs)));
      else fail(error);
    }
  }
}

/**
 * Between our look and our write another process claimed the key, or wrote a variant's first stock: its row is there
 * now, and says what to answer.
 */
function mayBeWrittenNow(error: unknown, members: readonly Waiting[]): boolean {
  const mayMeet = ({ request: { claim, action } }: Waiting): boolean =>
    claim !== undefined || action.kind === 'stock';
  return isUniqueViolation(error) && members.some(mayMeet);
}

async function write(
  { inShop, clock, killPoint }: AllocatorDeps,
  shopId: string,
  queue: Queue,
  members: readonly Waiting[],
): Promise<BatchOutcome[]> {
  const requests = members.map(({ request }) => request);
  const [first] = requests;
  const now = clock.now();
  if (!queue.scarce && first !== undefined && requests.length === 1 && isLoneHold(first)) {
    const outcome = await holdAlone(inShop, LIMITS, shopId, first, now, killPoint);
    if (outcome !== null) return [outcome];
  }
  const outcomes = await inShop(shopId, (tx) => runBatch(tx, requests, now, killPoint), LIMITS);
  queue.scarce = requests.some(
    ({ action }, index) => action.kind === 'create' && outcomes[index]?.kind !== 'done',
  );
  return outcomes;
}

/** Nobody looked, so nothing is said of what is available. */
function busy(action: Action, delayMs: number): AllocationOutcome {
  const items = wantedBy(action).map(({ variantKey, sku, quantity }) => ({
    variantKey,
    sku,
    requested: quantity,
  }));
  return { kind: 'refused', reason: 'inventory_busy', items, retryAfterMs: delayMs };
}

function wantedBy(action: Action): HoldLine[] {
  if (action.kind === 'stock')
    return action.changes.map(({ variantKey, sku, units }) => ({
      variantKey,
      sku,
      quantity: Math.max(1, Math.abs(units)),
    }));
  return 'lines' in action ? addUpLines(action.lines) : [];
}
