import { expect, test } from 'vitest';
import { findPlaceholders } from './placeholders.rules.ts';

test('names the field of every value that nobody has filled in', () => {
  const settings = {
    vars: { KEY: 'pk_live_replace', HOST: 'hooks.example.com', SCHEME: 'https', PORT: '' },
    routes: [{ pattern: '*.example.net/*', zone_name: 'shops.test' }],
    d1_databases: [{ database_id: '00000000-0000-0000-0000-000000000000' }],
    kv_namespaces: [{ id: '0'.repeat(32) }],
  };
  expect(findPlaceholders(settings, 'env.staging').map(({ field }) => field)).toEqual([
    'env.staging.vars.KEY',
    'env.staging.vars.HOST',
    'env.staging.routes[0].pattern',
    'env.staging.d1_databases[0].database_id',
    'env.staging.kv_namespaces[0].id',
  ]);
});

test.each([
  'd2b1c0de-0000-4000-8000-000000000000',
  'hooks.counterexample.com',
  'example-shop.test',
  '4101',
  '* * * * *',
  '0',
])('%s is a value', (value) => {
  expect(findPlaceholders({ value }, 'env')).toEqual([]);
});
