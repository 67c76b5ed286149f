import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import { refuse } from '../../http/refuse.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import type { FrontDoorEnv } from '../bindings.ts';
import { normaliseHost } from '../host.rules.ts';
import type { Registry } from './ask-node.ts';

/** One call of an operator to an operation that the edge answers. */
export interface HostCall {
  readonly request: Request;
  readonly env: FrontDoorEnv;
  readonly trace: RequestTrace;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The subject of the operator's verified token. */
  readonly operator: string;
  readonly registry: Registry;
}

export function answer(body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { headers: { 'cache-control': 'no-store', ...headers } });
}

export function refuseQuery(trace: RequestTrace, errors: ProblemPlace[]): Response {
  return refuse(trace, 'malformed_request', 'The query does not match the contract.', { errors });
}

/** No such host; and where it was only spelled as hosts are not kept, how they are. */
export function refuseUnknownHost(trace: RequestTrace, host: string, what: string): Response {
  const normal = normaliseHost(host);
  const hint = normal === null || normal === host ? '' : ` Hosts are kept as "${normal}" is.`;
  return refuse(trace, 'host_unknown', `"${host}" ${what}.${hint}`);
}
