import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import {
  BASE_PATH,
  type Operation,
  type OperationId,
  operations,
} from '@commerce/generated/ops-v1/operations.ts';
import { rawTarget } from '../../http/raw-target.ts';
import { readBody } from '../../http/read-body.ts';
import { refuse } from '../../http/refuse.ts';
import { logFault, type RequestTrace } from '../../http/request-trace.ts';
import { routerFor } from '../../http/routes.ts';
import { type FrontDoorEnv, originOf } from '../bindings.ts';
import { forward } from '../forward.ts';
import { refuseForgery } from '../refuse-forgery.ts';
import { NodeRefusal, registryFor } from './ask-node.ts';
import type { HostCall } from './host-call.ts';
import { getHost, getHostHistory, listHosts } from './read-operations.ts';
import { deleteHost, putHost } from './write-operations.ts';

const route = routerFor(operations, BASE_PATH);

type EdgeOperationId = 'listHosts' | 'getHost' | 'putHost' | 'deleteHost' | 'getHostHistory';

const HANDLERS: Readonly<Record<EdgeOperationId, (call: HostCall) => Promise<Response>>> = {
  listHosts,
  getHost,
  putHost,
  deleteHost,
  getHostHistory,
};

const DATABASE_FAULT =
  'The database of hosts did not answer. Whether a write was stored is not known: read the host before you try again.';

/** The control host: the operators' contract and nothing else. What the edge does not answer goes to the node service. */
export async function serveOperators(
  request: Request,
  env: FrontDoorEnv,
  trace: RequestTrace,
): Promise<Response> {
  const match = route(request.method, rawTarget(request.url).pathname);
  if (match.kind === 'unknown_path') return refuse(trace, 'not_found', 'There is no such route.');
  if (match.kind === 'wrong_method') return refuseMethod(request, trace, match.allow);
  trace.endpoint = `ops.${match.operationId}`;

  const body = await readBody(request);
  if (!body.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const { method, headers } = request;
  const hasBody = body.bytes.byteLength > 0;
  const forgery = refuseForgery({ method, headers, hasBody }, originOf(env.CONTROL_HOST, env));
  if (forgery !== null) return refuse(trace, forgery.code, forgery.detail);
  if (!headers.has('authorization')) {
    return refuse(trace, 'unauthenticated', "An operator's bearer token is needed.", {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const { operationId, params } = match;
  const response = answersHere(operationId)
    ? await answerHere(operationId, request, env, trace, params, body.bytes)
    : await forward(env.OPERATIONS, request, { [REQUEST_ID_HEADER]: trace.requestId }, body.bytes);
  return method === 'HEAD' ? new Response(null, response) : response;
}

async function answerHere(
  operationId: EdgeOperationId,
  request: Request,
  env: FrontDoorEnv,
  trace: RequestTrace,
  params: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Response> {
  const registry = registryFor(request, env, trace);
  try {
    const operator = (await registry.operator()).subject;
    return await HANDLERS[operationId]({ request, env, trace, params, body, operator, registry });
  } catch (error) {
    if (error instanceof NodeRefusal) return error.response;
    if (!isDatabaseFault(error)) throw error;
    logFault(trace, error);
    return refuse(trace, 'service_unavailable', DATABASE_FAULT, {
      headers: { 'retry-after': '2' },
    });
  }
}

/** D1 has no class of errors; its messages begin so. */
function isDatabaseFault(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('D1_ERROR');
}

function answersHere(operationId: OperationId): operationId is EdgeOperationId {
  const { extensions }: Operation = operations[operationId];
  return extensions.answeredBy === 'edge';
}

function refuseMethod(request: Request, trace: RequestTrace, allow: readonly string[]): Response {
  const headers = { allow: allow.join(', ') };
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers });
  return refuse(trace, 'method_not_allowed', `${request.method} is not allowed here.`, { headers });
}
