import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { OperationId } from '@commerce/generated/public-v1/operations.ts';
import { type RawTarget, rawTarget } from '../http/raw-target.ts';
import { chooseLocale, localeOfPath } from './locale.rules.ts';
import { modeAt } from './mapping/host-mapping.ts';
import {
  asReadBehindUs,
  hasDotSegment,
  isApiPath,
  isFilePath,
  matchPublicRoute,
  matchWebhookRoute,
  type PublicRoute,
  settles,
} from './public-routes.ts';
import { isSafe } from './refuse-forgery.ts';

/** Where the front door itself says which mapping is in force, on every mapped host and in every mode. */
export const MAPPING_PATH = '/.well-known/front-door';

/** What of a request is decided upon. `url` is absolute, with the target as it came. */
export interface DecidedRequest {
  readonly method: string;
  readonly url: string;
  /** `Cookie` and `Accept-Language` alone are read, and only where a locale has to be chosen. */
  readonly headers: { get(name: string): string | null };
}

/** What becomes of a request to a host that is a shop's, or nobody's. */
export type Decision =
  | { readonly kind: 'unknown_host' }
  /** 301: path and query go on to the canonical host as they came. */
  | { readonly kind: 'canonical'; readonly target: RawTarget }
  /** 307 within the host. `location` begins with `/` and a locale, so that no path can lead to another host. */
  | { readonly kind: 'locale'; readonly location: string }
  /** A page instead of the shop's own: it has not opened yet, or it is gone. */
  | { readonly kind: 'closed'; readonly mode: 'landing_only' | 'expired' }
  /** The front door's own answer at `MAPPING_PATH`. */
  | { readonly kind: 'mapping'; readonly mode: HostMapping['mode'] }
  | { readonly kind: 'api'; readonly route: PublicRoute }
  /** Pages, under the locale that their path names; and files, which have the default one. */
  | { readonly kind: 'page'; readonly locale: string }
  | { readonly kind: 'file'; readonly locale: string }
  | Answered;

type Answered =
  | { readonly kind: 'options'; readonly allow: readonly string[] }
  | { readonly kind: 'wrong_method'; readonly allow: readonly string[] }
  | { readonly kind: 'not_trading' }
  | { readonly kind: 'not_found' };

const READ_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const NOT_FOUND: Answered = { kind: 'not_found' };

/**
 * Decides about a request to a host that is not the platform's own: whether it is mapped at all, no dot segments, the
 * mapping's own address, then mode, the redirect to the canonical host, the allowlist of `/api`, the locale, and pages.
 * Pure.
 *
 * @param mapping of the host that the request was sent to; null where there is none
 */
export function decide(request: DecidedRequest, mapping: HostMapping | null, now: Date): Decision {
  if (mapping === null) return { kind: 'unknown_host' };
  const target = rawTarget(request.url);
  const path = asReadBehindUs(target.pathname);
  if (hasDotSegment(path)) return NOT_FOUND;
  const mode = modeAt(mapping, now);
  if (target.pathname === MAPPING_PATH) return toRead(request, { kind: 'mapping', mode });

  const isApi = isApiPath(path);
  // By the mapping's own mode: what never carried a cart does not begin to when it runs out.
  if (isApi && (mapping.mode === 'redirect_only' || mapping.kind === 'vanity')) return NOT_FOUND;
  if (!isApi && (mode === 'expired' || mode === 'landing_only')) {
    return isFilePath(target.pathname) ? NOT_FOUND : toRead(request, { kind: 'closed', mode });
  }
  if (mapping.host !== mapping.canonicalHost) {
    // What would lose its body on the way, or be done twice, is not sent on.
    return isSafe(request.method) ? { kind: 'canonical', target } : NOT_FOUND;
  }
  if (mode === 'redirect_only') return NOT_FOUND;
  if (isApi) return decideApi(request.method, target.pathname, mode);
  return toRead(request, decidePage(request, target, path, mapping));
}

/** The method decides last: a path that is not there is a 404 whatever is done to it. */
function toRead(request: DecidedRequest, decision: Decision): Decision {
  if (decision.kind === 'not_found') return decision;
  if (request.method === 'GET' || request.method === 'HEAD') return decision;
  return {
    kind: request.method === 'OPTIONS' ? 'options' : 'wrong_method',
    allow: READ_METHODS,
  };
}

function decideApi(method: string, pathname: string, mode: HostMapping['mode']): Decision {
  const match = matchPublicRoute(method, pathname);
  if (match.kind === 'unknown_path') return NOT_FOUND;
  if (match.kind === 'wrong_method') return refusedMethod(method, match.allow);
  if (mode !== 'active' && !settles(match.operationId)) return { kind: 'not_trading' };
  return { kind: 'api', route: match };
}

/** @param path the target's path, `asReadBehindUs` */
function decidePage(
  request: DecidedRequest,
  { pathname, search }: RawTarget,
  path: string,
  mapping: HostMapping,
): Decision {
  if (isFilePath(pathname)) return { kind: 'file', locale: mapping.defaultLocale };
  const found = localeOfPath(pathname, mapping.locales);
  if (found.kind === 'exact') {
    // The API has no languages: `/en/api/cart` must not be a way round what is decided about `/api/cart`.
    if (isApiPath(path.slice(found.locale.length + 1))) return NOT_FOUND;
    return { kind: 'page', locale: found.locale };
  }
  if (found.kind === 'misspelt') return { kind: 'locale', location: `${found.path}${search}` };
  const cookie = request.headers.get('cookie');
  const acceptLanguage = request.headers.get('accept-language');
  const locale = chooseLocale({ cookie, acceptLanguage }, mapping);
  return { kind: 'locale', location: `/${locale}${pathname}${search}` };
}

/** What becomes of a request to the webhook host: one of two routes, and nothing else. */
export type WebhookDecision =
  | { readonly kind: 'webhook'; readonly operationId: OperationId }
  | Exclude<Answered, { kind: 'not_trading' }>;

/** Decides about a request to the webhook host. Pure. */
export function decideWebhook(request: Pick<DecidedRequest, 'method' | 'url'>): WebhookDecision {
  const match = matchWebhookRoute(request.method, rawTarget(request.url).pathname);
  if (match.kind === 'unknown_path') return { kind: 'not_found' };
  if (match.kind === 'wrong_method') return refusedMethod(request.method, match.allow);
  return { kind: 'webhook', operationId: match.operationId };
}

function refusedMethod(
  method: string,
  allow: readonly string[],
): { readonly kind: 'options' | 'wrong_method'; readonly allow: readonly string[] } {
  return { kind: method === 'OPTIONS' ? 'options' : 'wrong_method', allow };
}
