import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ANALYTICS_MODULE, RATE_LIMIT_MODULE } from './edge-bindings.ts';
import { hostName } from './orders.ts';
import { startOrigin } from './origin.ts';
import { type RunningWorkerd, serveWorkerd } from './workerd.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMPATIBILITY_DATE = '2026-07-01';
/** Entries of one call that fills KV. */
const PAGE = 5_000;

/** Both sides, each in a workerd of its own, before one origin. */
export interface RunningWorkers {
  readonly frontDoor: RunningWorkerd & { readonly port: number };
  readonly proxy: RunningWorkerd & { readonly port: number };
  /** In the proxy's process, and never at the same time. */
  readonly copyingProxy: RunningWorkerd & { readonly port: number };
  /** How often D1 was read so far, in SQL statements. */
  databaseReads(): Promise<number>;
  cacheReads(): Promise<number>;
  stop(): Promise<void>;
}

/** @param hosts how many are mapped, in D1 and in KV, as the control plane leaves them */
export async function startWorkers(hosts: number): Promise<RunningWorkers> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-front-door-'));
  const running: { stop(): Promise<void> }[] = [
    { stop: () => rm(folder, { recursive: true, force: true }) },
  ];
  const stop = async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  };
  try {
    const origin = await startOrigin();
    running.push(origin);
    const stores = await startStores(folder);
    running.push(stores);
    await mapHosts(hosts, stores.ports);
    await writeConfigurations(folder, origin.port, stores.ports);
    const proxy = await serveWorkerd(join(folder, 'proxy.capnp'), ['proxy', 'copying-proxy']);
    running.push(proxy);
    const frontDoor = await serveWorkerd(join(folder, 'front-door.capnp'), ['front-door']);
    running.push(frontDoor);
    return {
      proxy: { ...proxy, port: proxy.ports.proxy ?? 0 },
      copyingProxy: { ...proxy, port: proxy.ports['copying-proxy'] ?? 0 },
      frontDoor: { ...frontDoor, port: frontDoor.ports['front-door'] ?? 0 },
      databaseReads: async () => (await ask(stores.ports.database, 'GET', '/reads')).reads,
      cacheReads: async () => (await ask(stores.ports.entries, 'GET', '/')).reads,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Bundled by the edge's own program, in a process of its own: this workspace imports nothing of the Workers. */
export async function bundle(entry: string, output: string): Promise<void> {
  const args = [join(ROOT, 'edge/bundle.ts'), join(ROOT, entry), output];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
}

/** KV and D1, in a process of their own: on Cloudflare neither's work is the Worker's, or on its machine. */
async function startStores(folder: string): Promise<RunningWorkerd> {
  await Promise.all([
    bundle('load/bench/front-door/key-value.worker.ts', join(folder, 'key-value.js')),
    bundle('load/bench/front-door/database.worker.ts', join(folder, 'database.js')),
    mkdir(join(folder, 'disk')),
  ]);
  await writeFile(join(folder, 'stores.capnp'), storesConfiguration(folder));
  return serveWorkerd(join(folder, 'stores.capnp'), ['key-value', 'entries', 'database']);
}

async function writeConfigurations(
  folder: string,
  originPort: number,
  stores: RunningWorkerd['ports'],
): Promise<void> {
  await Promise.all([
    bundle('edge/front-door/worker.ts', join(folder, 'front-door.js')),
    bundle('load/reference/hono-proxy.worker.ts', join(folder, 'proxy.js')),
    bundle('load/reference/hono-copying-proxy.worker.ts', join(folder, 'copying-proxy.js')),
    writeFile(join(folder, 'rate-limit.js'), RATE_LIMIT_MODULE),
    writeFile(join(folder, 'analytics.js'), ANALYTICS_MODULE),
  ]);
  await writeFile(join(folder, 'proxy.capnp'), proxyConfiguration(originPort));
  await writeFile(join(folder, 'front-door.capnp'), frontDoorConfiguration(originPort, stores));
}

/** The origin is bound as a service: neither side may have a hop, or a name to resolve, that the other has not. */
function proxyConfiguration(originPort: number): string {
  return configuration({
    services: [
      worker('proxy', ['(name = "ORIGIN", service = "origin")']),
      worker('copying-proxy', ['(name = "ORIGIN", service = "origin")']),
      external('origin', originPort),
    ],
    sockets: [socket('proxy', 'proxy'), socket('copying-proxy', 'copying-proxy')],
  });
}

function storesConfiguration(folder: string): string {
  return configuration({
    services: [
      worker('key-value', []),
      worker(
        'database',
        ['(name = "DATABASE", durableObjectNamespace = "Database")'],
        'durableObjectNamespaces = [(className = "Database", uniqueKey = "bench", enableSql = true)], ' +
          'durableObjectStorage = (localDisk = "disk")',
      ),
      `(name = "disk", disk = (path = "${folder}/disk", writable = true))`,
    ],
    sockets: [
      socket('key-value', 'key-value'),
      socket('entries', '(name = "key-value", entrypoint = "bench")'),
      socket('database', 'database'),
    ],
  });
}

function frontDoorConfiguration(originPort: number, stores: RunningWorkerd['ports']): string {
  const limit = (name: string, calls: number) =>
    `(name = "${name}", wrapped = (moduleName = "bench:rate-limit", innerBindings = ` +
    `[(name = "limit", json = "${calls}"), (name = "period", json = "10")]))`;
  return configuration({
    services: [
      worker('front-door', [
        '(name = "HOSTS_DB", wrapped = (moduleName = "cloudflare-internal:d1-api", ' +
          'innerBindings = [(name = "fetcher", service = "database")]))',
        '(name = "HOST_CACHE", kvNamespace = "key-value")',
        '(name = "GATEWAY", service = "origin")',
        '(name = "OPERATIONS", service = "origin")',
        '(name = "STOREFRONT", service = "origin")',
        '(name = "METRICS", wrapped = (moduleName = "bench:analytics"))',
        limit('LIMIT_LOOKUP', 200),
        limit('LIMIT_PAGES', 1_000),
        '(name = "ENVIRONMENT", text = "production")',
        '(name = "WEBHOOK_HOST", text = "hooks.example.com")',
        '(name = "CONTROL_HOST", text = "ops.example.com")',
        '(name = "PUBLIC_SCHEME", text = "https")',
        '(name = "PUBLIC_PORT", text = "")',
      ]),
      external('key-value', stores['key-value']),
      external('database', stores.database),
      external('origin', originPort),
    ],
    sockets: [socket('front-door', 'front-door')],
    modules: ['rate-limit', 'analytics'],
  });
}

interface Configuration {
  readonly services: readonly string[];
  readonly sockets: readonly string[];
  /** What bindings are made of, as `bench:NAME`. */
  readonly modules?: readonly string[];
}

function configuration({ services, sockets, modules = [] }: Configuration): string {
  const embedded = modules.map(
    (name) => `(name = "bench:${name}", internal = true, esModule = embed "${name}.js")`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')}
  ],
  sockets = [
    ${sockets.join(',\n    ')}
  ],
  extensions = [(modules = [
    ${embedded.join(',\n    ')}
  ])]
);
`;
}

function worker(name: string, bindings: readonly string[], more = ''): string {
  return `(name = "${name}", worker = (
      modules = [(name = "${name}.js", esModule = embed "${name}.js")],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      bindings = [${bindings.join(',\n        ')}]${more === '' ? '' : `,\n      ${more}`}
    ))`;
}

function external(name: string, port: number | undefined): string {
  return `(name = "${name}", external = (address = "127.0.0.1:${port}", http = ()))`;
}

function socket(name: string, service: string): string {
  const designator = service.startsWith('(') ? service : `"${service}"`;
  return `(name = "${name}", address = "127.0.0.1:0", http = (), service = ${designator})`;
}

/** As operators and the control plane have left them: all in D1, all in KV. */
async function mapHosts(hosts: number, ports: Readonly<Record<string, number>>): Promise<void> {
  const folder = join(ROOT, 'edge/front-door/migrations');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  for (const file of files) {
    await ask(ports.database, 'POST', '/query', [
      { sql: await readFile(join(folder, file), 'utf8') },
    ]);
  }
  await ask(ports.database, 'POST', '/query', [{ sql: INSERT_HOSTS, params: [hosts] }]);
  for (let from = 0; from < hosts; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, hosts - from) }, (_, at) =>
      mapping(from + at),
    );
    const entries = Object.fromEntries(page.map((one) => [`host:${one.host}`, one]));
    await ask(ports.entries, 'PUT', '/', entries);
  }
}

function mapping(index: number) {
  const host = hostName(index);
  return {
    host,
    shopId: `shop-${index}`,
    canonicalHost: host,
    kind: 'canonical',
    mode: 'active',
    defaultLocale: 'en',
    locales: ['en', 'de'],
    version: 1,
    updatedAt: '2026-11-01T09:00:00.000Z',
    updatedBy: 'bench',
  };
}

const INSERT_HOSTS = `
  with recursive shop(n) as (select 0 union all select n + 1 from shop where n + 1 < ?1)
  insert into host_mapping (host, shop_id, canonical_host, kind, mode, default_locale, locales,
                            version, updated_at, updated_by)
  select 'shop-' || n || '.example', 'shop-' || n, 'shop-' || n || '.example', 'canonical', 'active', 'en',
         '["en","de"]', 1, '2026-11-01T09:00:00.000Z', 'bench'
    from shop`;

function ask(
  port: number | undefined,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ reads: number }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { host: 'bench' } };
    const outgoing = request({ ...options, agent: false }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200) resolve(JSON.parse(answer));
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
