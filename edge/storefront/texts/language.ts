/** The languages that our own words exist in. */
export type Language = 'en' | 'de';

/**
 * The language of our words on a page of this locale: its own where we have it, else English.
 * @param locale a BCP 47 tag such as `de-AT`
 */
export function languageOf(locale: string): Language {
  const [language] = locale.toLowerCase().split('-', 1);
  return language === 'de' ? 'de' : 'en';
}

/** The `lang` of a document in this locale: the locale where our words are in its language, else the words' own. */
export function documentLanguage(locale: string): string {
  const language = languageOf(locale);
  return locale.toLowerCase().split('-', 1)[0] === language ? locale : language;
}
