import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  examplesOf,
  faultsOf,
  type Json,
  openObjects,
  operationsOf,
  placesOf,
  readBundle,
  schemasOf,
  validatorOf,
} from './bundles.ts';
import { PROBLEM_CODES, PROBLEM_STATUS, PROBLEMS, problemType } from './vocabulary/problem.ts';

const INVENTORY_EXAMPLES = ['insufficient', 'busy', 'unknown-variant', 'hold-expired'];
const KEYED = {
  'public-v1': [
    'createCheckoutSession',
    'finalizeCheckoutSession',
    'cancelCheckoutSession',
    'createReturn',
    'handOverRental',
    'settleRental',
    'createSubscription',
    'changeSubscription',
    'cancelSubscription',
  ],
  'ops-v1': ['adjustStock'],
};
const CONTRACTS: Record<string, { folder: string; keyed: string[] }> = {
  'public-v1': { folder: 'public/v1', keyed: KEYED['public-v1'] },
  'node-v1': {
    folder: 'node/v1',
    keyed: [...KEYED['public-v1'], 'createHold', 'extendHold', 'commitHold', 'releaseHold'],
  },
  'ops-v1': { folder: 'ops/v1', keyed: KEYED['ops-v1'] },
};

describe.each(Object.entries(CONTRACTS))('%s', (name, { folder, keyed }) => {
  const document = readBundle(name);
  const operations = operationsOf(document);
  const responses = operations.flatMap((operation) =>
    Object.entries(operation.responses).map(([status, response]) => ({
      at: `${operation.operationId} ${status}`,
      operation,
      status: Number(status),
      response,
    })),
  );
  const errors = responses.filter(({ status }) => status >= 400);
  const validator = validatorOf(document);

  test('keeps each operation in a file of its name', () => {
    const sources = path.join(import.meta.dirname, folder, 'operations');
    const files = readdirSync(sources).sort();
    expect(operations.map(({ operationId }) => `${operationId}.yaml`).sort()).toEqual(files);
    for (const { operationId } of operations) {
      const source = readFileSync(path.join(sources, `${operationId}.yaml`), 'utf8');
      expect(source).toMatch(new RegExp(`^operationId: ${operationId}$`, 'm'));
    }
  });

  test('gives every answer with a body a valid example', () => {
    const bodies = responses.filter(({ status }) => status !== 204 && status !== 304);
    expect(bodies.flatMap(({ at, response }) => faultsOf(validator, at, response.content))).toEqual(
      [],
    );
  });

  test('gives every request body a valid example', () => {
    const bodies = operations.filter(({ requestBody }) => requestBody !== undefined);
    expect(
      bodies.flatMap((operation) =>
        faultsOf(validator, operation.operationId, operation.requestBody?.content),
      ),
    ).toEqual([]);
  });

  test('closes every request body', () => {
    const open = operations
      .filter((operation) => operation['x-family'] !== 'webhooks')
      .flatMap(({ operationId, requestBody }) =>
        Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
          openObjects(document, schema).map((place) => `${operationId} ${place}`),
        ),
      );
    expect(open).toEqual([]);
  });

  test('answers every error as a problem with a request id', () => {
    for (const { at, response } of errors) {
      expect(Object.keys(response.content ?? {}), at).toEqual(['application/problem+json']);
    }
    for (const { at, response } of responses) {
      expect(response.headers['X-Request-Id'], at).toMatchObject({ required: true });
    }
  });

  test('gives examples of problems the status, title and type of their code', () => {
    for (const { at, status, response } of errors) {
      for (const [key, { value }] of examplesOf(response)) {
        const { code, title, type, ...rest } = value as { code: keyof typeof PROBLEMS } & Json;
        expect({ title, type, status: rest.status }, `${at} ${key}`).toEqual({
          title: PROBLEMS[code].title,
          type: problemType(code),
          status,
        });
        expect(PROBLEM_STATUS[code], `${at} ${key}`).toBe(status);
      }
    }
  });

  test('says when to come back, and which methods there are', () => {
    for (const { at, status, response } of errors) {
      const codes = examplesOf(response).map(([, { value }]) => (value as Json).code);
      if (status === 405) expect(response.headers, at).toHaveProperty('Allow');
      if (status === 429 || status === 503) {
        expect(response.headers['Retry-After'], at).toMatchObject({ required: true });
      }
      if (codes.includes('inventory_busy') || codes.includes('idempotency_in_progress')) {
        expect(response.headers, at).toHaveProperty('Retry-After');
      }
    }
  });

  test('has an example of each inventory conflict wherever there can be one', () => {
    for (const { at, response } of errors) {
      const schema = response.content?.['application/problem+json']?.schema.$ref;
      const keys = examplesOf(response).map(([key]) => key);
      if (schema === '#/components/schemas/StockConflict') {
        expect(keys, at).toEqual(expect.arrayContaining(INVENTORY_EXAMPLES));
      } else {
        expect(keys.filter((key) => INVENTORY_EXAMPLES.includes(key))).toEqual([]);
      }
    }
  });

  test('asks for an idempotency key exactly where money or stock can move', () => {
    const asked = operations.filter(({ parameters }) =>
      parameters.some((parameter) => parameter.name === 'Idempotency-Key'),
    );
    expect(asked.map(({ operationId }) => operationId).sort()).toEqual([...keyed].sort());
    for (const { parameters, responses: answers, operationId } of asked) {
      const key = parameters.find((parameter) => parameter.name === 'Idempotency-Key');
      expect(key?.required, operationId).toBe(true);
      const success = Object.entries(answers).find(([status]) => status.startsWith('2'));
      expect(success?.[1].headers, operationId).toHaveProperty('Idempotency-Replayed');
      const codes = ['400', '409', '422'].flatMap((status) =>
        examplesOf(answers[status]).map(([, { value }]) => (value as Json).code),
      );
      expect(codes, operationId).toEqual(
        expect.arrayContaining([
          'idempotency_key_required',
          'idempotency_in_progress',
          'idempotency_key_reused',
        ]),
      );
    }
  });

  test('names the problem codes that the vocabulary names', () => {
    const { ProblemCode } = schemasOf(document);
    expect([...((ProblemCode?.enum ?? []) as string[])].sort()).toEqual([...PROBLEM_CODES].sort());
  });

  test('counts in integers: no 64-bit format, and no fraction but the older worker’s amount', () => {
    const places = placesOf(document).filter(
      ([, node]) => node.format === 'int64' || node.format === 'float' || node.format === 'double',
    );
    expect(places.map(([place]) => place)).toEqual([]);
    const fractions = placesOf(document).filter(([, node]) =>
      [node.type].flat().includes('number'),
    );
    const allowed = [
      'LegacyReconciliation/properties/amountTotal',
      'Normalization/properties/received',
    ];
    for (const [place] of fractions) {
      expect(allowed).toContain(place.replace('#/components/schemas/', ''));
    }
  });

  test('has one name for each component', () => {
    const names = Object.values((document.components ?? {}) as Record<string, Json>).flatMap(
      (components) => Object.keys(components),
    );
    expect(names.filter((component) => /[^v]\d+$/.test(component))).toEqual([]);
  });
});

