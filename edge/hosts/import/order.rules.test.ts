import type { HostKind, HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkable, type RowChange, writeOrder } from './order.rules.ts';

function change(
  host: string,
  kind: HostKind,
  canonicalHost: string,
  before: HostKind | null = null,
): RowChange {
  const settings = {
    shopId: 'aurora',
    canonicalHost,
    kind,
    mode: kind === 'vanity' ? ('redirect_only' as const) : ('active' as const),
    defaultLocale: 'en',
    locales: ['en'],
  };
  const current: HostMapping | null =
    before === null
      ? null
      : {
          ...settings,
          host,
          kind: before,
          version: 1,
          updatedAt: '2026-11-23T17:00:00Z',
          updatedBy: 'ida',
        };
  return { line: 2, host, current, settings, reason: 'Why' };
}

const hosts = (changes: readonly RowChange[]) => changes.map(({ host }) => host);
const byHost = (...changes: RowChange[]) => new Map(changes.map((one) => [one.host, one]));

describe('the order of writes', () => {
  test('is canonical hosts, then what redirects, then what stops being canonical', () => {
    const file = [
      change('old.example', 'alias', 'new.example', 'canonical'),
      change('www.example', 'alias', 'new.example', 'alias'),
      change('new.example', 'canonical', 'new.example'),
      change('spring.example', 'vanity', 'new.example'),
    ];
    expect(hosts(writeOrder(file))).toEqual([
      'new.example',
      'www.example',
      'spring.example',
      'old.example',
    ]);
  });

  test('never puts a redirect before the canonical host that it needs, and loses no row', () => {
    const rows = fc.array(
      fc.record({
        kind: fc.constantFrom<HostKind>('canonical', 'alias', 'vanity'),
        before: fc.constantFrom<HostKind | null>(null, 'canonical', 'alias', 'vanity'),
      }),
    );
    fc.assert(
      fc.property(rows, (kinds) => {
        const file = kinds.map(({ kind, before }, index) =>
          change(
            `h${index}.example`,
            kind,
            kind === 'canonical' ? `h${index}.example` : 'c.example',
            before,
          ),
        );
        const ordered = writeOrder(file);
        expect(hosts(ordered).toSorted()).toEqual(hosts(file).toSorted());
        const lastCanonical = ordered.findLastIndex(
          ({ settings }) => settings.kind === 'canonical',
        );
        const firstOther = ordered.findIndex(({ settings }) => settings.kind !== 'canonical');
        expect(firstOther === -1 || firstOther > lastCanonical).toBe(true);
      }),
    );
  });
});

describe('what is checked before the first write', () => {
  const canonical = change('new.example', 'canonical', 'new.example');

  test('is the row itself where it needs no other row', () => {
    const alias = change('www.example', 'alias', 'elsewhere.example');
    expect(checkable(alias, byHost(alias))).toEqual({ settings: alias.settings });
    expect(checkable(canonical, byHost(canonical))).toEqual({ settings: canonical.settings });
  });

  test('is the row as if it were canonical where its canonical host is not written yet', () => {
    const vanity = change('spring.example', 'vanity', 'new.example');
    expect(checkable(vanity, byHost(canonical, vanity))).toMatchObject({
      settings: { kind: 'canonical', canonicalHost: 'spring.example', mode: 'landing_only' },
    });
  });

  test('is, within the file, that the canonical host is canonical and of the same shop', () => {
    const alias = change('www.example', 'alias', 'new.example');
    const redirecting = change('new.example', 'alias', 'other.example');
    expect(checkable(alias, byHost(redirecting, alias))).toEqual({
      problem: 'new.example (line 2) redirects itself',
    });
    const foreign = { ...canonical, settings: { ...canonical.settings, shopId: 'borealis' } };
    expect(checkable(alias, byHost(foreign, alias))).toEqual({
      problem: 'new.example (line 2) is of the shop borealis',
    });
  });

  test('is, within the file, that a vanity host trades nothing', () => {
    const vanity = change('spring.example', 'vanity', 'new.example');
    const trading = { ...vanity, settings: { ...vanity.settings, mode: 'active' as const } };
    expect(checkable(trading, byHost(canonical, trading))).toMatchObject({
      problem: expect.stringContaining('redirect_only or expired'),
    });
  });
});
