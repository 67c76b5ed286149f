import { describe, expect, it } from 'vitest';
import { localeNames } from './locale-names.ts';

const names = (...tags: string[]) => localeNames(tags).map(({ name }) => name);

describe('the languages that a buyer may choose from', () => {
  it('are called as their own speakers call them', () => {
    expect(names('en-IE', 'de-DE', 'fr-FR')).toEqual(['English', 'Deutsch', 'Français']);
  });

  it('say the country where two share a language', () => {
    expect(names('de-DE', 'de-AT', 'en')).toEqual([
      'Deutsch (Deutschland)',
      'Deutsch (Österreich)',
      'English',
    ]);
  });
});
