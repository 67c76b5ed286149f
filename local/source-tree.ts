import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './entry-point.ts';

/** A file of the repository, by its path from the root. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** What git knows of the tree, committed or not, without what is generated. */
export function readSourceTree(): SourceText[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return [...new Set(listed.filter(Boolean))]
    .filter((file) => !file.startsWith('generated/') && file !== 'package-lock.json')
    .flatMap((file) => {
      try {
        return [{ file, text: readFileSync(join(ROOT, file), 'utf8') }];
      } catch {
        // Deleted, and not committed yet.
        return [];
      }
    });
}

export function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || file.includes('/testing/');
}

export function isCode(file: string): boolean {
  return /\.(ts|tsx|mjs|cjs)$/.test(file);
}