test('node/v1 states its version, and takes the shop context on all but webhooks', () => {
  const context = ['X-Shop-Id', 'X-Request-Id', 'X-Shop-Environment'];
  for (const operation of operationsOf(readBundle('node-v1'))) {
    const required = operation.parameters.filter((p) => p.required).map((p) => p.name);
    expect(required, operation.operationId).toContain('X-Contract-Version');
    const wanted = operation['x-family'] === 'webhooks' ? ['X-Request-Id'] : context;
    expect(required, operation.operationId).toEqual(expect.arrayContaining(wanted));
    expect(required.includes('X-Shop-Id')).toBe(wanted === context);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(response.headers, `${operation.operationId} ${status}`).toHaveProperty(
        'X-Contract-Version',
      );
    }
  }
});

test('which try it is may be said wherever stock can be busy for a buyer, and is never asked for', () => {
  const taking = (name: string) =>
    operationsOf(readBundle(name)).flatMap(({ operationId, parameters }) => {
      const attempt = parameters.find((parameter) => parameter.name === 'X-Attempt');
      if (attempt !== undefined) expect(attempt.required ?? false, operationId).toBe(false);
      return attempt === undefined ? [] : [operationId];
    });
  const buyers = ['createCheckoutSession', 'validateInventory'];
  expect(taking('public-v1').sort()).toEqual(buyers);
  expect(taking('node-v1').sort()).toEqual([...buyers, 'createHold', 'extendHold'].sort());
  expect(taking('ops-v1')).toEqual([]);
});

test('every public operation but a webhook either trades or settles', () => {
  for (const operation of operationsOf(readBundle('public-v1'))) {
    const marks = [operation['x-trades'], operation['x-settles']].filter(Boolean);
    expect(marks.length, operation.operationId).toBe(operation['x-family'] === 'webhooks' ? 0 : 1);
  }
});

test('an inventory conflict that is busy has its delay, and no other code passes for one', () => {
  const validator = validatorOf(readBundle('public-v1'));
  const valid = validator({ $ref: '#/components/schemas/StockConflict' });
  const conflict = {
    type: 'urn:problem-type:commerce:inventory-conflict',
    title: 'Stock is busy',
    status: 409,
    requestId: 'req_2f1c9d7e4b',
    shopId: 'aurora',
    items: [{ variantKey: 'v1:tee', sku: 'tee', requested: 1 }],
  };
  const as = (code: string, more: Json = {}) => valid({ ...conflict, code, reason: code, ...more });
  expect(as('inventory_busy', { retryAfterMs: 1200 })).toBe(true);
  expect(as('inventory_busy')).toBe(false);
  expect(as('inventory_busy', { retryAfterMs: 0 })).toBe(false);
  expect(as('inventory_insufficient')).toBe(true);
  expect(as('inventory_insufficient', { items: [] })).toBe(false);
  expect(as('inventory_insufficient', { reason: 'inventory_busy' })).toBe(false);
  expect(as('rate_limited')).toBe(false);
});
