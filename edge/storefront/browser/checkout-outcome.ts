import type { CheckoutSession } from '@commerce/generated/public-v1/client/types.gen.ts';
import { problemCode, retryAfterMs } from './problem-text.ts';

/** What a call to start a checkout came to. */
export type StartOutcome =
  | { kind: 'started'; session: CheckoutSession }
  /** The server has decided, and the same call would be answered the same again. */
  | { kind: 'refused'; problem: unknown }
  /** Nothing is decided, or the answer was lost: the same call, with the same key, is to be made again. */
  | { kind: 'unsettled'; problem: unknown; atLeastMs: number };

/**
 * @param answer `status` is absent where no answer arrived at all
 */
export function startOutcome(answer: {
  status: number | undefined;
  data: CheckoutSession | undefined;
  problem: unknown;
}): StartOutcome {
  const { status, data, problem } = answer;
  if (status === 201 && data !== undefined) return { kind: 'started', session: data };
  if (status === undefined || status >= 500 || status === 429 || isPassing(problem)) {
    return { kind: 'unsettled', problem, atLeastMs: retryAfterMs(problem) };
  }
  return { kind: 'refused', problem };
}

function isPassing(problem: unknown): boolean {
  const code = problemCode(problem);
  return code === 'inventory_busy' || code === 'idempotency_in_progress';
}
