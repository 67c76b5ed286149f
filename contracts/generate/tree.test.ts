import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareTrees, syncTree } from './tree.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tree-'));
});
afterEach(() => rm(root, { recursive: true }));

async function folder(name: string, files: Record<string, string>): Promise<string> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name, file)), { recursive: true });
    await writeFile(path.join(root, name, file), text);
  }
  return path.join(root, name);
}

test('names what is missing, what is too many, and where a file first differs', async () => {
  const have = await folder('have', { same: 'a', 'deep/old': 'x', changed: 'one\ntwo\n' });
  const want = await folder('want', { same: 'a', 'deep/new': 'y', changed: 'one\nthree\n' });
  expect(await compareTrees(have, want)).toEqual([
    { kind: 'changed', file: 'changed', lines: ['line 2', '- two', '- ', '+ three', '+ '] },
    { kind: 'missing', file: 'deep/new' },
    { kind: 'extra', file: 'deep/old' },
  ]);
});

test('makes one folder equal to another, and touches no file that is right', async () => {
  const have = await folder('have', { same: 'a', 'deep/old': 'x', changed: 'one' });
  const want = await folder('want', { same: 'a', 'deep/new': 'y', changed: 'two' });
  const before = await stat(path.join(have, 'same'));
  expect(await syncTree(have, want)).toHaveLength(3);
  expect(await compareTrees(have, want)).toEqual([]);
  expect((await stat(path.join(have, 'same'))).mtimeMs).toBe(before.mtimeMs);
  expect(await readFile(path.join(have, 'changed'), 'utf8')).toBe('two');
});

test('takes a folder that is not there for an empty one', async () => {
  const want = await folder('want', { 'a/b': 'c' });
  const target = path.join(root, 'nowhere');
  expect(await compareTrees(target, want)).toEqual([{ kind: 'missing', file: 'a/b' }]);
  await syncTree(target, want);
  expect(await compareTrees(target, want)).toEqual([]);
});
