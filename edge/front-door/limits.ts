import { addressKey } from '../http/client-address.rules.ts';
import { wantsHtml } from '../http/media-type.ts';
import { LIMIT_PERIOD_SECONDS, type Limit, refuseOverLimit } from '../http/rate-limit.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import type { FrontDoorEnv } from './bindings.ts';
import { closedPage } from './closed-page.ts';
import { isSafe } from './refuse-forgery.ts';

type LimitsEnv = Pick<FrontDoorEnv, 'LIMIT_LOOKUP' | 'LIMIT_PAGES' | 'METRICS' | 'ENVIRONMENT'>;

/** By address, before KV and D1 are asked for a host that is not in memory: whoever scans for hosts asks for many. */
export function refuseLookup(
  request: Request,
  env: LimitsEnv,
  trace: RequestTrace,
): Promise<Response | null> {
  return refuse(request, env.LIMIT_LOOKUP, 'lookup', env, trace);
}

/** By address, for what the storefront answers: pages, and the cart. */
export function refusePages(
  request: Request,
  env: LimitsEnv,
  trace: RequestTrace,
): Promise<Response | null> {
  return refuse(request, env.LIMIT_PAGES, 'pages', env, trace);
}

/** By address, for the control host: every call there asks the node service whose token it brings. */
export function refuseOperators(
  request: Request,
  env: LimitsEnv,
  trace: RequestTrace,
): Promise<Response | null> {
  return refuse(request, env.LIMIT_PAGES, 'operators', env, trace);
}

async function refuse(
  request: Request,
  binding: Limit['binding'],
  profile: Limit['profile'],
  env: LimitsEnv,
  trace: RequestTrace,
): Promise<Response | null> {
  const address = addressKey(request.headers, env.ENVIRONMENT);
  if (address === null) return null;
  const key = `${profile} ${address}`;
  const problem = await refuseOverLimit([{ binding, key, profile, by: 'address' }], env, trace);
  if (problem === null) return null;
  const isForAPerson = isSafe(request.method) && wantsHtml(request.headers.get('accept'));
  return isForAPerson ? pageThatComesBack() : problem;
}

/** A person who looks at a page gets it by waiting: the browser asks again by itself. */
async function pageThatComesBack(): Promise<Response> {
  const page = await closedPage('too_many');
  page.headers.set('retry-after', String(LIMIT_PERIOD_SECONDS));
  page.headers.set('refresh', String(LIMIT_PERIOD_SECONDS));
  return page;
}
