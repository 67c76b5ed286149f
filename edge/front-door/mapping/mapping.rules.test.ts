import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type MappingSettings,
  type MappingSurroundings,
  refuseDeletion,
  refuseInContext,
  refuseSettings,
} from './mapping.rules.ts';
import { breaches, type HostWrite, hostWrites } from './testing/mapped-hosts.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const RESERVED = ['hooks.localhost', 'ops.localhost'];
const ALONE: MappingSurroundings = { canonical: null, dependants: [] };

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
const vanity: MappingSettings = {
  ...canonical,
  host: 'sale.example',
  kind: 'vanity',
  mode: 'redirect_only',
};

function stored(settings: MappingSettings): HostMapping {
  return { ...settings, version: 1, updatedAt: '2026-01-01T00:00:00.000Z', updatedBy: 'ada' };
}

const alone = (settings: MappingSettings) =>
  refuseSettings(settings, { reservedHosts: RESERVED, now: NOW });

describe('what can be served is allowed', () => {
  test.each<[string, MappingSettings]>([
    ['a canonical host', canonical],
    ['an alias', alias],
    ['an alias that is closed', { ...alias, mode: 'expired' }],
    ['a vanity host that redirects', vanity],
    ['a vanity host whose campaign is over', { ...vanity, mode: 'expired' }],
    [
      'a host that expires a millisecond from now',
      { ...canonical, expiresAt: '2026-11-23T12:00:00.001Z' },
    ],
    [
      'a name in punycode',
      { ...canonical, host: 'xn--bcher-kva.example', canonicalHost: 'xn--bcher-kva.example' },
    ],
  ])('%s', (_, settings) => {
    expect(alone(settings)).toBeNull();
    const around =
      settings.kind === 'canonical' ? ALONE : { ...ALONE, canonical: stored(canonical) };
    expect(refuseInContext(settings, around)).toBeNull();
  });
});

describe('a host that cannot be served is invalid, and the operator is told why', () => {
  const named = (host: string): Partial<MappingSettings> => ({ host, canonicalHost: host });

  test.each<[string, Partial<MappingSettings>, string]>([
    ['no host', named('aurora localhost'), '"aurora localhost" is not a host name.'],
    ['an IPv4 address', named('127.0.0.1'), '"127.0.0.1" is not a host name.'],
    ['an IPv4 address as one number', named('2130706433'), '"2130706433" is not a host name.'],
    ['an IPv6 address', named('[::1]'), '"[::1]" is not a host name.'],
    [
      'another spelling',
      named('Aurora.localhost'),
      '"Aurora.localhost" must be written "aurora.localhost".',
    ],
    ['with a port', named('a.localhost:80'), '"a.localhost:80" must be written "a.localhost".'],
    [
      'with a dot at its end',
      named('a.localhost.'),
      '"a.localhost." must be written "a.localhost".',
    ],
    ['with userinfo', named('shop@evil.example'), '"shop@evil.example" is not a host name.'],
    [
      'not in punycode',
      named('bücher.example'),
      '"bücher.example" must be written "xn--bcher-kva.example".',
    ],
    ['a wildcard', named('*.example.com'), '"*.example.com" is not a host name.'],
    ['a single label', named('localhost'), '"localhost" is a single label: a host needs a domain.'],
    [
      'under a reserved ending',
      named('printer.local'),
      '"printer.local" can never be reached: ".local" is reserved.',
    ],
    ['the webhook host', named('hooks.localhost'), '"hooks.localhost" is the platform\'s own.'],
    ['the control host', named('ops.localhost'), '"ops.localhost" is the platform\'s own.'],
    [
      'a redirect to the control host',
      { kind: 'alias', canonicalHost: 'ops.localhost' },
      '"ops.localhost" is the platform\'s own.',
    ],
    [
      'canonical, and another is named so',
      { canonicalHost: 'other.localhost' },
      'A canonical host is its own canonicalHost, and "other.localhost" is not.',
    ],
    [
      'an alias of itself',
      { kind: 'alias' },
      'A host of kind alias names another host as its canonicalHost, not itself.',
    ],
    [
      'canonical, and redirects',
      { mode: 'redirect_only' },
      'A canonical host cannot be redirect_only: there is nowhere to redirect to.',
    ],
    [
      'vanity, and sells',
      { kind: 'vanity', canonicalHost: 'b.localhost' },
      'A vanity host is redirect_only or expired, never active: it carries no cart.',
    ],
    [
      'without its default locale',
      { defaultLocale: 'fr' },
      'defaultLocale "fr" is not among the locales: en,de.',
    ],
    [
      'with a locale that is a path of ours',
      { locales: ['en', 'api'] },
      '"api" cannot be a locale: paths that begin with it are no pages.',
    ],
    [
      'expired before it begins',
      { expiresAt: '2026-11-23T12:00:00Z' },
      'expiresAt "2026-11-23T12:00:00Z" has passed: it is 2026-11-23T12:00:00.000Z. To close a host now, its mode is expired.',
    ],
    [
      'expired by its offset',
      { expiresAt: '2026-11-23T13:30:00+02:00' },
      'expiresAt "2026-11-23T13:30:00+02:00" has passed: it is 2026-11-23T12:00:00.000Z. To close a host now, its mode is expired.',
    ],
    [
      'never expires',
      { expiresAt: '2026-12-31T23:59:60Z' },
      'expiresAt "2026-12-31T23:59:60Z" is not a time.',
    ],
  ])('%s', (_, change, detail) => {
    expect(alone({ ...canonical, ...change })).toEqual({ code: 'host_invalid', detail });
  });
});

