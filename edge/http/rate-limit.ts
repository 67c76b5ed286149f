import type { RateLimit } from '@cloudflare/workers-types';
import { count, type MetricsEnv } from './metrics.ts';
import { refuse } from './refuse.ts';
import { logFault, type RequestTrace } from './request-trace.ts';

/** The period of every limit in every wrangler.jsonc. Whoever waits as long has all of it again. */
export const LIMIT_PERIOD_SECONDS = 10;

/**
 * One counter that a request has to pass. Cloudflare counts in each of its locations for itself, and not exactly: it
 * holds off a flood, and is no account of anything.
 */
export interface Limit {
  readonly binding: RateLimit;
  /** Who is counted. Requests of one key share what the binding allows in a period. */
  readonly key: string;
  /** What is limited, and by what, for the metrics: never the key. */
  readonly profile: 'lookup' | 'pages' | 'operators' | 'spend' | 'read';
  readonly by: 'caller' | 'address';
}

/**
 * Counts a request against one limit after the other, and refuses it at the first that is used up: those after it do
 * not count it, so that one caller who is over his own limit leaves the rest of his address to his neighbours.
 * A limit that cannot be asked lets pass, with the metric `rate_limit_failed`: better a flood than a closed shop.
 *
 * @returns the 429 with its `Retry-After`, or null where the request may go on
 */
export async function refuseOverLimit(
  limits: readonly Limit[],
  env: MetricsEnv,
  trace: RequestTrace,
): Promise<Response | null> {
  for (const limit of limits) {
    try {
      if ((await limit.binding.limit({ key: limit.key })).success) continue;
    } catch (error) {
      logFault(trace, error);
      count(env, 'rate_limit_failed', labelsOf(limit, trace));
      continue;
    }
    count(env, 'rate_limited', labelsOf(limit, trace));
    const detail = `Too many requests. Try again in ${LIMIT_PERIOD_SECONDS} seconds.`;
    const headers = { 'retry-after': String(LIMIT_PERIOD_SECONDS) };
    return refuse(trace, 'rate_limited', detail, { headers });
  }
  return null;
}

function labelsOf({ profile, by }: Limit, { shopId }: RequestTrace): Record<string, string> {
  return { ...(shopId === null ? {} : { shopId }), profile, by };
}
