import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { describe, expect, test } from 'vitest';
import { propose } from './proposal.rules.ts';

const HOST = 'shop.example.org';
const MAPPED: HostMapping = {
  host: HOST,
  shopId: 'aurora',
  canonicalHost: HOST,
  kind: 'canonical',
  mode: 'active',
  defaultLocale: 'en-IE',
  locales: ['en-IE', 'de-DE'],
  runtimeId: 'storefront-1',
  version: 7,
  updatedAt: '2026-11-23T17:00:00.000Z',
  updatedBy: 'ida',
};

describe('a new host', () => {
  const edit = { shopId: 'aurora', locales: ['en-IE', 'de-DE'] };

  test('is canonical, closed, and speaks its first locale by default', () => {
    expect(propose(HOST, null, edit)).toEqual({
      ok: true,
      settings: {
        shopId: 'aurora',
        canonicalHost: HOST,
        kind: 'canonical',
        mode: 'landing_only',
        defaultLocale: 'en-IE',
        locales: ['en-IE', 'de-DE'],
      },
    });
  });

  test('with another canonical host is an alias that redirects at once', () => {
    const proposal = propose(`www.${HOST}`, null, { ...edit, canonicalHost: HOST });
    expect(proposal).toMatchObject({
      settings: { kind: 'alias', mode: 'active', canonicalHost: HOST },
    });
  });

  test('that is a vanity host only redirects', () => {
    const vanity = { ...edit, canonicalHost: HOST, kind: 'vanity' as const };
    expect(propose('spring.example', null, vanity)).toMatchObject({
      settings: { kind: 'vanity', mode: 'redirect_only' },
    });
  });

  test('needs its shop and its locales said: nobody guesses them', () => {
    expect(propose(HOST, null, {})).toEqual({ ok: false, missing: ['shopId', 'locales'] });
    expect(propose(HOST, null, { locales: ['en'] })).toEqual({ ok: false, missing: ['shopId'] });
    expect(propose(HOST, null, { ...edit, locales: [] })).toEqual({
      ok: false,
      missing: ['locales'],
    });
  });
});

describe('a mapped host', () => {
  test('keeps whatever is not said', () => {
    const { host, version, updatedAt, updatedBy, ...settings } = MAPPED;
    expect(propose(HOST, MAPPED, {})).toEqual({ ok: true, settings });
    expect(propose(HOST, MAPPED, { mode: 'expired' })).toEqual({
      ok: true,
      settings: { ...settings, mode: 'expired' },
    });
  });

  test('loses an optional field by null', () => {
    const proposal = propose(HOST, MAPPED, { runtimeId: null, expiresAt: '2027-01-01T00:00:00Z' });
    expect(proposal.ok && proposal.settings).not.toHaveProperty('runtimeId');
    expect(proposal).toMatchObject({ settings: { expiresAt: '2027-01-01T00:00:00Z' } });
  });

  test('that was an alias is its own canonical host when it becomes canonical', () => {
    const alias: HostMapping = { ...MAPPED, kind: 'alias', canonicalHost: 'old.example.org' };
    expect(propose(HOST, alias, { kind: 'canonical' })).toMatchObject({
      settings: { kind: 'canonical', canonicalHost: HOST },
    });
    expect(propose(HOST, alias, { mode: 'active' })).toMatchObject({
      settings: { kind: 'alias', canonicalHost: 'old.example.org' },
    });
  });
});
