import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { wantsHtml } from '../http/media-type.ts';
import type { RawTarget } from '../http/raw-target.ts';
import { readBody } from '../http/read-body.ts';
import { refuse } from '../http/refuse.ts';
import { logFault, type RequestTrace } from '../http/request-trace.ts';
import { type FrontDoorEnv, originOf } from './bindings.ts';
import { closedPage } from './closed-page.ts';
import { type Decision, decide } from './decide.ts';
import { forwardedToShop } from './forward.ts';
import { lookupHost } from './mapping/lookup-host.ts';
import { withOrderCookie } from './order-cookie.ts';
import { isSafe, refuseForgery } from './refuse-forgery.ts';

const REDIRECT_MAX_AGE_SECONDS = 3600;
const RETRY_AFTER_SECONDS = '2';

type Afterwards = (work: Promise<unknown>) => void;

/** A request to any host that is not the platform's own: finds its shop, decides, and passes it on. */
export async function serveShop(
  request: Request,
  host: string | null,
  env: FrontDoorEnv,
  trace: RequestTrace,
  afterwards: Afterwards,
): Promise<Response> {
  const now = new Date();
  const found = await find(host, env, trace, afterwards, now);
  if (found instanceof Response) return found;
  if (found === null) return unknownHost(request, trace);
  trace.shopId = found.shopId;

  const decision = decide(request, found, now);
  trace.endpoint = decision.kind === 'api' ? decision.route.operationId : decision.kind;
  if (decision.kind === 'api' || decision.kind === 'pages') {
    return passOn(request, found, decision, env, trace, now);
  }
  return answer(request, found, decision, env, trace);
}

async function find(
  host: string | null,
  env: FrontDoorEnv,
  trace: RequestTrace,
  afterwards: Afterwards,
  now: Date,
): Promise<HostMapping | Response | null> {
  if (host === null) return null;
  const sources = { database: env.HOSTS_DB, cache: env.HOST_CACHE, afterwards };
  try {
    return await lookupHost(host, { ...sources, nowMs: now.getTime() });
  } catch (error) {
    logFault(trace, error);
    return refuse(trace, 'service_unavailable', 'The host could not be looked up just now.', {
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
    });
  }
}

async function unknownHost(request: Request, trace: RequestTrace): Promise<Response> {
  trace.endpoint = 'unknown_host';
  if (isSafe(request.method) && wantsHtml(request.headers.get('accept'))) {
    return withoutBodyForHead(request, await closedPage('unknown'));
  }
  const problem = refuse(trace, 'host_unknown', 'No shop is served at this host.');
  return withoutBodyForHead(request, problem);
}

/** What the front door answers by itself. */
async function answer(
  request: Request,
  mapping: HostMapping,
  decision: Exclude<Decision, { kind: 'api' | 'pages' }>,
  env: FrontDoorEnv,
  trace: RequestTrace,
): Promise<Response> {
  switch (decision.kind) {
    case 'redirect':
      return redirect(originOf(mapping.canonicalHost, env), decision.target);
    case 'closed':
      return withoutBodyForHead(request, await closedPage(decision.mode));
    case 'options':
      return new Response(null, { status: 204, headers: { allow: decision.allow.join(', ') } });
    case 'wrong_method':
      return refuse(trace, 'method_not_allowed', `${request.method} is not allowed here.`, {
        headers: { allow: decision.allow.join(', ') },
      });
    case 'not_trading':
      return refuse(trace, 'shop_not_trading', 'This shop sells nothing at the moment.');
    case 'not_found':
      return withoutBodyForHead(request, refuse(trace, 'not_found', 'There is no such route.'));
  }
}

/** The path and query go on as they came; the host is ours, so no path can lead elsewhere. */
function redirect(origin: string, { pathname, search }: RawTarget): Response {
  return new Response(null, {
    status: 301,
    headers: {
      location: `${origin}${pathname}${search}`,
      'cache-control': `max-age=${REDIRECT_MAX_AGE_SECONDS}`,
    },
  });
}

async function passOn(
  request: Request,
  mapping: HostMapping,
  decision: Extract<Decision, { kind: 'api' | 'pages' }>,
  env: FrontDoorEnv,
  trace: RequestTrace,
  now: Date,
): Promise<Response> {
  const body = await readBody(request);
  if (!body.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const { method, headers } = request;
  const hasBody = body.bytes.byteLength > 0;
  const forgery = refuseForgery({ method, headers, hasBody }, originOf(mapping.host, env));
  if (forgery !== null) return refuse(trace, forgery.code, forgery.detail);

  const outgoing = forwardedToShop(request, contextOf(mapping, env, trace), body.bytes);
  if (decision.kind === 'pages' || decision.route.answeredBy === 'storefront') {
    return withoutBodyForHead(request, await env.STOREFRONT.fetch(outgoing));
  }
  const answered = withoutBodyForHead(request, await env.GATEWAY.fetch(outgoing));
  return decision.route.operationId === 'createCheckoutSession'
    ? withOrderCookie(answered, now)
    : answered;
}

function contextOf(mapping: HostMapping, env: FrontDoorEnv, trace: RequestTrace): ShopContext {
  return {
    shopId: mapping.shopId,
    requestId: trace.requestId,
    environment: env.ENVIRONMENT,
    host: mapping.host,
    canonicalHost: mapping.canonicalHost,
    ...(mapping.runtimeId === undefined ? {} : { runtimeId: mapping.runtimeId }),
  };
}

function withoutBodyForHead(request: Request, response: Response): Response {
  return request.method === 'HEAD' ? new Response(null, response) : response;
}
