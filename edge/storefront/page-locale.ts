import { localePath } from './page-paths.ts';
import { documentLanguage, type Language, languageOf } from './texts/language.ts';
import { type PageTexts, pageTexts } from './texts/page-texts.ts';

/** The locale that a page is shown in, and what follows from it. */
export type PageLocale = {
  /** BCP 47, as in the page's address: how money, numbers and dates are written. */
  tag: string;
  /** Which of our languages the words are in. */
  language: Language;
  /** The document's `lang`: the tag, unless our words are in another language than it says. */
  lang: string;
  /** The `lang` of the catalogue's words; absent where it is the document's. */
  catalogueLang?: string;
  texts: PageTexts;
  /** The address of another page of this locale: `link('/cart')`. */
  link(path: string): string;
};

/**
 * @param tag of the page
 * @param catalogueTag the locale that the shop writes its names and descriptions in
 */
export function pageLocale(tag: string, catalogueTag: string): PageLocale {
  const language = languageOf(tag);
  const lang = documentLanguage(tag);
  const foreign = primary(catalogueTag) !== primary(lang);
  return {
    tag,
    language,
    lang,
    ...(foreign ? { catalogueLang: catalogueTag } : {}),
    texts: pageTexts(language),
    link: (path) => localePath(tag, path),
  };
}

/**
 * Days as a person of the locale writes them.
 * @param from and `to` are calendar days, `YYYY-MM-DD`
 */
export function formatDays(from: string, to: string, tag: string): string {
  const format = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' });
  const [first, last] = [new Date(from), new Date(to)];
  // The contract's pattern lets days through that no calendar has: they are shown as they are.
  if (Number.isNaN(first.getTime()) || Number.isNaN(last.getTime())) return `${from} – ${to}`;
  return format.formatRange(first, last);
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-', 1)[0] ?? '';
}
