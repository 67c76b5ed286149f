import { describe, expect, it } from 'vitest';
import { formatDays, pageLocale } from './page-locale.ts';

describe('the locale of a page', () => {
  it.each([
    ['en-IE', 'en', 'en-IE'],
    ['en', 'en', 'en'],
    ['de-DE', 'de', 'de-DE'],
    ['de-AT', 'de', 'de-AT'],
    ['fr-FR', 'en', 'en'],
    // Lower German has three letters, and is not ours.
    ['nds', 'en', 'en'],
    ['den', 'en', 'en'],
  ])('%s has our words in %s, and says lang="%s"', (tag, language, lang) => {
    expect(pageLocale(tag, tag)).toMatchObject({ tag, language, lang });
  });

  it('leads to the pages of the same locale', () => {
    expect(pageLocale('de-DE', 'en-IE').link('/cart')).toBe('/de-DE/cart');
  });

  it('knows in which language the catalogue is, where that is another', () => {
    expect(pageLocale('de-DE', 'en-IE').catalogueLang).toBe('en-IE');
    expect(pageLocale('en-US', 'en-IE').catalogueLang).toBeUndefined();
    expect(pageLocale('fr-FR', 'fr-FR').catalogueLang).toBe('fr-FR');
  });

  it('writes days as its country does, whatever the time zone', () => {
    expect(formatDays('2026-12-04', '2026-12-04', 'en-IE')).toBe('4 Dec 2026');
    // The spaces around a range's dash are narrow ones.
    const range = formatDays('2026-12-30', '2027-01-02', 'de-DE');
    expect(range.replace(/\s/g, ' ')).toBe('30.12.2026 – 02.01.2027');
  });

  it('writes a day that no calendar has as it is', () => {
    expect(formatDays('2026-99-04', '2026-12-07', 'en-IE')).toBe('2026-99-04 – 2026-12-07');
  });
});
