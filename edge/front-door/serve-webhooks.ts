import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { rawTarget } from '../http/raw-target.ts';
import { readBody } from '../http/read-body.ts';
import { refuse } from '../http/refuse.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import type { FrontDoorEnv } from './bindings.ts';
import { forwarded } from './forward.ts';
import { matchWebhookRoute } from './public-routes.ts';

/** The webhook host: two routes, the sender's bytes untouched, no shop yet, and nothing else at all. */
export async function serveWebhooks(
  request: Request,
  env: Pick<FrontDoorEnv, 'GATEWAY'>,
  trace: RequestTrace,
): Promise<Response> {
  const match = matchWebhookRoute(request.method, rawTarget(request.url).pathname);
  if (match.kind === 'unknown_path') {
    return refuse(trace, 'not_found', 'This host takes webhooks alone.');
  }
  if (match.kind === 'wrong_method') {
    const allow = match.allow.join(', ');
    if (request.method === 'OPTIONS')
      return new Response(null, { status: 204, headers: { allow } });
    return refuse(trace, 'method_not_allowed', `${request.method} is not allowed here.`, {
      headers: { allow },
    });
  }
  trace.endpoint = match.operationId;
  const body = await readBody(request);
  if (!body.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const said = { [REQUEST_ID_HEADER]: trace.requestId };
  return env.GATEWAY.fetch(forwarded(request, said, body.bytes));
}
