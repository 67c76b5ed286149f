import { WorkerEntrypoint } from 'cloudflare:workers';
import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { MetricName } from '../../http/metrics.ts';
import { isInMemory, lookupHost } from '../mapping/lookup-host.ts';

interface LookupEnv {
  readonly HOSTS_DB: D1Database;
  readonly HOST_CACHE: KVNamespace;
}

/**
 * The lookup alone, in workerd, with the real KV and D1, and with the time that the test says.
 *
 * `?host=` whom to look up, `?nowMs=` when; `?kv=down` for a KV that cannot be reached, `?kv=silent` for one that never
 * answers, `?kv=slow` for one that takes 300 ms. `?leave` answers without waiting for the lookup, and without
 * `waitUntil`: what a request leaves behind that was cut off.
 */
export class Lookup extends WorkerEntrypoint<LookupEnv> {
  async fetch(request: Request): Promise<Response> {
    const { env, ctx } = this;
    const query = new URL(request.url).searchParams;
    const host = query.get('host') ?? '';
    const nowMs = Number(query.get('nowMs'));
    const leaves = query.has('leave');
    const metrics: MetricName[] = [];
    const wasInMemory = isInMemory(host, nowMs);
    const lookup = lookupHost(host, {
      database: env.HOSTS_DB,
      cache: broken(env.HOST_CACHE, query.get('kv')),
      afterwards: leaves ? () => undefined : (work) => ctx.waitUntil(work),
      count: (name) => metrics.push(name),
      nowMs,
    });
    if (leaves) return Response.json({ left: true });
    try {
      const { mapping, source, d1Reads } = await lookup;
      return Response.json({ mapping, source, d1Reads, wasInMemory, metrics });
    } catch (error) {
      return Response.json({ error: String(error), metrics }, { status: 503 });
    }
  }
}

function broken(cache: KVNamespace, how: string | null): KVNamespace {
  if (how === null) return cache;
  const get = async (...args: Parameters<KVNamespace['get']>): Promise<unknown> => {
    if (how === 'down') throw new Error('KV is down');
    if (how === 'silent') return new Promise(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return cache.get(...args);
  };
  return { get } as unknown as KVNamespace;
}
