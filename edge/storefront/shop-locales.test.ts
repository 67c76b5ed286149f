import { describe, expect, it } from 'vitest';
import { readShopLocales } from './shop-locales.ts';

const HEADERS = {
  'x-shop-locale': 'de-DE',
  'x-shop-locales': 'en-IE,de-DE',
  'x-shop-default-locale': 'en-IE',
};

const read = (change: Record<string, string> = {}) =>
  readShopLocales(new Headers({ ...HEADERS, ...change }));

describe('the locales of a host', () => {
  it('are what the front door says', () => {
    expect(read()).toEqual({ current: 'de-DE', all: ['en-IE', 'de-DE'], fallback: 'en-IE' });
    expect(read({ 'x-shop-locales': 'en-IE, de-DE' })).toEqual(read());
  });

  it.each(Object.keys(HEADERS))('are none at all without %s', (name) => {
    expect(read({ [name]: '' })).toBeUndefined();
    const headers = new Headers(HEADERS);
    headers.delete(name);
    expect(readShopLocales(headers)).toBeUndefined();
  });

  it.each([
    { 'x-shop-locale': 'fr-FR' },
    { 'x-shop-locale': 'DE-de' },
    { 'x-shop-default-locale': 'fr-FR' },
    { 'x-shop-locales': 'en-IE,de-DE,' },
    { 'x-shop-locales': 'en-IE,de-DE,"><script>' },
    { 'x-shop-locales': 'en-IE,de-DE,../x' },
  ])('are none at all where one is not of the host, or has not the form of one: %o', (change) => {
    expect(read(change)).toBeUndefined();
  });
});
