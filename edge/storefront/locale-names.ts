/** A locale that the buyer may switch to, called as its own speakers call it. */
export type LocaleName = { tag: string; name: string };

/** Every locale by its language's own name; with its country where two of them share a language. */
export function localeNames(tags: readonly string[]): LocaleName[] {
  const languages = tags.map((tag) => new Intl.Locale(tag).language);
  return tags.map((tag, index) => {
    const language = languages[index] ?? tag;
    const shared = languages.filter((other) => other === language).length > 1;
    const names = new Intl.DisplayNames([tag], { type: 'language', languageDisplay: 'standard' });
    return { tag, name: capitalised(names.of(shared ? tag : language) ?? tag, tag) };
  });
}

/** A name that stands alone begins with a capital, also where the language writes it small in a sentence. */
function capitalised(name: string, tag: string): string {
  const [first = '', ...rest] = name;
  return first.toLocaleUpperCase(tag) + rest.join('');
}
