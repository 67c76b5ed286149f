import {
  type ProblemCode,
  type ProblemPlace,
  problem,
  problemResponse,
} from '@commerce/contracts/vocabulary/problem.ts';
import type { RequestTrace } from './request-trace.ts';

/** The problems that a Worker itself can find; the inventory reasons are the node service's alone. */
export type EdgeProblemCode = Exclude<
  ProblemCode,
  'inventory_insufficient' | 'inventory_busy' | 'inventory_unknown_variant' | 'hold_expired'
>;

export interface RefusalExtras {
  readonly errors?: ProblemPlace[];
  /** `Allow` of a 405, `Retry-After` of a 429 or 503, `WWW-Authenticate` of a 401. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem response for this request: its id, and its shop where that is known. */
export function refuse(
  trace: Pick<RequestTrace, 'requestId' | 'shopId'>,
  code: EdgeProblemCode,
  detail: string,
  { errors, headers }: RefusalExtras = {},
): Response {
  const body = problem(code, {
    detail,
    requestId: trace.requestId,
    ...(trace.shopId === null ? {} : { shopId: trace.shopId }),
    ...(errors === undefined ? {} : { errors }),
  });
  return problemResponse(body, headers);
}
