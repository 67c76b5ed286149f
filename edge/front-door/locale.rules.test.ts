import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseLocale, localeOfPath, matchLanguage, parseAcceptLanguage } from './locale.rules.ts';

const HOST = { locales: ['en-IE', 'de-DE', 'fr', 'pt-BR'], defaultLocale: 'en-IE' };

const chosen = (acceptLanguage: string | null, cookie: string | null = null, host = HOST): string =>
  chooseLocale({ cookie, acceptLanguage }, host);

describe('Accept-Language', () => {
  test.each([
    ['de', [['de', 1]]],
    [
      'de-AT;q=0.8, en',
      [
        ['de-at', 0.8],
        ['en', 1],
      ],
    ],
    ['de;q=0.123', [['de', 0.123]]],
    [
      'de;q=1.000 , *;q=0',
      [
        ['de', 1],
        ['*', 0],
      ],
    ],
    ['DE ; Q=0.5', [['de', 0.5]]],
    ['zh-Hant-TW', [['zh-hant-tw', 1]]],
    ['de;q=0.', [['de', 0]]],
  ])('%j is read', (header, ranges) => {
    expect(parseAcceptLanguage(header).map(({ range, quality }) => [range, quality])).toEqual(
      ranges,
    );
  });

  test.each([
    [''],
    [' , ,'],
    ['de;q=2'],
    ['de;q=-1'],
    ['de;q=0.1234'],
    ['de;q=1.001'],
    ['de;q=abc'],
    ['de;q='],
    ['de;q=0.5;q=0.6'],
    ['de;level=1'],
    ['de_DE'],
    ['de-'],
    ['-de'],
    ['abcdefghi'],
    ['*-DE'],
    ['d e'],
    ['de/../../en'],
  ])('%j holds nothing', (header) => {
    expect(parseAcceptLanguage(header)).toEqual([]);
  });

  test('no more than 16 parts and 512 characters are looked at, and no part that was cut', () => {
    expect(parseAcceptLanguage(Array(100).fill('de').join(','))).toHaveLength(16);
    const padding = 'x'.repeat(8);
    expect(parseAcceptLanguage(`${`${padding}-${padding},`.repeat(30)}de`)).toHaveLength(16);
    const atTheEdge = `en${' '.repeat(506)},de`;
    expect(parseAcceptLanguage(atTheEdge).map(({ range }) => range)).toEqual(['en', 'de']);
    expect(parseAcceptLanguage(`${atTheEdge}-AT`).map(({ range }) => range)).toEqual(['en']);
  });
});

const language = fc.constantFrom('en', 'de', 'fr', 'pt', 'it', 'zh');
const region = fc.constantFrom('', '-IE', '-DE', '-AT', '-BR', '-Hant-TW');
const tag = fc.tuple(language, region).map((parts) => parts.join(''));
const quality = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const ranges = fc.array(fc.record({ range: fc.oneof(tag, fc.constant('*')), quality }), {
  maxLength: 8,
});
const hosts = fc
  .uniqueArray(tag, { minLength: 1, maxLength: 6 })
  .chain((locales) =>
    fc.record({ locales: fc.constant(locales), defaultLocale: fc.constantFrom(...locales) }),
  );
const written = (list: readonly { range: string; quality: number }[]): string =>
  list.map((one) => `${one.range};q=${one.quality}`).join(', ');

