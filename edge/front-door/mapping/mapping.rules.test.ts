import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { describe, expect, test } from 'vitest';
import { type MappingSettings, refuseMapping } from './mapping.rules.ts';

const RESERVED = ['hooks.localhost', 'ops.localhost'];
const ALONE = { canonical: null, dependant: null };

const canonical: MappingSettings = {
  host: 'aurora.localhost',
  shopId: 'aurora',
  canonicalHost: 'aurora.localhost',
  kind: 'canonical',
  mode: 'active',
  defaultLocale: 'en',
  locales: ['en', 'de'],
};
const alias: MappingSettings = { ...canonical, host: 'www.aurora.localhost', kind: 'alias' };

function stored(settings: MappingSettings): HostMapping {
  return { ...settings, version: 1, updatedAt: '2026-01-01T00:00:00.000Z', updatedBy: 'ada' };
}

function codeOf(settings: MappingSettings, surroundings: Partial<typeof ALONE> = {}) {
  return refuseMapping(settings, { ...ALONE, ...surroundings }, RESERVED)?.code ?? 'allowed';
}

test('a canonical host stands by itself', () => {
  expect(codeOf(canonical)).toBe('allowed');
});

test('an alias points at a canonical host of its own shop', () => {
  expect(
    refuseMapping(alias, { canonical: stored(canonical), dependant: null }, RESERVED),
  ).toBeNull();
});

describe('a host that cannot be served is invalid', () => {
  test.each<[string, Partial<MappingSettings>]>([
    ['not a host', { host: 'aurora localhost', canonicalHost: 'aurora localhost' }],
    ['an address', { host: '127.0.0.1', canonicalHost: '127.0.0.1' }],
    ['not the normal spelling', { host: 'Aurora.localhost', canonicalHost: 'Aurora.localhost' }],
    ['with a port', { host: 'aurora.localhost:80', canonicalHost: 'aurora.localhost:80' }],
    ['the webhook host', { host: 'hooks.localhost', canonicalHost: 'hooks.localhost' }],
    ['canonical, and named as if another were', { canonicalHost: 'other.localhost' }],
    ['an alias of itself', { kind: 'alias' }],
    ['canonical and only a redirect', { mode: 'redirect_only' }],
    ['without its default locale', { defaultLocale: 'fr' }],
  ])('%s', (_, change) => {
    expect(codeOf({ ...canonical, ...change })).toBe('host_invalid');
  });
});

describe('a redirect that would end nowhere is refused', () => {
  const surroundings = (mapping: HostMapping) => ({ canonical: mapping, dependant: null });

  test('the canonical host is not mapped', () => {
    expect(codeOf(alias)).toBe('host_invalid');
  });

  test('the canonical host is an alias itself', () => {
    const chained = stored({ ...canonical, kind: 'alias', canonicalHost: 'x.localhost' });
    expect(refuseMapping(alias, surroundings(chained), RESERVED)?.code).toBe('host_invalid');
  });

  test("the canonical host is another shop's", () => {
    const foreign = stored({ ...canonical, shopId: 'borealis' });
    expect(refuseMapping(alias, surroundings(foreign), RESERVED)?.code).toBe('host_invalid');
  });

  test('a host that others redirect to stays canonical, and stays with its shop', () => {
    const dependant = stored(alias);
    const becomesAlias = { ...canonical, kind: 'alias', canonicalHost: 'new.localhost' } as const;
    const target = stored({ ...canonical, host: 'new.localhost', canonicalHost: 'new.localhost' });
    expect(refuseMapping(becomesAlias, { canonical: target, dependant }, RESERVED)?.code).toBe(
      'host_invalid',
    );
    const moved = { ...canonical, shopId: 'borealis' };
    expect(refuseMapping(moved, { canonical: null, dependant }, RESERVED)?.code).toBe(
      'host_invalid',
    );
    expect(refuseMapping(canonical, { canonical: null, dependant }, RESERVED)).toBeNull();
  });
});
