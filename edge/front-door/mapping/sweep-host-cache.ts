import type { D1Database } from '@cloudflare/workers-types';
import { count } from '../../http/metrics.ts';
import { logFault, type RequestTrace } from '../../http/request-trace.ts';
import type { FrontDoorEnv } from '../bindings.ts';
import { publishMappings } from './publish-mapping.ts';

/** Hosts of one run, which may make 1,000 calls to D1 and KV together: one a host, and two a group. */
export const MAX_A_RUN = 500;
const GROUP = 50;

export interface Sweep {
  readonly due: number;
  readonly published: number;
  readonly failed: number;
}

/**
 * Run every minute by the cron trigger: publishes the hosts whose newest version the cache does not have (KV failed at
 * the write, the writer was killed, a reader found it missing), and those whose time has come (see publish-mapping.ts).
 * Rejects where D1 fails, so that the run counts as failed.
 */
export async function sweepHostCache(
  env: Pick<FrontDoorEnv, 'HOSTS_DB' | 'HOST_CACHE' | 'METRICS'>,
  now: Date = new Date(),
): Promise<Sweep> {
  const startedAtMs = Date.now();
  const trace: RequestTrace = {
    worker: 'front-door',
    requestId: crypto.randomUUID(),
    shopId: null,
    endpoint: 'sweep_host_cache',
  };
  const hosts = await readDue(env.HOSTS_DB, now);
  let published = 0;
  let failed = 0;
  for (let start = 0; start < hosts.length; start += GROUP) {
    const sources = { database: env.HOSTS_DB, cache: env.HOST_CACHE, now };
    const publication = await publishMappings(hosts.slice(start, start + GROUP), sources);
    published += publication.published.length;
    failed += publication.failed.length;
    for (const { host, error } of publication.failed) {
      count(env, 'mapping_publish_failed', { host });
      logFault(trace, error);
    }
  }
  const sweep = { due: hosts.length, published, failed };
  const { worker, requestId } = trace;
  const latencyMs = Date.now() - startedAtMs;
  console.log(
    JSON.stringify({ event: 'sweep_host_cache', worker, requestId, ...sweep, latencyMs }),
  );
  return sweep;
}

/** What the cache lacks comes first. Each part reads an index that holds nothing else. */
async function readDue(database: D1Database, now: Date): Promise<string[]> {
  const { results } = await database
    .prepare(
      `select host from host_cache_state where cached_version <> version
       union all
       select host from (
         select host from host_cache_state
          where due_at is not null and due_at <= ?1 and cached_version = version
          order by due_at)
       limit ?2`,
    )
    .bind(now.toISOString(), MAX_A_RUN)
    .all<{ host: string }>();
  return results.map(({ host }) => host);
}
