import { isContention, isDatabaseUnavailable, isUnstorableText } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import type { Answer } from './operation.ts';

/** What is known of a request as it goes along; its one log event and its metrics are made of it. */
export type Trace = {
  readonly requestId: string;
  shopId: string | undefined;
  operation: string;
  family: string;
  /** Which try of the same request the caller says this is, from 1. */
  attempt: number;
  /** `ok`, or the code of the problem. */
  outcome: string;
  /** What the client is not told. */
  cause: unknown;
};

const RETRY_AFTER_DATABASE_MS = 2_000;
const RETRY_AFTER_CONTENTION_MS = 1_000;

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseUnavailable(error)) {
    const detail = 'The service cannot reach its database. Nothing was left half done.';
    return new Problem(
      'service_unavailable',
      { detail },
      { cause: error, retryAfterMs: RETRY_AFTER_DATABASE_MS },
    );
  }
  if (isContention(error)) {
    const detail =
      'Others are changing the same things at this moment. Nothing was left half done.';
    return new Problem(
      'service_unavailable',
      { detail },
      { cause: error, retryAfterMs: RETRY_AFTER_CONTENTION_MS },
    );
  }
  if (isUnstorableText(error)) {
    const detail = 'A text of the request holds a character that cannot be stored.';
    return new Problem('malformed_request', { detail }, { cause: error });
  }
  return new Problem(
    'internal_error',
    { detail: 'Something went wrong. The request id finds it in the log.' },
    { cause: error },
  );
}

/** Any error as the answer to a client: its code and public text, and nothing of its cause. */
export function answerProblem(error: unknown, trace: Trace): Answer {
  const problem = toProblem(error);
  trace.outcome = problem.code;
  trace.cause = problem.cause;
  const body = problem.body(trace.requestId, trace.shopId);
  return {
    status: body.status,
    body,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...problem.headers,
    },
  };
}