describe('the choice, whatever is sent', () => {
  test('is one of the locales, for any text at all', () => {
    fc.assert(
      fc.property(hosts, fc.string(), fc.string(), (host, acceptLanguage, cookie) => {
        expect(host.locales).toContain(chooseLocale({ acceptLanguage, cookie }, host));
      }),
    );
  });

  test('is the same for however the header is written', () => {
    fc.assert(
      fc.property(hosts, ranges, (host, list) => {
        const header = written(list);
        const odd = header.toUpperCase().replaceAll(',', ' ,\t').replaceAll(';', ' ; ');
        expect(chosen(odd, null, host)).toBe(chosen(header, null, host));
      }),
    );
  });

  test('is what the only locale that is asked for says, and the default where none is', () => {
    fc.assert(
      fc.property(hosts, fc.nat(), (host, pick) => {
        const wanted = host.locales[pick % host.locales.length] ?? '';
        expect(chosen(wanted, null, host)).toBe(wanted);
        expect(chosen(`${wanted};q=0.001, it-IT;q=0`, null, host)).toBe(wanted);
        expect(chosen('ja, ko;q=0.3', null, host)).toBe(host.defaultLocale);
      }),
    );
  });

  test('has the language with the highest weight of those that the host has', () => {
    fc.assert(
      fc.property(hosts, ranges, (host, list) => {
        const asked = list.filter((one) => one.range !== '*' && one.quality > 0);
        // A refusal may turn away a region of the language that is liked best: that is the next test's.
        fc.pre(asked.length > 0 && list.every((one) => one.quality > 0 && one.range !== '*'));
        const languageOf = (text: string): string => text.split('-', 1)[0] ?? '';
        const had = asked.filter((one) =>
          host.locales.some((locale) => languageOf(locale) === languageOf(one.range)),
        );
        const best = Math.max(0, ...had.map((one) => one.quality));
        const choice = languageOf(chosen(written(list), null, host));
        const ofChoice = asked.filter((one) => languageOf(one.range) === choice);
        if (best > 0) expect(Math.max(...ofChoice.map((one) => one.quality))).toBe(best);
        else expect(chosen(written(list), null, host)).toBe(host.defaultLocale);
      }),
    );
  });

  test('is never what is refused by name, where anything else is wanted', () => {
    fc.assert(
      fc.property(hosts, fc.nat(), (host, pick) => {
        fc.pre(host.locales.length > 1);
        const refused = host.locales[pick % host.locales.length] ?? '';
        const others = host.locales.filter((one) => one !== refused);
        const header = `${refused};q=0, ${others.map((one) => `${one};q=0.2`).join(', ')}`;
        expect(others).toContain(chosen(header, null, host));
      }),
    );
  });
});

test('a language is done without where the one region of it that the host has is refused', () => {
  expect(chosen('de-DE;q=0, de;q=0.9, fr;q=0.5')).toBe('fr');
  expect(chosen('de-AT;q=0, de;q=0.9, fr;q=0.5')).toBe('de-DE');
});

test('nothing that is wanted is null, and not yet the default', () => {
  expect(matchLanguage([{ range: 'it', language: 'it', quality: 1 }], HOST)).toBeNull();
  expect(matchLanguage([{ range: '*', language: '*', quality: 0 }], HOST)).toBeNull();
});

describe('the cookie', () => {
  test.each([
    ['__Host-locale=fr', 'fr'],
    ['a=b;__Host-locale=fr', 'fr'],
    ['__Host-locale = fr ; a=b', 'fr'],
    ['__Host-locale=it; __Host-locale=fr', 'fr'],
    ['__Host-locale=de-DE; __Host-locale=fr', 'de-DE'],
  ])('%j chooses', (cookie, locale) => {
    expect(chosen('pt', cookie)).toBe(locale);
  });

  test.each([
    ['__Host-locale=FR'],
    ['__Host-locale=it'],
    ['__Host-locale='],
    ['__Host-locale'],
    ['__Host-locale=fr=x'],
    ['__host-locale=fr'],
    ['x__Host-locale=fr'],
    ['__Host-localex=fr'],
    ['a=__Host-locale=fr'],
    ['a="; __Host-locale=/evil'],
  ])('%j chooses nothing', (cookie) => {
    expect(chosen('pt', cookie)).toBe('pt-BR');
    expect(chosen(null, cookie)).toBe('en-IE');
  });
});

describe('the locale of a path', () => {
  test.each([
    ['/fr/', 'fr'],
    ['/en-IE/cart', 'en-IE'],
    ['/de-DE//', 'de-DE'],
  ])('%s lies under %s', (path, locale) => {
    expect(localeOfPath(path, HOST.locales)).toEqual({ kind: 'exact', locale });
  });

  test.each([
    ['/FR/cart', '/fr/cart'],
    ['/en-ie//x', '/en-IE//x'],
    ['/fr', '/fr/'],
    ['/DE-de', '/de-DE/'],
  ])('%s should be %s', (path, right) => {
    expect(localeOfPath(path, HOST.locales)).toEqual({ kind: 'misspelt', path: right });
  });

  test.each(['/', '//fr/', '/it/', '/frx/', '/fr%2f', '/%66r/', '/x/fr/', '/fr\\x'])(
    '%s names none',
    (path) => {
      expect(localeOfPath(path, HOST.locales)).toEqual({ kind: 'none' });
    },
  );
});
