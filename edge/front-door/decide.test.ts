import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const MAPPING: HostMapping = {
  host: 'aurora.localhost',
  shopId: 'aurora',
  canonicalHost: 'aurora.localhost',
  kind: 'canonical',
  mode: 'active',
  defaultLocale: 'en',
  locales: ['en'],
  version: 1,
  updatedAt: '2026-11-01T09:00:00Z',
  updatedBy: 'op',
};

const decided = (path: string, mapping: Partial<HostMapping> = {}) =>
  decide({ method: 'GET', url: `http://aurora.localhost${path}` }, { ...MAPPING, ...mapping }, NOW)
    .kind;

const DOTTED = [
  '/.',
  '/..',
  '/./api/cart',
  '/../api/cart',
  '/%2e/api/cart',
  '/products/..',
  '/products/../api/cart',
  '/products/.%2E/api/cart',
  '/products\\..\\api/cart',
  '/products%5c..%5capi/cart',
  '/products/.\t./api/cart',
  '/api/../api/cart',
];

describe('a path with a dot segment is not found, before anything else is decided', () => {
  test.each(DOTTED)('%j', (path) => {
    expect(decided(path)).toBe('not_found');
    expect(decided(path, { canonicalHost: 'www.aurora.localhost' })).toBe('not_found');
    expect(decided(path, { mode: 'expired' })).toBe('not_found');
  });

  test.each(['/...', '/.well-known/x', '/a.b/..c', '/products/a%2Eb', '/?x=/../y'])(
    '%j has none',
    (path) => {
      expect(decided(path)).toBe('pages');
    },
  );
});

describe('the API is never a page, however it is spelled', () => {
  test.each([
    '/API/cart',
    '//api/cart',
    '/\\api/cart',
    '/%61pi/cart',
    '/a\tpi/cart',
    '/api%2fcart',
  ])('%j', (path) => {
    expect(decided(path)).toBe('not_found');
  });

  test('and as the contract spells it, it is the route', () => {
    expect(decided('/api/cart')).toBe('api');
  });
});
