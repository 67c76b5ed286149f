/** One batch: claim, lock, decide in memory, write once. All of it is one transaction, which the caller opens. */
import { claimId, type KnownClaim, takeUp } from '../platform/idempotency.ts';
import type { KillPoints } from '../platform/kill-point.ts';
import type { Sql } from '../platform/prepared.ts';
import { type Decision, decide, expireByClock, type World } from './allocation.rules.ts';
import type { AllocationRequest } from './allocator.ts';
import { lockBatch } from './stock-rows.ts';
import { type BatchWrite, writeBatch } from './write-batch.ts';

export type BatchOutcome = Decision | { readonly kind: 'claim'; readonly result: KnownClaim };

/**
 * Decides the requests, first come, first served, and writes what they change.
 * @returns an outcome for each request, in their order
 * @throws when the database fails, or a row that came with a request cannot be written: nothing is written then
 */
export async function runBatch(
  sql: Sql,
  shopId: string,
  requests: readonly AllocationRequest[],
  now: Date,
  killPoint: KillPoints,
): Promise<BatchOutcome[]> {
  const actions = requests.map(({ action }) => action);
  const claims = requests.flatMap(({ claim }) => (claim === undefined ? [] : [claim]));
  const locked = await lockBatch(sql, shopId, { actions, claims }, now);
  const known = await takeUp(sql, shopId, claims, locked.claims, now);
  const { world } = locked;
  const before = structuredClone(world);
  expireByClock(world, now);
  const outcomes = requests.map((request) => decideOne(request, known, world, now));
  await writeBatch(sql, shopId, {
    before,
    after: world,
    actions,
    now,
    ...belongings(requests, outcomes, world),
  });
  killPoint('allocator.before_commit');
  return outcomes;
}

function decideOne(
  { action, claim }: AllocationRequest,
  known: ReadonlyMap<string, KnownClaim>,
  world: World,
  now: Date,
): BatchOutcome {
  const result = claim === undefined ? undefined : known.get(claimId(claim));
  return result === undefined ? decide(action, world, now) : { kind: 'claim', result };
}

/** The rows and jobs of what was done, and the claims of what was not refused: a refused request may be asked again. */
function belongings(
  requests: readonly AllocationRequest[],
  outcomes: readonly BatchOutcome[],
  world: World,
): Pick<BatchWrite, 'inserts' | 'jobs' | 'claims'> {
  const done = requests.filter((_, index) => outcomes[index]?.kind === 'done');
  return {
    inserts: done.flatMap(({ rows }) => rows ?? []),
    jobs: done.flatMap(({ jobs }) => jobs ?? []),
    claims: requests.flatMap((request, index) => {
      const kind = outcomes[index]?.kind;
      if (request.claim === undefined || (kind !== 'done' && kind !== 'unchanged')) return [];
      const hold = world.holds.get(request.action.holdId);
      if (hold === undefined)
        throw new Error(`no hold ${request.action.holdId} after its decision`);
      return [{ ...request.claim, answer: request.answer?.(hold) ?? null }];
    }),
  };
}
