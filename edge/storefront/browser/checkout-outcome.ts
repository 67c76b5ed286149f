import { type CallAnswer, temporary } from '@commerce/contracts/vocabulary/retry.ts';
import type { CheckoutSession } from '@commerce/generated/public-v1/client/types.gen.ts';

/** What a call to start a checkout came to. */
export type StartOutcome =
  | { kind: 'started'; session: CheckoutSession }
  /** The server has decided, and the same call would be answered the same again. */
  | { kind: 'refused'; problem: unknown }
  /** Nothing is decided, or the answer was lost: the same call, with the same key, is to be made again. */
  | { kind: 'unsettled'; problem: unknown };

/** @param answer what the generated client gives, after the last try */
export function startOutcome(
  answer: CallAnswer & { data?: CheckoutSession | undefined },
): StartOutcome {
  const { response, data, error } = answer;
  if (response?.status === 201 && data !== undefined) return { kind: 'started', session: data };
  return { kind: temporary(answer) === undefined ? 'refused' : 'unsettled', problem: error };
}
