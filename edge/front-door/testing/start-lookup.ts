import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { Miniflare } from 'miniflare';
import { applyMigrations } from '../../../local/d1-migrations.ts';
import { COMPATIBILITY_DATE } from '../../../local/edge.ts';
import { bundleWorker } from '../../bundle.ts';
import { cacheKeyOf } from '../mapping/host-cache.ts';
import type { MappingSource } from '../mapping/host-directory.ts';

export interface LookupAnswer {
  readonly mapping?: HostMapping | null;
  readonly source?: MappingSource;
  readonly d1Reads?: number;
  readonly wasInMemory?: boolean;
  readonly metrics: readonly string[];
  readonly error?: string;
}

export interface TestLookup {
  /** @param options as lookup-worker.ts says */
  lookup(host: string, nowMs: number, options?: string): Promise<LookupAnswer>;
  /** Stores a mapping in D1, and in KV unless it is told not to. */
  map(mapping: HostMapping, inCache?: boolean): Promise<void>;
  /** Whatever text KV has for a host. */
  putCached(host: string, value: string): Promise<void>;
  /** Makes every question to D1 fail, and undoes that. */
  breakDatabase(): Promise<void>;
  mendDatabase(): Promise<void>;
  /** Hosts that are to be published anew. */
  unpublished(): Promise<string[]>;
  dispose(): Promise<void>;
}

/** The lookup in workerd, in an isolate of its own, with KV and D1 on a free port. */
export async function startLookup(): Promise<TestLookup> {
  const entry = fileURLToPath(new URL('./lookup-worker.ts', import.meta.url));
  const miniflare = new Miniflare({
    name: 'lookup',
    host: '127.0.0.1',
    port: 0,
    cf: false,
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, entrypoint: 'Lookup' }],
    modules: [{ type: 'ESModule', path: 'lookup.js', contents: await bundleWorker(entry) }],
    compatibilityDate: COMPATIBILITY_DATE,
    d1Databases: { HOSTS_DB: 'hosts' },
    kvNamespaces: { HOST_CACHE: 'host-cache' },
  });
  const { port } = await miniflare.unsafeGetDirectURL('lookup', 'Lookup');
  const database = await miniflare.getD1Database('HOSTS_DB');
  const cache = await miniflare.getKVNamespace('HOST_CACHE');
  await applyMigrations(database, fileURLToPath(new URL('../migrations', import.meta.url)));
  const putCached = (host: string, value: string) => cache.put(cacheKeyOf(host), value);
  return {
    lookup: (host, nowMs, options = '') =>
      get(Number(port), `/?host=${host}&nowMs=${nowMs}&${options}`),
    putCached,
    map: async (mapping, inCache = true) => {
      await database.batch([
        database
          .prepare(
            `insert or replace into host_mapping (host, shop_id, canonical_host, kind, mode,
               default_locale, locales, version, updated_at, updated_by)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .bind(
            mapping.host,
            mapping.shopId,
            mapping.canonicalHost,
            mapping.kind,
            mapping.mode,
            mapping.defaultLocale,
            JSON.stringify(mapping.locales),
            mapping.version,
            mapping.updatedAt,
            mapping.updatedBy,
          ),
        database
          .prepare(
            `insert or replace into host_cache_state (host, version, cached_version)
             values (?1, ?2, ?2)`,
          )
          .bind(mapping.host, mapping.version),
      ]);
      if (inCache) await putCached(mapping.host, JSON.stringify(mapping));
    },
    breakDatabase: async () => {
      await database.prepare('alter table host_mapping rename to lost_mapping').run();
    },
    mendDatabase: async () => {
      await database.prepare('alter table lost_mapping rename to host_mapping').run();
    },
    unpublished: async () => {
      const { results } = await database
        .prepare('select host from host_cache_state where cached_version <> version')
        .all<{ host: string }>();
      return results.map(({ host }) => host);
    },
    dispose: () => miniflare.dispose(),
  };
}

/** A connection of its own for each, so that all of them are under way at once. */
function get(port: number, path: string): Promise<LookupAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      text(response).then((body) => resolve(JSON.parse(body) as LookupAnswer), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
