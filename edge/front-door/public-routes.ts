import {
  type Operation,
  type OperationId,
  operations,
} from '@commerce/generated/public-v1/operations.ts';
import { type RouteMatch, routerFor } from '../http/routes.ts';

/** An operation of the public contract that a shop's host serves, and who answers it. */
export interface PublicRoute {
  readonly operationId: OperationId;
  readonly answeredBy: 'gateway' | 'storefront';
}

export type PublicMatch =
  | ({ readonly kind: 'found' } & PublicRoute)
  | Exclude<RouteMatch<OperationId>, { kind: 'found' }>;

const all = Object.entries<Operation>(operations);
const webhooks = all.filter(([, operation]) => operation.extensions.family === 'webhooks');
const ofShops = all.filter(([, operation]) => operation.extensions.family !== 'webhooks');

const routeShop = routerFor(Object.fromEntries(ofShops) as Record<OperationId, Operation>);
const routeWebhook = routerFor(Object.fromEntries(webhooks) as Record<OperationId, Operation>);

/** Made once: an answer for each operation, so that a request makes none. */
const publicRoutes = new Map(
  ofShops.map(([id, { extensions }]) => {
    const operationId = id as OperationId;
    const answeredBy = extensions.answeredBy === 'storefront' ? 'storefront' : 'gateway';
    return [operationId, { kind: 'found', operationId, answeredBy }] as const;
  }),
);

/** The allowlist of `/api` on a shop's host: what the public contract has, less the webhooks. */
export function matchPublicRoute(method: string, pathname: string): PublicMatch {
  const match = routeShop(method, pathname);
  if (match.kind !== 'found') return match;
  return publicRoutes.get(match.operationId) ?? { kind: 'unknown_path' };
}

/** The webhook host's two operations, and nothing else. */
export const matchWebhookRoute = routeWebhook;

/** True for what a shop that sells nothing must still do: show, finish, cancel, give back. */
export function settles(operationId: OperationId): boolean {
  const { extensions }: Operation = operations[operationId];
  return extensions.settles === true;
}

/** Paths of a shop that are no pages, and so are the same in every language. A folder is meant with all that is in it. */
const FILES = new Set(['/robots.txt', '/sitemap.xml', '/favicon.ico']);
const FOLDERS = ['/.well-known', '/cms', '/assets'];

/** Whether a path is one that the storefront serves without a locale before it. Compared as sent. */
export function isFilePath(pathname: string): boolean {
  if (FILES.has(pathname)) return true;
  return FOLDERS.some(
    (folder) =>
      pathname.startsWith(folder) &&
      (pathname.length === folder.length || pathname[folder.length] === '/'),
  );
}

const API = /^\/+api(?:\/|$)/i;
const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;

/**
 * Whether a path lies in the API, in whatever way it is spelled: a Worker behind us may decode `/%61pi` or read
 * `//api` and `/\api` as `/api`, and none of these may pass as a page.
 *
 * @param path as `asReadBehindUs` gives it
 */
export function isApiPath(path: string): boolean {
  return API.test(path);
}

/**
 * Whether a path holds `.` or `..`, in whatever way it is spelled. Whoever makes a URL of it takes these away, and the
 * path that is left is another one than we have decided about.
 *
 * @param path as `asReadBehindUs` gives it
 */
export function hasDotSegment(path: string): boolean {
  return DOT_SEGMENT.test(path);
}

const REWRITTEN = /[%\\\t\n\r]/;
const DROPPED = /[\t\n\r]/g;
const ENCODED_ASCII = /%([0-7][0-9a-f])/gi;

/** A path percent-decoded; a URL parser also takes backslashes for slashes, and drops tabs and line ends. */
export function asReadBehindUs(pathname: string): string {
  // Most paths hold none of these, and this is asked of every request.
  if (!REWRITTEN.test(pathname)) return pathname;
  return pathname
    .replaceAll(DROPPED, '')
    .replaceAll(ENCODED_ASCII, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\\', '/');
}
