/** The house style that a linter cannot hold. Each rule prints every place that breaks it. Shops, Stripe and KV: guards.ts. */
import { basename } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { isCode, isTest, readSourceTree } from './source-tree.ts';

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 430;
const MAX_README_LINES = 100;

const files = readSourceTree();
const sources = files.filter(({ file }) => isCode(file));
const product = sources.filter(({ file }) => !isTest(file));

/** `file:line` of every match. This file names what it forbids, and is left out. */
function places(where: readonly { file: string; text: string }[], pattern: RegExp): string[] {
  return where
    .filter(({ file }) => file !== 'local/tidy.test.ts')
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
}

function longFunctions(file: string, text: string): string[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const first = tree.getLineAndCharacterOfPosition(node.getStart()).line;
      const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
      if (last - first + 1 > MAX_FUNCTION_LINES)
        found.push(`${file}:${first + 1}: ${last - first + 1} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

describe('no default shop and no guess', () => {
  test('a shop of the demo is named by the demo alone', () => {
    const allowed = /^(node-service\/src\/demo\/|local\/|load\/bench\/)/;
    const elsewhere = product.filter(
      ({ file }) => !allowed.test(file) && !file.startsWith('contracts/'),
    );
    expect(places(elsewhere, /['"`](aurora|borealis)(\.localhost)?['"`]/)).toEqual([]);
  });

  test('tenant tables are read inside a shop, never by the platform login', () => {
    const tables =
      'sales_order|order_line|order_fact|ledger_transfer|idempotency_claim|hold_line|stock|variant|product';
    const inside = product.filter(
      ({ file, text }) => file.startsWith('node-service/src/') && text.includes('asPlatform'),
    );
    const offending = inside.flatMap(({ file, text }) =>
      [
        ...text.matchAll(
          new RegExp(`asPlatform\\([^;]*?(from|into|update)\\s+(${tables})\\b`, 'gs'),
        ),
      ].map((match) => `${file}: ${match[2]}`),
    );
    expect(offending).toEqual([]);
  });
});

describe('one way in', () => {
  test('the node service reads its environment in config.ts alone', () => {
    const others = product.filter(
      ({ file }) => file.startsWith('node-service/src/') && file !== 'node-service/src/config.ts',
    );
    expect(places(others, /\bprocess\.env\b/)).toEqual([]);
  });

  test('no route is served at Date.now or Math.random of its own in the rules', () => {
    expect(
      places(
        product.filter(({ file }) => file.endsWith('.rules.ts')),
        /Date\.now\(|new Date\(\)|Math\.random\(/,
      ),
    ).toEqual([]);
  });
});

describe('small and clear', () => {
  test(`a function has ${MAX_FUNCTION_LINES} lines at most`, () => {
    expect(product.flatMap(({ file, text }) => longFunctions(file, text))).toEqual([]);
  });

  test(`a file has ${MAX_FILE_LINES} lines at most, a README ${MAX_README_LINES}`, () => {
    const limit = (file: string): number =>
      file.endsWith('README.md') ? MAX_README_LINES : MAX_FILE_LINES;
    const counted = files.filter(({ file }) => /\.(tsx?|mjs|sql)$|README\.md$/.test(file));
    const over = counted.filter(({ file, text }) => text.split('\n').length - 1 > limit(file));
    expect(over.map(({ file }) => file)).toEqual([]);
  });

  test('no file or folder is named for what it does not say', () => {
    const vague = /^(utils?|helpers?|common|misc|services?)$/;
    const named = sources.filter(({ file }) =>
      file.split('/').some((part) => vague.test(part.replace(/\.(test\.)?(ts|tsx|mjs)$/, ''))),
    );
    // A service is what `local/` starts, and the rig of its tests drives one.
    expect(named.map(({ file }) => file).filter((file) => basename(file) !== 'service.ts')).toEqual(
      [],
    );
  });

  test('nothing is left for later, skipped or silenced', () => {
    expect(
      places(sources, /\b(TODO|FIXME|HACK)\b|^\s*\/\/ @ts-(ignore|nocheck|expect-error)/),
    ).toEqual([]);
    expect(
      places(
        sources.filter(({ file }) => isTest(file)),
        /\b(it|test|describe)\.(only|todo|fails)\b/,
      ),
    ).toEqual([]);
  });
});
