import {
  type ShopContext,
  STOREFRONT_HEADERS,
  shopContextToHeaders,
} from '@commerce/contracts/vocabulary/shop-context.ts';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { count } from '../http/metrics.ts';
import { readBody } from '../http/read-body.ts';
import { refuse } from '../http/refuse.ts';
import { logFault, type RequestTrace } from '../http/request-trace.ts';
import { answerHere, unknownHost } from './answer-here.ts';
import { type FrontDoorEnv, originOf } from './bindings.ts';
import { type Decision, decide } from './decide.ts';
import { forward } from './forward.ts';
import { refuseLookup, refusePages } from './limits.ts';
import type { Lookup } from './mapping/host-directory.ts';
import { isInMemory, lookupHost, recallHost } from './mapping/lookup-host.ts';
import { withOrderCookie } from './order-cookie.ts';
import { isSafe, refuseForgery } from './refuse-forgery.ts';

const RETRY_AFTER_SECONDS = '2';

type Afterwards = (work: Promise<unknown>) => void;
type PassedOn = Extract<Decision, { kind: 'api' | 'page' | 'file' }>;

/** A request to any host that is not the platform's own: finds its shop, decides, and passes it on. */
export async function serveShop(
  request: Request,
  host: string | null,
  env: FrontDoorEnv,
  trace: RequestTrace,
  afterwards: Afterwards,
): Promise<Response> {
  const now = new Date();
  const nowMs = now.getTime();
  const mapping =
    host === null
      ? null
      : (recall(host, trace, nowMs) ?? (await find(request, host, env, trace, afterwards, nowMs)));
  if (mapping instanceof Response) return mapping;
  const decision = decide(request, mapping, now);
  trace.endpoint = decision.kind === 'api' ? decision.route.operationId : decision.kind;
  if (decision.kind === 'unknown_host' || mapping === null) return unknownHost(request, trace);
  trace.shopId = mapping.shopId;

  if (decision.kind === 'api' || decision.kind === 'page' || decision.kind === 'file') {
    return await passOn(request, mapping, decision, env, trace, now);
  }
  return answerHere(request, mapping, decision, env, trace);
}

/** Nearly every request's mapping: it waits for nothing, and no promise is made for it. */
function recall(host: string, trace: RequestTrace, nowMs: number): HostMapping | null {
  const lookup = recallHost(host, nowMs);
  return lookup === null ? null : noted(lookup, trace);
}

function noted({ mapping, source, d1Reads }: Lookup, trace: RequestTrace): HostMapping | null {
  trace.mappingSource = source;
  trace.d1Reads = d1Reads;
  return mapping;
}

async function find(
  request: Request,
  host: string,
  env: FrontDoorEnv,
  trace: RequestTrace,
  afterwards: Afterwards,
  nowMs: number,
): Promise<HostMapping | Response | null> {
  if (!isInMemory(host, nowMs)) {
    const refused = await refuseLookup(request, env, trace);
    if (refused !== null) return refused;
  }
  try {
    const lookup = await lookupHost(host, {
      database: env.HOSTS_DB,
      cache: env.HOST_CACHE,
      afterwards,
      count: (name, labels) => count(env, name, labels),
      nowMs,
    });
    return noted(lookup, trace);
  } catch (error) {
    logFault(trace, error);
    return refuse(trace, 'service_unavailable', 'The host could not be looked up just now.', {
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
    });
  }
}

/** Limits, then what another site could have made a browser send, then the Worker that answers. */
async function passOn(
  request: Request,
  mapping: HostMapping,
  decision: PassedOn,
  env: FrontDoorEnv,
  trace: RequestTrace,
  now: Date,
): Promise<Response> {
  const toStorefront = decision.kind !== 'api' || decision.route.answeredBy === 'storefront';
  const limited = toStorefront ? await refusePages(request, env, trace) : null;
  if (limited !== null) return limited;

  const body = isSafe(request.method) ? null : await readBody(request);
  if (body?.ok === false)
    return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const { method, headers } = request;
  const bytes = body?.bytes ?? null;
  const hasBody = bytes !== null && bytes.byteLength > 0;
  const forgery = refuseForgery({ method, headers, hasBody }, originOf(mapping.host, env));
  if (forgery !== null) return refuse(trace, forgery.code, forgery.detail);

  const context = shopContextToHeaders(contextOf(mapping, env, trace));
  if (toStorefront) {
    const locale = decision.kind === 'api' ? mapping.defaultLocale : decision.locale;
    const said = { ...context, ...storefrontHeaders(mapping, locale) };
    return await forward(env.STOREFRONT, request, said, bytes);
  }
  const answered = await forward(env.GATEWAY, request, context, bytes);
  return decision.kind === 'api' && decision.route.operationId === 'createCheckoutSession'
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

/** What the storefront needs of the mapping, and nobody else. */
function storefrontHeaders(mapping: HostMapping, locale: string): Record<string, string> {
  const { locales, defaultLocale, configurationId } = mapping;
  return {
    [STOREFRONT_HEADERS.locale]: locale,
    [STOREFRONT_HEADERS.locales]: locales.join(','),
    [STOREFRONT_HEADERS.defaultLocale]: defaultLocale,
    ...(configurationId === undefined
      ? {}
      : { [STOREFRONT_HEADERS.configurationId]: configurationId }),
  };
}
