import { ENGLISH_PAGES, type PageTexts } from './english-pages.ts';
import { GERMAN_PAGES } from './german-pages.ts';
import type { Language } from './language.ts';

export type { PageTexts } from './english-pages.ts';

const TEXTS: Readonly<Record<Language, PageTexts>> = { en: ENGLISH_PAGES, de: GERMAN_PAGES };

/** Our words on the pages in a language. */
export function pageTexts(language: Language): PageTexts {
  return TEXTS[language];
}
