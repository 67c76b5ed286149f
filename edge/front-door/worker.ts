import type { ExecutionContext } from '@cloudflare/workers-types';
import { acceptRequestId, REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import { setSecurityHeaders, stripInternalAnswerHeaders } from '../http/security-headers.ts';
import type { FrontDoorEnv } from './bindings.ts';
import { hostOwner } from './host.rules.ts';
import { refuseOperators } from './limits.ts';
import { sweepHostCache } from './mapping/sweep-host-cache.ts';
import { serveOperators } from './operators/serve-operators.ts';
import { serveShop } from './serve-shop.ts';
import { serveWebhooks } from './serve-webhooks.ts';

/** The universal entry: every request of every host comes in here, and is told its shop, or is told that there is none. */
export default {
  async fetch(request: Request, env: FrontDoorEnv, ctx: ExecutionContext): Promise<Response> {
    const trace: RequestTrace = {
      worker: 'front-door',
      requestId: acceptRequestId(request.headers.get(REQUEST_ID_HEADER), () => crypto.randomUUID()),
      shopId: null,
      endpoint: 'unknown',
    };
    const response = await traced(trace, () => route(request, env, trace, ctx));
    return outgoing(request, response, env.PUBLIC_SCHEME);
  },

  /** The cron trigger, every minute. */
  scheduled: (_event: unknown, env: FrontDoorEnv) => sweepHostCache(env),
};

function route(
  request: Request,
  env: FrontDoorEnv,
  trace: RequestTrace,
  ctx: ExecutionContext,
): Promise<Response> {
  const authority = request.headers.get('host') ?? new URL(request.url).host;
  const owner = hostOwner(authority, env);
  switch (owner.kind) {
    case 'webhooks':
      return serveWebhooks(request, env, trace);
    case 'operators':
      return operators(request, env, trace);
    case 'shops':
      return serveShop(request, owner.host, env, trace, (work) => ctx.waitUntil(work));
  }
}

async function operators(
  request: Request,
  env: FrontDoorEnv,
  trace: RequestTrace,
): Promise<Response> {
  return (await refuseOperators(request, env, trace)) ?? serveOperators(request, env, trace);
}

/**
 * An answer as it leaves the platform, whoever made it: nothing internal, the security headers, no body to a HEAD.
 * One copy for all of that, since what came through a binding cannot be changed.
 */
function outgoing(request: Request, response: Response, scheme: string): Response {
  const body = request.method === 'HEAD' ? null : response.body;
  const copy = new Response(body, response);
  stripInternalAnswerHeaders(copy.headers);
  setSecurityHeaders(copy.headers, scheme);
  return copy;
}
