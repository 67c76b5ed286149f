import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleWorker } from './bundle.ts';

const storefront = fileURLToPath(new URL('./storefront/worker.ts', import.meta.url));

describe('a Worker’s bundle', () => {
  it('is one module that imports nothing but what workerd has', async () => {
    const script = await bundleWorker(storefront);
    expect(script).toMatch(/export \{\s*\w+ as default\s*\}/);
    const imports = [...script.matchAll(/^(?:import|export) .* from ["'](.*)["']/gm)].map(
      ([, from]) => from,
    );
    expect(imports.filter((from) => !/^(?:node|cloudflare):/.test(from ?? ''))).toEqual([]);
  });

  it('gives its browser files addresses that change with their content alone', async () => {
    const addresses = (script: string) =>
      script.match(/\/assets\/[a-z]+\.[0-9a-f]{12}\.(?:js|css)/g);
    const first = addresses(await bundleWorker(storefront));
    expect(first).toHaveLength(5);
    expect(addresses(await bundleWorker(storefront))).toEqual(first);
  });

  it('names the file and the line of a fault', async () => {
    const missing = fileURLToPath(new URL('./storefront/no-such-worker.ts', import.meta.url));
    await expect(bundleWorker(missing)).rejects.toThrow('no-such-worker.ts');
  });
});
