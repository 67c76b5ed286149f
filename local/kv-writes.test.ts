import { beforeAll, describe, expect, test } from 'vitest';
import { edgeModules, KV_WRITER, kvWrites, workersProgram } from './kv-writes.ts';

/** TypeScript reads all of the edge and of Cloudflare's types. */
const TIMEOUT_MS = 180_000;

const HEAD = `import type { KVNamespace } from '@cloudflare/workers-types';
interface Env { readonly HOST_CACHE: KVNamespace; readonly ORDERS: KVNamespace }
declare const env: Env;
declare const kv: KVNamespace;
declare const other: any;
`;

const BREAKS = [
  "await env.HOST_CACHE.put('order:1', '{}');",
  "await env.ORDERS.delete('order:1');",
  "await env.HOST_CACHE['put']('a', 'b');",
  'const orders = env.HOST_CACHE; orders.put("a", "b");',
  'const { HOST_CACHE: orders } = env; void orders.put("a", "b");',
  'const { put } = kv;',
  'const { put: keep } = env.HOST_CACHE;',
  'const { HOST_CACHE: { put } } = env;',
  'const { ...all } = kv;',
  'let put: unknown; ({ put } = kv);',
  'function keep({ put }: KVNamespace) { return put; }',
  'const keep = kv.put.bind(kv);',
  "void kv?.put('a', 'b');",
  "void (kv as KVNamespace).put('a', 'b');",
  "for (const name of ['put', 'get'] as const) void kv[name];",
  "const all = { orders: kv }; void all.orders.put('a', 'b');",
  "function keep<T extends KVNamespace>(store: T) { return store.put('a', 'b'); }",
  "function keep(store: Pick<KVNamespace, 'put'>) { return store.put('a', 'b'); }",
  "type Writer = KVNamespace['put']; const store: { put: Writer } = kv; void store.put('a', 'b');",
  "interface Store { put(key: string, value: string): Promise<void> } function keep(store: Store) { return store.put('a', 'b'); }",
  "type Store = { delete: (key: string) => Promise<void> }; function drop(store: Store) { return store.delete('a'); }",
  "void other.HOST_CACHE.put('a', 'b');",
  "void other['put']('a', 'b');",
  'const anything: any = kv;',
  'const anything = kv as unknown;',
  'const anything: unknown = env.HOST_CACHE;',
  "Reflect.get(kv, 'put');",
  'JSON.stringify(kv);',
];

const HOLDS = [
  "const mapping = await env.HOST_CACHE.get('host:a', 'json');",
  "const names = await env.HOST_CACHE.list({ prefix: 'host:' });",
  'const { get } = kv;',
  "const known = new Map<string, string>(); known.delete('a');",
  "const headers = new Headers(); headers.delete('a');",
  "class Lru { delete(key: string) { return key; } } new Lru().delete('a');",
  'function read(cache: KVNamespace) { return cache.get("a"); } void read(env.HOST_CACHE);',
  'const sources = { cache: env.HOST_CACHE };',
  "import { Hono } from 'hono'; new Hono().put('/', (c) => c.text('')).delete('/', (c) => c.text(''));",
];

/** In the place of the one that may write. */
const WRITER = `import type { KVNamespace } from '@cloudflare/workers-types';
import { type CachedHost, cacheKeyOf } from './host-cache.ts';
declare const cached: CachedHost;
declare const order: { host: string };
declare const cache: KVNamespace;
`;
const WRITER_BREAKS = [
  "await cache.put('order:1', JSON.stringify(cached));",
  'await cache.put(cacheKeyOf(order.host), JSON.stringify(order));',
  "await cache.put(cacheKeyOf('a'), 'b');",
  "await cache.delete('order:1');",
  'const { put } = cache;',
  'const keep = cache.put.bind(cache);',
];
const WRITER_HOLDS = [
  'await cache.put(cacheKeyOf(cached.host), JSON.stringify(cached), { expirationTtl: 60 });',
  'await cache.delete(cacheKeyOf(cached.host));',
];

const seeds = new Map<string, string>();
const place = (kind: string, index: number): string => `edge/seeded/${kind}-${index}.ts`;
for (const [kind, lines] of [
  ['breaks', BREAKS],
  ['holds', HOLDS],
] as const) {
  for (const [index, line] of lines.entries()) {
    seeds.set(place(kind, index), `${HEAD}${line}\nexport {};\n`);
  }
}

let program: ReturnType<typeof workersProgram>;
beforeAll(() => {
  program = workersProgram(seeds);
}, TIMEOUT_MS);

describe('a write to KV', () => {
  test.each(BREAKS.map((line, index) => [line, index] as const))(
    'is found: %s',
    (_, index) => {
      expect(kvWrites(program, [place('breaks', index)])).not.toEqual([]);
    },
    TIMEOUT_MS,
  );

  test.each(HOLDS.map((line, index) => [line, index] as const))(
    'is not: %s',
    (_, index) => {
      expect(kvWrites(program, [place('holds', index)])).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'is in one module of the Workers, and writes a mapping there',
    () => {
      const modules = edgeModules(program).filter((file) => !seeds.has(file));
      expect(modules).toContain(KV_WRITER);
      expect(kvWrites(program, modules)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'is found in that module too, where it writes anything else',
    () => {
      const lines = [...WRITER_BREAKS, ...WRITER_HOLDS];
      const text = `${WRITER}${lines.join('\n')}\n`;
      const seeded = workersProgram(new Map([[KV_WRITER, text]]));
      const first = WRITER.split('\n').length;
      expect(kvWrites(seeded, [KV_WRITER])).toEqual(
        WRITER_BREAKS.map((line, index) => `${KV_WRITER}:${first + index}: ${line}`),
      );
    },
    TIMEOUT_MS,
  );
});

test('no Worker has a Stripe SDK among what it is made of', () => {
  const modules = program.getSourceFiles().map(({ fileName }) => fileName);
  expect(modules.some((file) => file.includes('/node_modules/hono/'))).toBe(true);
  expect(modules.filter((file) => /\/node_modules\/(@stripe\/|stripe\/)/.test(file))).toEqual([]);
});
