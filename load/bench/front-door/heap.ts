import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Side } from '../bench.ts';

/** In a process of its own, which can be told to collect its garbage before it is asked. */
export function heapGrowthMebibytes(hosts: number): Side {
  const program = fileURLToPath(new URL('distinct-hosts.ts', import.meta.url));
  return async () => {
    const args = ['--expose-gc', program, String(hosts)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout);
  };
}
