import type { D1Database } from '@cloudflare/workers-types';

/**
 * Says that KV has lost a host which D1 knows; the next scheduled run publishes it again. Called by a reader, which
 * never writes KV itself: it cannot know that its copy is the newest.
 */
export async function markForPublication(database: D1Database, host: string): Promise<void> {
  await database
    .prepare('update host_cache_state set cached_version = 0 where host = ?1')
    .bind(host)
    .run();
}
