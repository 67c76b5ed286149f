/** One batch: claim, lock, decide in memory, write once. All of it is one transaction, which the caller opens. */
import {
  type InShop,
  isConstraintViolation,
  type ShopTx,
  type TransactionLimits,
} from '../platform/db.ts';
import {
  claimId,
  findClaims,
  type KnownClaim,
  type StoredAnswer,
  takeUp,
} from '../platform/idempotency.ts';
import type { Insert } from '../platform/insert.ts';
import type { KillPoints } from '../platform/kill-point.ts';
import {
  addUpLines,
  type Decision,
  decide,
  expireByClock,
  newHold,
  type World,
} from './allocation.rules.ts';
import type { AllocationRequest } from './allocator.ts';
import { lockBatch } from './stock-rows.ts';
import { type BatchWrite, takeIfFree, writeBatch } from './write-batch.ts';

/** A decision, and where the request brought `answer` or `onStocked` along, what it is answered with. */
export type Decided = Decision & { readonly answer?: StoredAnswer };

export type BatchOutcome = Decided | { readonly kind: 'claim'; readonly result: KnownClaim };

type Belongings = Pick<BatchWrite, 'inserts' | 'jobs' | 'claims'>;

/**
 * Decides the requests, first come, first served, and writes what they change.
 * @returns an outcome for each request, in their order
 * @throws when the database fails, or a row that came with a request cannot be written: nothing is written then
 */
export async function runBatch(
  tx: ShopTx,
  requests: readonly AllocationRequest[],
  now: Date,
  killPoint: KillPoints,
): Promise<BatchOutcome[]> {
  const actions = requests.map(({ action }) => action);
  const claims = requests.flatMap(({ claim }) => (claim === undefined ? [] : [claim]));
  const locked = await lockBatch(tx, { actions, claims }, now);
  const known = await takeUp(tx, claims, locked.claims, now);
  const { world } = locked;
  const before = copyOf(world);
  expireByClock(world, now);
  const inserts: Insert[] = [];
  const decided = requests.map((request) => decideOne(request, known, world, now, inserts));
  const outcomes = await lookAgain(tx, requests, decided, now);
  killPoint('allocator.before_commit');
  await writeBatch(tx, {
    before,
    after: world,
    actions,
    now,
    ...belongings(requests, outcomes, inserts),
  });
  return outcomes;
}

/** What decisions change of it is copied. */
function copyOf({ stock, holds }: World): World {
  return {
    stock: new Map([...stock].map(([key, level]) => [key, { ...level }])),
    holds: new Map([...holds].map(([key, hold]) => [key, { ...hold }])),
  };
}

/** Whether a request can be tried by `holdAlone`: a new hold of one variant. */
export function isLoneHold({ action }: AllocationRequest): boolean {
  return action.kind === 'create' && addUpLines(action.lines).length === 1;
}

/**
 * A new hold of one variant that nobody else waits with: decided and written by one statement, in one round trip.
 * @returns null where it is not that simple (too few are free, the key was used before): nothing is written then, and
 *   the batch's way has the answer
 */
export async function holdAlone(
  inShop: InShop,
  limits: TransactionLimits,
  shopId: string,
  request: AllocationRequest,
  now: Date,
  killPoint: KillPoints,
): Promise<BatchOutcome | null> {
  const { action } = request;
  if (action.kind !== 'create') throw new Error(`a ${action.kind} is not decided alone`);
  const lines = addUpLines(action.lines);
  const [line] = lines;
  if (line === undefined) throw new Error('a hold of nothing');
  const hold = newHold(action, lines);
  const answer = request.answer?.(hold);
  const decision: Decision = { kind: 'done', state: 'active' };
  const outcome = answer === undefined ? decision : { ...decision, answer };
  const { text, params } = takeIfFree(shopId, line, {
    after: { stock: new Map(), holds: new Map([[hold.holdId, hold]]) },
    actions: [action],
    now,
    ...belongings([request], [outcome], request.rows ?? []),
  });
  killPoint('allocator.before_commit');
  try {
    const [row] = await inShop(
      shopId,
      (tx) => tx.sql<{ taken: number }>(text, params, 'commit'),
      limits,
    );
    return row?.taken === 1 ? outcome : null;
  } catch (error) {
    if (isConstraintViolation(error)) return null;
    throw error;
  }
}

/**
 * What is refused writes no claim, and so would not meet one that another process wrote while this batch waited for its
 * rows: the same request, sent twice, would hold the last unit by the one and be refused by the other.
 */
async function lookAgain(
  tx: ShopTx,
  requests: readonly AllocationRequest[],
  outcomes: BatchOutcome[],
  now: Date,
): Promise<BatchOutcome[]> {
  const doubtful = requests.flatMap(({ claim }, index) => {
    const outcome = outcomes[index];
    const isSettled = outcome === undefined || outcome.kind === 'claim' || isMade(outcome);
    return claim === undefined || isSettled ? [] : [claim];
  });
  if (doubtful.length === 0) return outcomes;
  const rows = await findClaims(tx, doubtful);
  if (rows.length === 0) return outcomes;
  const known = await takeUp(tx, doubtful, rows, now);
  return requests.map(({ claim }, index): BatchOutcome => {
    const result = claim === undefined ? undefined : known.get(claimId(claim));
    return result === undefined ? (outcomes[index] as BatchOutcome) : { kind: 'claim', result };
  });
}

/** Answers at once: what a later request of the batch does to the same hold is not this one's to tell. */
function decideOne(
  request: AllocationRequest,
  known: ReadonlyMap<string, KnownClaim>,
  world: World,
  now: Date,
  inserts: Insert[],
): BatchOutcome {
  const { action, claim } = request;
  const result = claim === undefined ? undefined : known.get(claimId(claim));
  if (result !== undefined) return { kind: 'claim', result };
  const decision = decide(action, world, now);
  if (decision.kind === 'stocked') {
    const left = request.onStocked?.(decision.levels);
    inserts.push(...(left?.rows ?? []));
    return left === undefined ? decision : { ...decision, answer: left.answer };
  }
  if (decision.kind !== 'done' && decision.kind !== 'unchanged') return decision;
  if (decision.kind === 'done') inserts.push(...(request.rows ?? []));
  if (request.answer === undefined || !('holdId' in action)) return decision;
  const hold = world.holds.get(action.holdId);
  if (hold === undefined) throw new Error(`no hold ${action.holdId} after its decision`);
  return { ...decision, answer: request.answer(hold) };
}

/** The rows and jobs of what was done, and the claims of what was not refused: a refused request may be asked again. */
function belongings(
  requests: readonly AllocationRequest[],
  outcomes: readonly BatchOutcome[],
  inserts: readonly Insert[],
): Belongings {
  return {
    inserts,
    jobs: requests.flatMap(({ jobs }, index) =>
      outcomes[index]?.kind === 'done' ? (jobs ?? []) : [],
    ),
    claims: requests.flatMap(({ claim }, index) => {
      const outcome = outcomes[index];
      if (claim === undefined || outcome === undefined || !isMade(outcome)) return [];
      return [{ ...claim, answer: ('answer' in outcome ? outcome.answer : null) ?? null }];
    }),
  };
}

function isMade({ kind }: BatchOutcome): boolean {
  return kind === 'done' || kind === 'unchanged' || kind === 'stocked';
}
