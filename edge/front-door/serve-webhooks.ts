import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { readBody } from '../http/read-body.ts';
import { refuse } from '../http/refuse.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import { refuseMethod } from './answer-here.ts';
import type { FrontDoorEnv } from './bindings.ts';
import { decideWebhook } from './decide.ts';
import { forward } from './forward.ts';

/** The webhook host: two routes, the sender's bytes untouched, no shop yet, and nothing else at all. */
export async function serveWebhooks(
  request: Request,
  env: Pick<FrontDoorEnv, 'GATEWAY'>,
  trace: RequestTrace,
): Promise<Response> {
  const decision = decideWebhook(request);
  if (decision.kind === 'not_found') {
    return refuse(trace, 'not_found', 'This host takes webhooks alone.');
  }
  if (decision.kind !== 'webhook') return refuseMethod(request.method, decision, trace);
  trace.endpoint = decision.operationId;
  const body = await readBody(request);
  if (!body.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const said = { [REQUEST_ID_HEADER]: trace.requestId };
  return forward(env.GATEWAY, request, said, body.bytes);
}
