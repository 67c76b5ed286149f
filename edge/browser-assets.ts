import { createHash } from 'node:crypto';
import { basename, dirname, extname, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/**
 * An esbuild plugin: `import { asset as checkout } from './browser/checkout.ts?asset'` bundles and minifies that module for the
 * browser, and gives a `BrowserAsset` (see asset.d.ts) whose path carries the hash of its bytes. So the file's
 * address changes with its content, and it may be cached for ever. Works for `.ts`, `.tsx` and `.css`.
 */
export function browserAssets(): Plugin {
  return {
    name: 'browser-assets',
    setup(host) {
      host.onResolve({ filter: /\?asset$/ }, (found) => ({
        path: resolve(dirname(found.importer), found.path.replace(/\?asset$/, '')),
        namespace: 'browser-asset',
      }));
      host.onLoad({ filter: /.*/, namespace: 'browser-asset' }, async (found) => {
        const asset = await bundleAsset(found.path);
        return { contents: `export const asset = ${JSON.stringify(asset)}`, loader: 'js' };
      });
    },
  };
}

async function bundleAsset(
  entryPath: string,
): Promise<{ path: string; contentType: string; body: string }> {
  const result = await build({
    entryPoints: [entryPath],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022', 'chrome109', 'safari16', 'firefox115'],
    logLevel: 'silent',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${entryPath}`);
  const kind = extname(entryPath) === '.css' ? 'css' : 'js';
  const hash = createHash('sha256').update(output.contents).digest('hex').slice(0, 12);
  const name = basename(entryPath, extname(entryPath));
  return {
    path: `/assets/${name}.${hash}.${kind}`,
    contentType: CONTENT_TYPES[kind] ?? '',
    body: output.text,
  };
}
