import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { WorkerName } from './workers.ts';

/** Of a Worker's bundle, in bytes. */
export interface BundleSize {
  readonly raw: number;
  readonly gzip: number;
}

const KIB = 1024;

/**
 * What a bundle may weigh. Cloudflare takes 10 MiB after gzip; these are about half as much again as a Worker needs, so
 * that a library which came in by accident is seen: every byte is parsed when an isolate starts, while a buyer waits.
 */
export const SIZE_LIMITS: Readonly<Record<WorkerName, BundleSize>> = {
  gateway: { raw: 350 * KIB, gzip: 60 * KIB },
  storefront: { raw: 650 * KIB, gzip: 140 * KIB },
  'front-door': { raw: 200 * KIB, gzip: 50 * KIB },
};

/**
 * The modules in a folder that wrangler has put a bundle into, without its source maps and its README.
 * @throws Error where there is no module: an empty folder is no small bundle
 */
export async function measureBundle(folder: string): Promise<BundleSize> {
  const names = (await readdir(folder)).filter((name) => /\.(m?js|wasm|txt|bin)$/.test(name));
  if (names.length === 0) throw new Error(`wrangler has put no module into ${folder}`);
  const modules = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const zipped = await Promise.all(modules.map((bytes) => promisify(gzip)(bytes)));
  return { raw: total(modules), gzip: total(zipped) };
}

function total(files: readonly Buffer[]): number {
  return files.reduce((sum, bytes) => sum + bytes.length, 0);
}

export function isOverLimit(worker: WorkerName, size: BundleSize): boolean {
  return size.raw > SIZE_LIMITS[worker].raw || size.gzip > SIZE_LIMITS[worker].gzip;
}

/** A table to read, in KiB. */
export function sizeTable(sizes: ReadonlyMap<WorkerName, BundleSize>): string {
  const row = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(12) : cell.padStart(8))).join('');
  const lines = [...sizes].map(([worker, size]) => {
    const limit = SIZE_LIMITS[worker];
    const cells = [worker, ...[size.raw, limit.raw, size.gzip, limit.gzip].map(kib)];
    return row(cells) + (isOverLimit(worker, size) ? '  over its limit' : '');
  });
  return [row(['KiB', 'raw', 'limit', 'gzip', 'limit']), ...lines]
    .map((line) => `  ${line}`)
    .join('\n');
}

function kib(bytes: number): string {
  return (bytes / KIB).toFixed(1);
}
