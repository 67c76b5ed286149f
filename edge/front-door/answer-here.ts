import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { wantsHtml } from '../http/media-type.ts';
import { refuse } from '../http/refuse.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import { type FrontDoorEnv, originOf } from './bindings.ts';
import { closedPage } from './closed-page.ts';
import type { Decision } from './decide.ts';
import { isSafe } from './refuse-forgery.ts';

const REDIRECT_MAX_AGE_SECONDS = 3600;

/** Decisions about a mapped host that the front door carries out by itself. */
export type OwnDecision = Exclude<Decision, { kind: 'api' | 'page' | 'file' | 'unknown_host' }>;

/** The answer to a decision that needs no Worker behind us. A HEAD's body is dropped later, for all answers alike. */
export async function answerHere(
  request: Request,
  mapping: HostMapping,
  decision: OwnDecision,
  env: Pick<FrontDoorEnv, 'PUBLIC_SCHEME' | 'PUBLIC_PORT'>,
  trace: RequestTrace,
): Promise<Response> {
  switch (decision.kind) {
    case 'canonical': {
      // The path and query go on as they came; the host is ours, so no path can lead elsewhere.
      const { pathname, search } = decision.target;
      return toCanonical(`${originOf(mapping.canonicalHost, env)}${pathname}${search}`);
    }
    case 'locale':
      return toLocale(decision.location);
    case 'closed':
      return closedPage(decision.mode);
    case 'mapping':
      return mappingInForce(mapping, decision.mode);
    case 'options':
    case 'wrong_method':
      return refuseMethod(request.method, decision, trace);
    case 'not_trading':
      return refuse(trace, 'shop_not_trading', 'This shop sells nothing at the moment.');
    case 'not_found':
      return refuse(trace, 'not_found', 'There is no such route.');
  }
}

/** For a host that nobody has mapped: a page for a person, a problem for a program. */
export async function unknownHost(request: Request, trace: RequestTrace): Promise<Response> {
  if (isSafe(request.method) && wantsHtml(request.headers.get('accept'))) {
    return closedPage('unknown');
  }
  return refuse(trace, 'host_unknown', 'No shop is served at this host.');
}

/** OPTIONS says which methods there are, and allows no other origin; any other method that is none of them is a 405. */
export function refuseMethod(
  method: string,
  { kind, allow }: { readonly kind: 'options' | 'wrong_method'; readonly allow: readonly string[] },
  trace: RequestTrace,
): Response {
  const headers = { allow: allow.join(', ') };
  if (kind === 'options') return new Response(null, { status: 204, headers });
  return refuse(trace, 'method_not_allowed', `${method} is not allowed here.`, { headers });
}

/** An hour at most, so that a host that is mapped otherwise is not gone from browsers for longer. */
function toCanonical(location: string): Response {
  const headers = { location, 'cache-control': `max-age=${REDIRECT_MAX_AGE_SECONDS}` };
  return new Response(null, { status: 301, headers });
}

/** Nobody may keep it: the next buyer has another language, and this one may choose another. */
function toLocale(location: string): Response {
  const headers = {
    location,
    vary: 'Accept-Language, Cookie',
    'cache-control': 'private, no-store',
  };
  return new Response(null, { status: 307, headers });
}

/** @param mode the one in force now, which is `expired` once the mapping has run out */
function mappingInForce(
  { host, shopId, canonicalHost, kind, version }: HostMapping,
  mode: HostMapping['mode'],
): Response {
  const body = { host, shopId, canonicalHost, kind, mode, version };
  return Response.json(body, { headers: { 'cache-control': 'no-store' } });
}
