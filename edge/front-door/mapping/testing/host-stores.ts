import { fileURLToPath } from 'node:url';
import type { D1Database, KVNamespace } from '@cloudflare/workers-types';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { Miniflare } from 'miniflare';
import { applyMigrations } from '../../../../local/d1-migrations.ts';
import { type CachedHost, cacheKeyOf } from '../host-cache.ts';
import type { MappingSettings } from '../mapping.rules.ts';
import type { MappingAuthor } from '../store-mapping.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** D1 and KV in workerd, reached from Node: for what a test must hold up, or make fail, between two calls. */
export interface HostStores {
  readonly database: D1Database;
  readonly cache: KVNamespace;
  /** What KV has of a host. */
  cached(host: string): Promise<CachedHost | null>;
  /** Forgets all hosts. */
  clear(): Promise<void>;
  dispose(): Promise<void>;
}

/** @param migrations the folder to apply; default: the front door's own */
export async function startHostStores(migrations: string = MIGRATIONS): Promise<HostStores> {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    modules: true,
    script: 'export default {}',
    d1Databases: { HOSTS_DB: 'hosts' },
    kvNamespaces: { HOST_CACHE: 'host-cache' },
  });
  const d1 = await miniflare.getD1Database('HOSTS_DB');
  await applyMigrations(d1, migrations);
  // Miniflare's types and the Workers' are of two releases; the objects are the same.
  const database = d1 as unknown as D1Database;
  const cache = (await miniflare.getKVNamespace('HOST_CACHE')) as unknown as KVNamespace;
  return {
    database,
    cache,
    cached: (host) => cache.get<CachedHost>(cacheKeyOf(host), 'json'),
    async clear() {
      await database.batch(
        ['host_mapping', 'host_mapping_audit', 'host_cache_state'].map((table) =>
          database.prepare(`delete from ${table}`),
        ),
      );
      const { keys } = await cache.list();
      await Promise.all(keys.map(({ name }) => cache.delete(name)));
    },
    dispose: () => miniflare.dispose(),
  };
}

export const AUTHOR: MappingAuthor = {
  operator: 'ida',
  reason: 'Because of a test',
  requestId: 'req-00000001',
};

/** A version of a mapping, as its write would store it. */
export function mappingAt(
  settings: Partial<MappingSettings> & { readonly host: string },
  version: number,
  updatedAt = '2026-11-23T12:00:00.000Z',
): HostMapping {
  return {
    shopId: 'aurora',
    canonicalHost: settings.host,
    kind: 'canonical',
    mode: 'active',
    defaultLocale: 'en',
    locales: ['en'],
    ...settings,
    version,
    updatedAt,
    updatedBy: AUTHOR.operator,
  };
}
