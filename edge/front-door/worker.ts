import type { ExecutionContext } from '@cloudflare/workers-types';
import { acceptRequestId, REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import { setSecurityHeaders } from '../http/security-headers.ts';
import type { FrontDoorEnv } from './bindings.ts';
import { normaliseHost } from './host.rules.ts';
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
    const secured = new Response(response.body, response);
    setSecurityHeaders(secured.headers, env.PUBLIC_SCHEME);
    return secured;
  },
};

function route(
  request: Request,
  env: FrontDoorEnv,
  trace: RequestTrace,
  ctx: ExecutionContext,
): Promise<Response> {
  const host = normaliseHost(request.headers.get('host') ?? new URL(request.url).host);
  if (host === env.WEBHOOK_HOST) return serveWebhooks(request, env, trace);
  if (host === env.CONTROL_HOST) return serveOperators(request, env, trace);
  return serveShop(request, host, env, trace, (work) => ctx.waitUntil(work));
}