describe('a redirect that would end nowhere is invalid', () => {
  const towards = (target: HostMapping | null) =>
    refuseInContext(alias, { ...ALONE, canonical: target });

  test('the canonical host is not mapped', () => {
    expect(towards(null)).toEqual({
      code: 'host_invalid',
      detail: '"aurora.localhost" is not mapped: map it first, as a canonical host.',
    });
  });

  test('the canonical host redirects too', () => {
    const chained = stored({ ...canonical, kind: 'alias', canonicalHost: 'x.localhost' });
    expect(towards(chained)).toEqual({
      code: 'host_invalid',
      detail:
        '"aurora.localhost" redirects to "x.localhost": name that one, since a chain of redirects is not allowed.',
    });
  });

  test('the canonical host redirects back', () => {
    const back = stored({ ...canonical, kind: 'alias', canonicalHost: alias.host });
    expect(towards(back)).toEqual({
      code: 'host_invalid',
      detail: '"aurora.localhost" redirects to "www.aurora.localhost": the two would form a loop.',
    });
  });

  test("the canonical host is another shop's", () => {
    expect(towards(stored({ ...canonical, shopId: 'borealis' }))).toEqual({
      code: 'host_invalid',
      detail: '"aurora.localhost" belongs to another shop, "borealis".',
    });
  });
});

describe('a host that others redirect to', () => {
  const one = [stored(alias)];
  const target = stored({ ...canonical, host: 'new.localhost', canonicalHost: 'new.localhost' });

  test('may change as long as it stays canonical and with its shop', () => {
    const closed = { ...canonical, mode: 'expired' } as const;
    expect(refuseInContext(closed, { canonical: null, dependants: one })).toBeNull();
  });

  test('cannot become an alias', () => {
    const turned = { ...canonical, kind: 'alias', canonicalHost: 'new.localhost' } as const;
    expect(refuseInContext(turned, { canonical: target, dependants: one })).toEqual({
      code: 'mapping_conflict',
      detail:
        '"aurora.localhost" must stay a canonical host of its shop, since "www.aurora.localhost" redirects to it. Map elsewhere or delete what redirects first.',
    });
  });

  test('cannot move to another shop', () => {
    const moved = { ...canonical, shopId: 'borealis' };
    const refusal = refuseInContext(moved, { canonical: null, dependants: one });
    expect(refusal?.code).toBe('mapping_conflict');
  });

  test('cannot be deleted, and who redirects is named', () => {
    expect(refuseDeletion(canonical.host, [])).toBeNull();
    expect(refuseDeletion(canonical.host, [...one, stored(vanity)])).toEqual({
      code: 'mapping_conflict',
      detail:
        '"aurora.localhost" must stay mapped, since "www.aurora.localhost", "sale.example" redirect to it. Map elsewhere or delete what redirects first.',
    });
  });
});

test('no sequence of accepted writes leads to mappings that would break at the read', () => {
  const seen = { accepted: 0, invalid: 0, conflict: 0, redirects: 0, deleted: 0 };
  fc.assert(
    fc.property(fc.array(hostWrites, { minLength: 40, maxLength: 80 }), (writes) => {
      const world = new Map<string, HostMapping>();
      for (const write of writes) {
        const refusal = refuseWrite(write, world);
        if (refusal !== null) {
          seen[refusal.code === 'host_invalid' ? 'invalid' : 'conflict'] += 1;
          continue;
        }
        seen.accepted += 1;
        if (write.kind === 'delete') {
          if (world.delete(write.host)) seen.deleted += 1;
        } else {
          world.set(write.settings.host, stored(write.settings));
          if (write.settings.kind !== 'canonical') seen.redirects += 1;
        }
        expect(breaches([...world.values()])).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
  // Each kind of outcome was met often, or nothing was shown.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
});

function refuseWrite(write: HostWrite, world: ReadonlyMap<string, HostMapping>) {
  const host = write.kind === 'put' ? write.settings.host : write.host;
  const dependants = [...world.values()].filter(
    (other) => other.canonicalHost === host && other.host !== host,
  );
  if (write.kind === 'delete') return refuseDeletion(host, dependants);
  const { canonicalHost } = write.settings;
  const target = canonicalHost === host ? null : (world.get(canonicalHost) ?? null);
  return (
    alone(write.settings) ?? refuseInContext(write.settings, { canonical: target, dependants })
  );
}
