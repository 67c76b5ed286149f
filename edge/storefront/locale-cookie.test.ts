import { describe, expect, it } from 'vitest';
import { localeCookie } from './locale-cookie.ts';

const LOCALES = { current: 'de-DE', all: ['en-IE', 'de-DE'], fallback: 'en-IE' };
const SET = '__Host-locale=de-DE; Path=/; Secure; SameSite=Lax; Max-Age=31536000';

describe('the locale that a buyer has chosen', () => {
  it('is kept for a year, for this host alone, from the first page that is shown in it', () => {
    expect(localeCookie(null, LOCALES)).toBe(SET);
    expect(localeCookie('__Host-locale=en-IE; __Host-cart=c1', LOCALES)).toBe(SET);
  });

  it('is not set again while the browser says it', () => {
    expect(localeCookie('__Host-cart=c1; __Host-locale=de-DE', LOCALES)).toBeUndefined();
  });

  it('is set anew where the browser says two things', () => {
    expect(localeCookie('__Host-locale=de-DE; __Host-locale=en-IE', LOCALES)).toBe(SET);
  });

  it('is no choice where the host has one locale', () => {
    expect(localeCookie(null, { ...LOCALES, all: ['de-DE'] })).toBeUndefined();
  });
});
