import { ENGLISH_SCRIPTS, type ScriptTexts } from './english-scripts.ts';
import { GERMAN_SCRIPTS } from './german-scripts.ts';
import type { Language } from './language.ts';

export type { KnownProblem, ScriptTexts } from './english-scripts.ts';

const TEXTS: Readonly<Record<Language, ScriptTexts>> = { en: ENGLISH_SCRIPTS, de: GERMAN_SCRIPTS };

/** The words of the pages' scripts in a language. */
export function scriptTexts(language: Language): ScriptTexts {
  return TEXTS[language];
}
