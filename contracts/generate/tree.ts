import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What it would take to turn one folder into another; `lines` are the first that differ. */
export type Difference =
  | { kind: 'missing' | 'extra'; file: string }
  | { kind: 'changed'; file: string; lines: string[] };

/** Compares two folders, file by file; a folder that is not there is an empty one. */
export async function compareTrees(actual: string, expected: string): Promise<Difference[]> {
  const [have, want] = await Promise.all([readTree(actual), readTree(expected)]);
  const files = [...new Set([...have.keys(), ...want.keys()])].sort();
  return files.flatMap((file): Difference[] => {
    const before = have.get(file);
    const after = want.get(file);
    if (before === after) return [];
    if (before === undefined) return [{ kind: 'missing', file }];
    if (after === undefined) return [{ kind: 'extra', file }];
    return [{ kind: 'changed', file, lines: firstDifference(before, after) }];
  });
}

/** Makes `target` equal to `source`, writing only what differs: whoever watches a file sees it change. */
export async function syncTree(target: string, source: string): Promise<Difference[]> {
  const differences = await compareTrees(target, source);
  for (const { kind, file } of differences) {
    const destination = path.join(target, file);
    if (kind === 'extra') await rm(destination);
    else {
      await mkdir(path.dirname(destination), { recursive: true });
      await writeFile(destination, await readFile(path.join(source, file)));
    }
  }
  return differences;
}

async function readTree(folder: string): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    tree.set(path.relative(folder, file).replaceAll('\\', '/'), await readFile(file, 'utf8'));
  }
  return tree;
}

function firstDifference(before: string, after: string): string[] {
  const have = before.split('\n');
  const want = after.split('\n');
  const at = have.findIndex((line, index) => line !== want[index]);
  const from = at === -1 ? have.length : at;
  return [
    `line ${from + 1}`,
    ...have.slice(from, from + 3).map((line) => `- ${line.slice(0, 200)}`),
    ...want.slice(from, from + 3).map((line) => `+ ${line.slice(0, 200)}`),
  ];
}
