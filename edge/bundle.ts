/**
 * Bundles a Worker into one ES module, the same way for local mode, tests and deployment.
 *
 * From code:      `const script = await bundleWorker('/path/to/edge/storefront/worker.ts')`
 * From a shell:   `node edge/bundle.ts edge/storefront/worker.ts dist/storefront.js`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import { browserAssets } from './browser-assets.ts';

/**
 * @param entryPath the Worker's entry module, absolute or relative to the working directory
 * @returns the bundle's text: an ES module for workerd, whose only imports left are `cloudflare:*` and `node:*`
 * @throws esbuild's BuildFailure, which names the file and the line
 */
export async function bundleWorker(entryPath: string): Promise<string> {
  const result = await build({
    entryPoints: [resolve(entryPath)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    external: ['cloudflare:*', 'node:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    plugins: [browserAssets()],
    logLevel: 'silent',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${entryPath}`);
  return output.text;
}

if (import.meta.main) {
  const [entryPath, outputPath] = process.argv.slice(2);
  if (entryPath === undefined || outputPath === undefined) {
    console.error('usage: node edge/bundle.ts <worker entry> <output file>');
    process.exit(2);
  }
  try {
    const script = await bundleWorker(entryPath);
    await mkdir(dirname(resolve(outputPath)), { recursive: true });
    await writeFile(outputPath, script);
  } catch (error) {
    // esbuild's message is for people; the stack would be of esbuild.
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
