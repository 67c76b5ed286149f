/** The schemas and the functions of the vocabulary say the same, word for word. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONTRACT_VERSION, isServed } from './contract-version.ts';
import * as ids from './ids.ts';
import {
  INVENTORY_REASONS,
  PROBLEM_CODES,
  PROBLEMS,
  type ProblemCode,
  problemType,
} from './problem.ts';
import { ENVIRONMENTS } from './shop-context.ts';
import { isVariantKeyV1 } from './variant-key.ts';
import variantKeys from './vectors/variant-key.json' with { type: 'json' };

const read = (file: string) => parse(readFileSync(path.join(import.meta.dirname, file), 'utf8'));
const schema = (name: string) => read(`schemas/${name}.yaml`);

test('the contract lists the problem codes, each once', () => {
  expect([...schema('ProblemCode').enum].sort()).toEqual([...PROBLEM_CODES].sort());
});

test('the contract lists the reasons of an inventory conflict', () => {
  expect([...schema('InventoryReason').enum].sort()).toEqual([...INVENTORY_REASONS].sort());
});

test('the contract lists the environments', () => {
  expect(schema('Environment').enum).toEqual(ENVIRONMENTS);
});

test.each([
  ['ShopId', ids.SHOP_ID_PATTERN],
  ['RequestId', ids.REQUEST_ID_PATTERN],
  ['IdempotencyKey', ids.IDEMPOTENCY_KEY_PATTERN],
  ['OrderId', ids.ORDER_ID_PATTERN],
  ['HoldId', ids.HOLD_ID_PATTERN],
  ['CartId', ids.CART_ID_PATTERN],
  ['ReturnId', ids.RETURN_ID_PATTERN],
])('%s has one form', (name, pattern) => {
  expect(schema(name).pattern).toBe(pattern.source);
  for (const example of schema(name).examples) expect(example).toMatch(pattern);
});

test('every variant key has the form of the schema', () => {
  const form = new RegExp(schema('VariantKey').pattern);
  for (const { key } of variantKeys.keys) expect(key).toMatch(form);
  for (const example of schema('VariantKey').examples) expect(isVariantKeyV1(example)).toBe(true);
});

test('node/v1 has the version that both sides state', () => {
  expect(read('../node/v1/openapi.yaml').info.version).toBe(CONTRACT_VERSION);
  expect(isServed(CONTRACT_VERSION)).toBe(true);
  expect(CONTRACT_VERSION).toMatch(new RegExp(schema('ContractVersion').pattern));
});

describe('the example of a problem', () => {
  const folder = path.join(import.meta.dirname, 'examples/problems');
  const examples = readdirSync(folder).map((file) => [file, read(`examples/problems/${file}`)]);

  test.each(examples)('%s has the type, title and status of its code', (_file, { value }) => {
    const code: ProblemCode = value.code;
    expect(PROBLEM_CODES).toContain(code);
    const { status, title } = PROBLEMS[code];
    expect(value).toMatchObject({ type: problemType(code), title, status });
  });

  test('is there for every code', () => {
    const shown = new Set(examples.map(([, { value }]) => value.code));
    expect(PROBLEM_CODES.filter((code) => !shown.has(code))).toEqual([]);
  });
});
