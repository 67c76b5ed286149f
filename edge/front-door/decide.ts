import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type RawTarget, rawTarget } from '../http/raw-target.ts';
import { modeAt } from './mapping/host-mapping.ts';
import {
  hasDotSegment,
  isApiPath,
  matchPublicRoute,
  type PublicRoute,
  settles,
} from './public-routes.ts';

/** What becomes of a request to a shop's host. */
export type Decision =
  | { readonly kind: 'redirect'; readonly target: RawTarget }
  /** A page instead of the shop's own: it has not opened yet, or it is gone. */
  | { readonly kind: 'closed'; readonly mode: 'landing_only' | 'expired' }
  | { readonly kind: 'api'; readonly route: PublicRoute }
  | { readonly kind: 'pages' }
  | { readonly kind: 'options'; readonly allow: readonly string[] }
  | { readonly kind: 'wrong_method'; readonly allow: readonly string[] }
  | { readonly kind: 'not_trading' }
  | { readonly kind: 'not_found' };

const PAGE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Decides about a request to a mapped host: no dot segments, then mode, then the redirect to the canonical host, then the allowlist
 * of `/api`, then pages. Pure: no header of the client is read but its host, which found the mapping.
 *
 * @param request `url` as it came, absolute
 */
export function decide(
  request: { readonly method: string; readonly url: string },
  mapping: HostMapping,
  now: Date,
): Decision {
  const target = rawTarget(request.url);
  if (hasDotSegment(target.pathname)) return { kind: 'not_found' };
  const mode = modeAt(mapping, now);
  const redirects = mapping.host !== mapping.canonicalHost;

  if (isApiPath(target.pathname)) {
    if (mode === 'redirect_only') return { kind: 'not_found' };
    if (redirects) return { kind: 'redirect', target };
    return decideApi(request.method, target.pathname, mode);
  }
  if (mode === 'expired' || mode === 'landing_only') return { kind: 'closed', mode };
  if (redirects) return { kind: 'redirect', target };
  if (request.method === 'OPTIONS') return { kind: 'options', allow: PAGE_METHODS };
  if (!PAGE_METHODS.includes(request.method)) return { kind: 'wrong_method', allow: PAGE_METHODS };
  return { kind: 'pages' };
}

function decideApi(method: string, pathname: string, mode: HostMapping['mode']): Decision {
  const match = matchPublicRoute(method, pathname);
  if (match.kind === 'unknown_path') return { kind: 'not_found' };
  if (match.kind === 'wrong_method') {
    return { kind: method === 'OPTIONS' ? 'options' : 'wrong_method', allow: match.allow };
  }
  const trades = !settles(match.operationId);
  if (mode !== 'active' && trades) return { kind: 'not_trading' };
  return { kind: 'api', route: match };
}
