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

/** The allowlist of `/api` on a shop's host: what the public contract has, less the webhooks. */
export function matchPublicRoute(method: string, pathname: string): PublicMatch {
  const match = routeShop(method, pathname);
  if (match.kind !== 'found') return match;
  const { extensions }: Operation = operations[match.operationId];
  const answeredBy = extensions.answeredBy === 'storefront' ? 'storefront' : 'gateway';
  return { kind: 'found', operationId: match.operationId, answeredBy };
}

/** The webhook host's two operations, and nothing else. */
export const matchWebhookRoute = routeWebhook;

/** True for what a shop that sells nothing must still do: show, finish, cancel, give back. */
export function settles(operationId: OperationId): boolean {
  const { extensions }: Operation = operations[operationId];
  return extensions.settles === true;
}

/**
 * Whether a path lies in the API, in whatever way it is spelled: a Worker behind us may decode `/%61pi` or read
 * `//api` and `/\api` as `/api`, and none of these may pass as a page.
 */
export function isApiPath(pathname: string): boolean {
  return /^\/+api(?:\/|$)/i.test(asReadBehindUs(pathname));
}

/**
 * Whether a path holds `.` or `..`, in whatever way it is spelled. Whoever makes a URL of it takes these away, and the
 * path that is left is another one than we have decided about.
 */
export function hasDotSegment(pathname: string): boolean {
  return asReadBehindUs(pathname)
    .split('/')
    .some((segment) => segment === '.' || segment === '..');
}

/** Percent-decoded; a URL parser also takes backslashes for slashes, and drops tabs and line ends. */
function asReadBehindUs(pathname: string): string {
  return pathname
    .replaceAll(/[\t\n\r]/g, '')
    .replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replaceAll('\\', '/');
}
