/** What `npm run generate` wrote works where it has to, and says what the contracts say. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONTRACTS, GENERATED } from './contracts.ts';
import { follow, type OpenApi, operationsOf } from './openapi.ts';

type Table = Record<string, { method: string; path: string; idempotent: boolean }>;
type Bodies = Record<string, (body: unknown) => { path: string; message: string }[] | null>;
type Example = { value: unknown };

describe.each(CONTRACTS)('$name', ({ name }) => {
  const folder = path.join(GENERATED, name);
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  const document: OpenApi = JSON.parse(read('openapi.json'));
  const operations = operationsOf(document);
  const withBody = operations.filter(({ requestBody }) => requestBody?.content['application/json']);

  test('has a row for every operation', async () => {
    const table: { operations: Table } = await import(path.join(folder, 'operations.ts'));
    expect(Object.entries(table.operations).map(([id, row]) => [id, row.method, row.path])).toEqual(
      operations.map((operation) => [
        operation.operationId,
        operation.method.toUpperCase(),
        operation.path,
      ]),
    );
  });

  test('has a client function for every operation', async () => {
    const sdk: object = await import(path.join(folder, 'client/sdk.gen.ts'));
    expect(Object.keys(sdk).sort()).toEqual(
      operations.map(({ operationId }) => operationId).sort(),
    );
  });

  test('validates bodies without making code at run time', () => {
    const code = read('request-bodies.js');
    expect(code.match(/\brequire\(|\bimport\b|new Function|\beval\(/g)).toBeNull();
  });

  test('has a validator for every JSON body, and each takes its own examples', async () => {
    const { requestBodies }: { requestBodies: Bodies } = await import(
      path.join(folder, 'request-bodies.js')
    );
    expect(Object.keys(requestBodies)).toEqual(withBody.map(({ operationId }) => operationId));
    for (const { operationId, requestBody } of withBody) {
      const media = requestBody?.content['application/json'] as { examples?: object } | undefined;
      const examples: (Example | { $ref: string })[] = Object.values(media?.examples ?? {});
      for (const example of examples) {
        const { value } = follow<Example>(document, example);
        expect(requestBodies[operationId]?.(value), operationId).toBeNull();
      }
      for (const wrong of [null, [], 'text', 1]) {
        expect(requestBodies[operationId]?.(wrong), operationId).not.toBeNull();
      }
    }
  });
});

test('the client runs as it is, with a fetch that is handed to it', async () => {
  const { createClient } = await import('../../generated/public-v1/client/client/index.ts');
  const { getAvailability } = await import('../../generated/public-v1/client/sdk.gen.ts');
  const asked: string[] = [];
  const client = createClient({
    baseUrl: 'https://aurora.example',
    fetch: async (input) => {
      asked.push(new Request(input).url);
      return Response.json({ items: [], asOf: '2026-01-01T00:00:00Z' });
    },
  });
  const { data } = await getAvailability({
    client,
    query: { variantKey: ['v1:tee?color=red&size=m', 'v1:mug'] },
  });
  expect(data?.items).toEqual([]);
  expect(asked).toEqual([
    'https://aurora.example/api/inventory/availability?variantKey=v1%3Atee%3Fcolor%3Dred%26size%3Dm&variantKey=v1%3Amug',
  ]);
});

test('a validator says where a body is wrong, as a problem does', async () => {
  const { requestBodies } = await import('../../generated/node-v1/request-bodies.js');
  const wrong = { items: [{ sku: 'tee', quantity: 0, colour: 'red' }] };
  expect(requestBodies.validateInventory(wrong)).toEqual([
    { path: '/body/items/0/colour', message: 'must NOT have additional properties' },
  ]);
});
