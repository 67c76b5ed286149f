import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import fc from 'fast-check';

const LOCALES = ['en', 'en-IE', 'de-DE', 'fr', 'zh-Hant-TW', 'api', 'cms'];
const CANONICAL = ['one.example', 'two.example', 'xn--bcher-kva.example'];
const OTHERS = ['www.one.example', 'sale.test', 'old.example', 'evil.example'];

const settings = fc.record({
  locales: fc.uniqueArray(fc.constantFrom(...LOCALES), { minLength: 1 }),
  expiresAt: fc.constantFrom(undefined, '2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'),
});

const canonical = fc.tuple(
  settings,
  fc.constantFrom('active', 'landing_only', 'expired', 'redirect_only'),
);

const redirecting = fc.tuple(
  settings,
  fc.constantFrom(
    ['alias', 'active'],
    ['alias', 'landing_only'],
    ['alias', 'redirect_only'],
    ['alias', 'expired'],
    ['vanity', 'redirect_only'],
    ['vanity', 'expired'],
  ),
  fc.constantFrom(...CANONICAL),
);

/** Mappings of a few hosts, as an operator may make them, and a canonical one that only redirects, which he may not. */
export const anyMappings: fc.Arbitrary<ReadonlyMap<string, HostMapping>> = fc
  .tuple(fc.tuple(...CANONICAL.map(() => canonical)), fc.tuple(...OTHERS.map(() => redirecting)))
  .map(([canonicals, others]) => {
    const rows = [
      ...canonicals.map(([set, mode], index) => ({
        host: CANONICAL[index],
        canonicalHost: CANONICAL[index],
        kind: 'canonical',
        mode,
        ...set,
      })),
      ...others.map(([set, [kind, mode], canonicalHost], index) => ({
        host: OTHERS[index],
        canonicalHost,
        kind,
        mode,
        ...set,
      })),
    ];
    return new Map(rows.map((row) => [row.host ?? '', mappingOf(row)]));
  });

function mappingOf({
  locales,
  expiresAt,
  ...row
}: { locales: string[]; expiresAt: string | undefined } & object): HostMapping {
  return {
    ...row,
    shopId: 'books',
    locales,
    defaultLocale: locales[0],
    ...(expiresAt === undefined ? {} : { expiresAt }),
    version: 1,
    updatedAt: '2026-11-01T09:00:00Z',
    updatedBy: 'ida',
  } as HostMapping;
}

const PIECES = [
  '/',
  '//',
  '\\',
  'evil.example',
  '@evil.example',
  ':80',
  'https://evil.example',
  '.',
  '..',
  '%2e',
  '%2f',
  '%5c',
  '%0d%0a',
  '%2F%2Fevil.example',
  ...LOCALES,
  'EN-ie',
  'API',
  '%61pi',
  'cart',
  '.well-known',
  'robots.txt',
  '?',
  '&',
  'a=1',
  'a=',
  '#',
  '\t',
  "'",
  'é',
];

/** A request's target: begins with a slash, and may hold whatever confuses a reader of URLs. */
export const anyTarget: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })), { maxLength: 9 })
  .map((pieces) => `/${pieces.join('')}`);

const SPELLINGS: readonly ((host: string) => string)[] = [
  (host) => host,
  (host) => host.toUpperCase(),
  (host) => `${host}.`,
  (host) => `${host}:8443`,
  (host) => `${host}.:443`,
  (host) => `evil.example@${host}`,
  (host) => `${host}@evil.example`,
  (host) => `${host}/evil.example`,
  (host) => `${host}.evil.example`,
  (host) => `${host}, evil.example`,
  (host) => `${host}:99999`,
];

/** A Host header that a client may send to reach a host, or to reach another one by it. */
export const anySpelling: fc.Arbitrary<(host: string) => string> = fc.constantFrom(...SPELLINGS);
