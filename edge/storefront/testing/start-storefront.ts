import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { bundleWorker } from '../../bundle.ts';
import { SAMPLE_SHOPS } from './sample-shops.ts';

const CART_KEYS = JSON.stringify([{ keyId: 'test', secret: btoa('0123456789abcdef'.repeat(2)) }]);

export type TestStorefront = {
  /** Where it listens; a shop is named by the context's headers, as the front door does. */
  url: URL;
  /**
   * Calls the Worker for a shop, in the locale of the path; `headers` are added to the context's, and may replace
   * them.
   */
  fetch(path: string, init?: { shopId?: string } & RequestInit): Promise<Response>;
  /** What the Workers have logged so far, a line each. */
  logLines: string[];
  dispose(): Promise<void>;
};

/**
 * The storefront in workerd on a free port, with the sample shops behind its CATALOGUE binding.
 * @param vars replace the Worker's variables
 */
export async function startStorefront(vars: Record<string, string> = {}): Promise<TestStorefront> {
  const worker = async (name: string, entry: string) => ({
    name,
    modules: [
      {
        type: 'ESModule' as const,
        path: `${name}.js`,
        contents: await bundleWorker(fileURLToPath(new URL(entry, import.meta.url))),
      },
    ],
    compatibilityDate: '2026-07-01',
  });
  const logLines: string[] = [];
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const input of [stdout, stderr]) {
        createInterface({ input }).on('line', (line) => logLines.push(line));
      }
    },
    workers: [
      {
        ...(await worker('storefront', '../worker.ts')),
        bindings: {
          CART_KEYS,
          PAYMENT_UI: 'stand-in',
          STAND_IN_URL: 'http://127.0.0.1:12111',
          PUBLIC_SCHEME: 'http',
          PUBLIC_PORT: '8787',
          ...vars,
        },
        serviceBindings: { CATALOGUE: { name: 'catalogue', entrypoint: 'Catalogue' } },
      },
      await worker('catalogue', './catalogue-worker.ts'),
    ],
  });
  const url = await miniflare.ready;
  return {
    url,
    logLines,
    fetch: (path, { shopId = 'aurora', headers, ...init } = {}) =>
      fetch(new URL(path, url), {
        redirect: 'manual',
        ...init,
        headers: { ...contextHeaders(shopId, path), ...Object.fromEntries(new Headers(headers)) },
      }),
    dispose: () => miniflare.dispose(),
  };
}

/** The locales of a sample shop's host: its own, which is the default, and German. */
export function localesOf(shopId: string): [string, string] {
  return [SAMPLE_SHOPS[shopId]?.shop.locale ?? 'en-IE', 'de-DE'];
}

/**
 * What the front door sends with a request for this shop.
 * @param path whose first segment names the locale, where it is one
 */
export function contextHeaders(shopId: string, path = '/'): Record<string, string> {
  const locales = localesOf(shopId);
  const [, first = ''] = path.split(/[/?#]/);
  return {
    'x-shop-id': shopId,
    'x-request-id': 'test-request-0001',
    'x-shop-environment': 'local',
    'x-shop-host': `${shopId}.localhost`,
    'x-shop-canonical-host': `${shopId}.localhost`,
    'x-shop-locale': locales.find((locale) => locale === first) ?? locales[0],
    'x-shop-locales': locales.join(','),
    'x-shop-default-locale': locales[0],
    accept: 'text/html',
  };
}
