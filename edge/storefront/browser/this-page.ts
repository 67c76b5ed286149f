import { localePath } from '../page-paths.ts';
import { type Language, languageOf } from '../texts/language.ts';
import { type ScriptTexts, scriptTexts } from '../texts/script-texts.ts';

/** The locale that the server has shown this page in (BCP 47): how money and numbers are written. */
export const locale: string = document.documentElement.dataset.locale ?? '';
if (locale === '') throw new Error('this page has no data-locale');

export const language: Language = languageOf(locale);
export const texts: ScriptTexts = scriptTexts(language);

/** The address of another page of this locale: `link('/cart')`. */
export function link(path: string): string {
  return localePath(locale, path);
}
