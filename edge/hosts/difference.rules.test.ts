import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { expect, test } from 'vitest';
import { difference, differenceLines } from './difference.rules.ts';

const MAPPING: HostMapping = {
  host: 'shop.example.org',
  shopId: 'aurora',
  canonicalHost: 'shop.example.org',
  kind: 'canonical',
  mode: 'landing_only',
  defaultLocale: 'en-IE',
  locales: ['en-IE', 'de-DE'],
  version: 3,
  updatedAt: '2026-11-23T17:00:00.000Z',
  updatedBy: 'ida',
};

test('a difference is told field by field, old and new, in lines that align', () => {
  const after: HostMapping = { ...MAPPING, mode: 'active', configurationId: 'winter-2026' };
  expect(differenceLines(difference(MAPPING, after))).toEqual([
    '  mode             landing_only → active',
    '  configurationId  (none) → winter-2026',
  ]);
});

test('a new host differs in all that it has, and a deleted one too', () => {
  expect(difference(null, MAPPING).map(({ field }) => field)).toEqual([
    'shopId',
    'canonicalHost',
    'kind',
    'mode',
    'locales',
    'defaultLocale',
  ]);
  expect(difference(MAPPING, null)[4]).toEqual({
    field: 'locales',
    before: 'en-IE de-DE',
    after: null,
  });
});

test('version, time and author are no difference', () => {
  const rewritten = { ...MAPPING, version: 4, updatedAt: '2027-01-01T00:00:00Z', updatedBy: 'max' };
  expect(difference(MAPPING, rewritten)).toEqual([]);
});

test('one instant spelled in two ways is no difference, another instant is', () => {
  const before = { ...MAPPING, expiresAt: '2027-01-31T23:00:00.000Z' };
  expect(difference(before, { ...MAPPING, expiresAt: '2027-02-01T00:00:00+01:00' })).toEqual([]);
  expect(difference(before, { ...MAPPING, expiresAt: '2027-02-01T00:00:00Z' })).toHaveLength(1);
});

test('locales in another order are a difference: the first is what a reader sees first', () => {
  expect(difference(MAPPING, { ...MAPPING, locales: ['de-DE', 'en-IE'] })).toHaveLength(1);
});
