/** The 409 inventory contract through the edge: what the node service says is what the client gets, to the byte. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';

const KEY = 'Zk3vQ9mX2pL7wR4tY8bN1c';
const ITEMS = [{ sku: 'tee', quantity: 2 }];

/** One call of every operation that may answer so, by its host. */
const CALLS: Readonly<Record<string, readonly [string, string, string, unknown]>> = {
  createCheckoutSession: ['aurora.localhost', 'POST', '/api/checkout-session', { items: ITEMS }],
  validateInventory: ['aurora.localhost', 'POST', '/api/inventory/validate', { items: ITEMS }],
  adjustStock: [
    'ops.localhost',
    'POST',
    '/ops/v1/shops/aurora/stock/adjustments',
    { variantKey: 'v1:tee', kind: 'correction', quantity: -1, reason: 'A test' },
  ],
  importStock: [
    'ops.localhost',
    'PUT',
    '/ops/v1/shops/aurora/stock/imports/import-1',
    { reason: 'A test', rows: [{ row: 1, variantKey: 'v1:tee', onHand: 1 }] },
  ],
};

type Conflict = { code: string; retryAfterMs?: number };
type Example = { value: Conflict };

/** The contract's own examples of a 409 with stock, by operation. */
function conflictsOf(name: 'public-v1' | 'ops-v1'): [string, Conflict][] {
  const bundle = readFileSync(
    new URL(import.meta.resolve(`@commerce/generated/${name}/openapi.json`)),
    'utf8',
  );
  const { paths, components } = JSON.parse(bundle);
  const followed = (node: { $ref?: string } | undefined, kind: string) =>
    node?.$ref === undefined ? node : components[kind][node.$ref.split('/').at(-1) ?? ''];
  return Object.values<object>(paths)
    .flatMap((path) => Object.values(path))
    .flatMap((operation): [string, Conflict][] => {
      const response = followed(operation?.responses?.['409'], 'responses');
      const content = response?.content?.['application/problem+json'];
      if (!content?.schema?.$ref?.endsWith('/StockConflict')) return [];
      const examples = Object.values<Example & { $ref?: string }>(content.examples);
      return examples
        .map((example) => followed(example, 'examples').value as Conflict & { reason?: string })
        .filter(({ reason }) => reason !== undefined)
        .map((value) => [operation.operationId, value]);
    });
}

const CONFLICTS = [...conflictsOf('public-v1'), ...conflictsOf('ops-v1')];

let edge: TestEdge;
beforeAll(async () => {
  edge = await startTestEdge();
  await edge.putHost('aurora.localhost', { shopId: 'aurora' });
});
afterAll(() => edge?.dispose());

test('every operation that may answer so is called here', () => {
  expect([...new Set(CONFLICTS.map(([operationId]) => operationId))].sort()).toEqual(
    Object.keys(CALLS).sort(),
  );
  expect(CONFLICTS).toHaveLength(4 * Object.keys(CALLS).length);
});

describe.each(CONFLICTS)('%s', (operationId, conflict) => {
  test(conflict.code, async () => {
    const [host, method, path, sent] = CALLS[operationId] ?? ['', '', '', null];
    const body = JSON.stringify(conflict);
    const retryAfter =
      conflict.retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.ceil(conflict.retryAfterMs / 1_000)) };
    edge.origin.answerWith(({ target }) =>
      /\/(stock|inventory|checkout-sessions)\b/.test(target)
        ? {
            status: 409,
            headers: { 'content-type': 'application/problem+json', ...retryAfter },
            body,
          }
        : undefined,
    );
    const answer = await edge.call(host, path, {
      method,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': KEY,
        authorization: `Bearer ${edge.operatorToken}`,
      },
      body: JSON.stringify(sent),
    });
    expect([answer.status, answer.text]).toEqual([409, body]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['retry-after']).toBe(retryAfter['retry-after']);
  });
});
