/**
 * The service's own Koa app in a process of its own, with its own dependencies, of which the allocator may be another:
 * one that answers from memory, or one that opens a transaction for each request. Forked by over-http.ts; says its
 * port. Settings: BENCH_HTTP_HOST, the JSON of `HttpHostSettings`.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadModule } from '../platform-module.ts';
import type { HttpWay } from './http-orders.ts';
import { type Allocator, memoryAllocator, naiveAllocator } from './other-allocators.ts';

export type HttpHostSettings = {
  readonly way: HttpWay;
  readonly serviceEnv: Readonly<Record<string, string>>;
  readonly naiveConnections: number;
};

type Deps = {
  readonly allocator: Allocator;
  readonly db: { inShop(shopId: string, work: unknown): Promise<unknown> };
};
type ConfigModule = { readConfig(source: Readonly<Record<string, string>>): object };
type BuildDepsModule = { buildDeps(config: object, processName: string): Promise<Deps> };
type AppModule = { createApp(deps: Deps): Promise<{ callback(): RequestListener }> };

const settings = JSON.parse(process.env.BENCH_HTTP_HOST ?? '') as HttpHostSettings;
const { readConfig } = await loadModule<ConfigModule>('node-service/src/config.ts');
const { buildDeps } = await loadModule<BuildDepsModule>('node-service/src/build-deps.ts');
const { createApp } = await loadModule<AppModule>('node-service/src/app.ts');

const deps = await buildDeps(readConfig(settings.serviceEnv), 'bench');
const app = await createApp(settings.way === 'ours' ? deps : { ...deps, ...others() });
const server = createServer(app.callback());
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.on('disconnect', () => process.exit());
process.send?.({ ready: (server.address() as AddressInfo).port });

/** What a commit asks the database first, the payment, is answered from memory on these sides. */
function others(): Partial<Deps> {
  const { TENANT_DATABASE_URL = '' } = settings.serviceEnv;
  return {
    allocator:
      settings.way === 'memory'
        ? memoryAllocator()
        : naiveAllocator(TENANT_DATABASE_URL, settings.naiveConnections),
    db: { ...deps.db, inShop: async () => ({ fact: 'payment_succeeded:bench', isOrders: false }) },
  };
}
