/** The load, in the process that decides: so many callers, each asking again as soon as it has its answer. */
import { randomFrom } from '../front-door/zipf.ts';
import { type HoldsOrder, type HoldsReport, paymentReference } from './orders.ts';

/** What a way can do. Rejects where a call was not answered as it should be. */
export type Deciding = {
  /** Holds one unit of the variant of this number, and answers the hold's id, or for how long to stay away. */
  create(sku: number): Promise<{ readonly holdId: string } | { readonly retryAfterMs: number }>;
  /** Not there where a way is measured by creates alone. */
  readonly end?: {
    commit(holdId: string, paymentReference: string): Promise<void>;
    release(holdId: string): Promise<void>;
  };
};

/** Of twenty calls one is a commit, and one a release. */
const COMMIT_EVERY = 20;
const COMMITS_AT = 19;
const RELEASES_AT = 9;

export async function drive(deciding: Deciding, order: HoldsOrder): Promise<HoldsReport> {
  const run = startRun(deciding, order);
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1_000;
  await Promise.all(
    Array.from({ length: order.callers }, async () => {
      while (performance.now() < endsAt) await run.call();
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const { counts, createMs, allMs } = run;
  return {
    ...counts,
    seconds,
    createMs: Float64Array.from(createMs),
    allMs: Float64Array.from(allMs),
  };
}

function startRun(deciding: Deciding, order: HoldsOrder) {
  const random = randomFrom(order.seed);
  const held: string[] = [];
  const createMs: number[] = [];
  const allMs: number[] = [];
  const counts = { created: 0, committed: 0, released: 0, busy: 0 };
  let calls = 0;
  let nextPayment = order.payments.from;

  const create = async (): Promise<void> => {
    const sku = order.skus === 1 ? 0 : Math.floor(random() * order.skus);
    for (;;) {
      const answer = await deciding.create(sku);
      if ('holdId' in answer) {
        held.push(answer.holdId);
        counts.created += 1;
        return;
      }
      counts.busy += 1;
      await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs));
    }
  };
  const end = async (how: 'commit' | 'release', holdId: string): Promise<void> => {
    if (how === 'release') {
      await deciding.end?.release(holdId);
      counts.released += 1;
      return;
    }
    if (nextPayment >= order.payments.to) throw new Error('no payment is left to commit with');
    await deciding.end?.commit(holdId, paymentReference(nextPayment++));
    counts.committed += 1;
  };
  const call = async (): Promise<void> => {
    const turn = calls++ % COMMIT_EVERY;
    const ends = turn === COMMITS_AT ? 'commit' : turn === RELEASES_AT ? 'release' : null;
    const holdId = ends === null || deciding.end === undefined ? undefined : held.pop();
    const startedAt = performance.now();
    if (ends !== null && holdId !== undefined) await end(ends, holdId);
    else await create();
    const tookMs = performance.now() - startedAt;
    allMs.push(tookMs);
    if (holdId === undefined) createMs.push(tookMs);
  };
  return { call, counts, createMs, allMs };
}
