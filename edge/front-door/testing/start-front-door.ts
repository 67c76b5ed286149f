import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { Miniflare } from 'miniflare';
import { applyMigrations } from '../../../local/d1-migrations.ts';
import { COMPATIBILITY_DATE } from '../../../local/edge.ts';
import { freePort } from '../../../local/free-port.ts';
import { bundleWorker } from '../../bundle.ts';
import { cacheKeyOf } from '../mapping/host-cache.ts';
import { PLATFORM } from './vectors.ts';

/** What a binding of the front door got. */
export interface Received {
  readonly binding: 'GATEWAY' | 'OPERATIONS' | 'STOREFRONT';
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** What the binding got that answered; null where the front door answered by itself. */
  readonly received: Received | null;
}

/** The front door alone, in workerd, on a port of its own. */
export interface RunningDoor {
  /** Target, host and header values go over the wire as UTF-8, byte for byte. */
  call(
    method: string,
    host: string,
    target: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<DoorAnswer>;
  dispose(): Promise<void>;
}

/**
 * A Worker at the other end of each binding. It answers with what it was sent, in a header, so that HEAD tells too,
 * and with words that the front door must not let out.
 */
const RECORDER = `
export default {
  async fetch(request, env) {
    const { method, url } = request;
    const headers = Object.fromEntries(request.headers);
    const received = { binding: env.BINDING, method, url, headers, body: await request.text() };
    return new Response('an answer', {
      headers: {
        received: encodeURIComponent(JSON.stringify(received)),
        'x-request-id': headers['x-request-id'] ?? '',
        'x-shop-id': 'books', 'x-shop-anything': 'x', 'x-contract-version': '1.0.0', 'x-cart-id': 'c',
        'x-forwarded-host': 'node', server: 'koa', 'x-powered-by': 'node',
        etag: '"kept"', vary: 'Accept', 'content-type': 'text/plain',
      },
    });
  },
};`;

const BINDINGS = ['GATEWAY', 'OPERATIONS', 'STOREFRONT'] as const;
const limit = (namespace_id: string) =>
  ({ namespace_id, simple: { limit: 1_000_000, period: 10 } }) as const;

/** @param mappings put into KV, where the control plane would have put them */
export async function startFrontDoor(mappings: readonly HostMapping[]): Promise<RunningDoor> {
  const port = await freePort();
  const script = await bundleWorker(fileURLToPath(new URL('../worker.ts', import.meta.url)));
  const worker = (name: string, contents: string) => ({
    name,
    modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents }],
    compatibilityDate: COMPATIBILITY_DATE,
  });
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    handleRuntimeStdio: () => undefined,
    workers: [
      {
        ...worker('front-door', script),
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
        d1Databases: { HOSTS_DB: 'hosts' },
        kvNamespaces: { HOST_CACHE: 'host-cache' },
        ratelimits: { LIMIT_LOOKUP: limit('1'), LIMIT_PAGES: limit('2') },
        serviceBindings: Object.fromEntries(BINDINGS.map((name) => [name, name.toLowerCase()])),
        bindings: { ...PLATFORM, ENVIRONMENT: 'local', PUBLIC_SCHEME: 'https', PUBLIC_PORT: '' },
      },
      ...BINDINGS.map((name) => ({
        ...worker(name.toLowerCase(), RECORDER),
        bindings: { BINDING: name },
      })),
    ],
  });
  await miniflare.ready;
  const database = await miniflare.getD1Database('HOSTS_DB', 'front-door');
  await applyMigrations(database, fileURLToPath(new URL('../migrations', import.meta.url)));
  const cache = await miniflare.getKVNamespace('HOST_CACHE', 'front-door');
  for (const one of mappings) await cache.put(cacheKeyOf(one.host), JSON.stringify(one));
  return {
    call: (method, host, target, headers) => send(port, method, host, target, headers),
    dispose: () => miniflare.dispose(),
  };
}

function send(
  port: number,
  method: string,
  host: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<DoorAnswer> {
  const raw = (value: string): string => Buffer.from(value).toString('latin1');
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: raw(target),
        headers: { host: raw(host), ...headers },
        agent: false,
      },
      (response) => {
        text(response).then((body) => {
          const headers = asUtf8(response.headers);
          const received = receivedOf(headers);
          resolve({ status: response.statusCode ?? 0, headers, text: body, received });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Node reads a header's bytes as Latin-1. */
function asUtf8(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const decoded = Object.entries(headers).map(([name, value]) => {
    return [name, typeof value === 'string' ? Buffer.from(value, 'latin1').toString() : value];
  });
  return Object.fromEntries(decoded);
}

function receivedOf({ received }: NodeJS.Dict<string | string[]>): Received | null {
  return typeof received === 'string'
    ? (JSON.parse(decodeURIComponent(received)) as Received)
    : null;
}
