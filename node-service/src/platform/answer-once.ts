/** Idempotency for an operation whose work may itself be repeated: its first answer is every later one. */
import type { Deps } from '../deps.ts';
import { secondsAfter } from './clock.ts';
import { abandon, type ClaimKey, type ClaimResult, claim, complete } from './idempotency.ts';
import { Problem } from './problem.ts';

export type OnceRequest = ClaimKey & { readonly shopId: string; readonly requestHash: string };

export type OnceAnswer<T> = { readonly body: T; readonly replayed: boolean };

const MAX_RETRY_AFTER_MS = 2_000;

/** What a key that is somebody else's, or another request's, is answered with. */
export function claimProblem(
  result: Extract<ClaimResult, { kind: 'running' | 'reused' }>,
  now: Date,
): Problem {
  if (result.kind === 'reused') {
    return new Problem('idempotency_key_reused', {
      detail: 'This Idempotency-Key was used for another request.',
    });
  }
  // Most are answered long before their lease ends: it is how long a crash is waited for.
  const leftMs = result.leaseUntil.getTime() - now.getTime();
  const retryAfterMs = Math.min(MAX_RETRY_AFTER_MS, Math.max(1_000, leftMs));
  return new Problem(
    'idempotency_in_progress',
    { detail: 'The same request is being worked on.' },
    { retryAfterMs },
  );
}

/**
 * Runs `work` for the first request with this key, and answers the same to the others. A failure gives the key back,
 * so that a retry is a real one; work that a crash left is done again when its lease has run out.
 * @throws Problem idempotency_in_progress, idempotency_key_reused, and whatever `work` throws
 */
export async function answerOnce<T>(
  deps: Pick<Deps, 'db' | 'clock' | 'config'>,
  request: OnceRequest,
  work: () => Promise<T>,
): Promise<OnceAnswer<T>> {
  const { shopId } = request;
  const held = { ...request, recoveryPoint: request.operation };
  const now = deps.clock.now();
  const leaseUntil = secondsAfter(now, deps.config.timing.claimLeaseSeconds);
  const result = await deps.db.inShop(shopId, (tx) => claim(tx, { ...held, leaseUntil }, now));
  if (result.kind === 'done') return { body: result.answer.body as T, replayed: true };
  if (result.kind === 'running' || result.kind === 'reused') throw claimProblem(result, now);
  try {
    const body = await work();
    await deps.db.inShop(shopId, (tx) => complete(tx, held, { status: 200, body }));
    return { body, replayed: false };
  } catch (error) {
    // Where the database is gone too, the lease gives the key back.
    await deps.db.inShop(shopId, (tx) => abandon(tx, held)).catch(() => {});
    throw error;
  }
}
