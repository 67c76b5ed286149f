import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { count } from '../../http/metrics.ts';
import { logFault, type RequestTrace } from '../../http/request-trace.ts';
import type { FrontDoorEnv } from '../bindings.ts';
import { learnMapping } from './lookup-host.ts';
import { publishMappings } from './publish-mapping.ts';

/** An operator does not wait longer than this for KV; the sweep does what is left. */
const PATIENCE_MS = 5_000;

/**
 * Tells this isolate and KV what a write has made of a host; null for unmapped. Never rejects: D1 is the truth, so a
 * write stands whatever KV says. That KV did not take it is counted, and the next sweep puts it right.
 */
export async function announceMapping(
  host: string,
  mapping: HostMapping | null,
  env: Pick<FrontDoorEnv, 'HOSTS_DB' | 'HOST_CACHE' | 'METRICS'>,
  trace: RequestTrace,
): Promise<void> {
  const now = new Date();
  learnMapping(host, mapping, now.getTime());
  const sources = { database: env.HOSTS_DB, cache: env.HOST_CACHE, now };
  try {
    const { failed } = await withinPatience(publishMappings([host], sources));
    for (const { error } of failed) throw error;
  } catch (error) {
    const shop = mapping === null ? {} : { shopId: mapping.shopId };
    count(env, 'mapping_publish_failed', { host, ...shop });
    logFault(trace, error);
  }
}

async function withinPatience<Value>(work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`KV and D1 took more than ${PATIENCE_MS} ms.`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
