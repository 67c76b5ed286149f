import { isJson } from '../http/media-type.ts';

export type BrowserRefusal =
  | { readonly code: 'origin_not_allowed'; readonly detail: string }
  | { readonly code: 'unsupported_media_type'; readonly detail: string };

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isSafe(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Decides whether an unsafe request may be another site's forgery. Shops under one umbrella domain are the same
 * site to a browser, so SameSite cookies protect nothing: the `Origin` decides, and the type that a plain form cannot
 * send. A request without a body needs no type when its Origin is our own, or when it brings no cookie to abuse.
 *
 * @param ownOrigin scheme, host and port of the host that is asked, as a browser writes it
 */
export function refuseForgery(
  request: { readonly method: string; readonly headers: Headers; readonly hasBody: boolean },
  ownOrigin: string,
): BrowserRefusal | null {
  if (isSafe(request.method)) return null;
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== ownOrigin) {
    return {
      code: 'origin_not_allowed',
      detail: `A request that changes something must come from ${ownOrigin} itself.`,
    };
  }
  const contentType = request.headers.get('content-type');
  const mayGoWithout = !request.hasBody && (origin !== null || !request.headers.has('cookie'));
  if (isJson(contentType) || (contentType === null && mayGoWithout)) return null;
  return {
    code: 'unsupported_media_type',
    detail: 'The body must be sent with Content-Type: application/json.',
  };
}
