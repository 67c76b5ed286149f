/** Control characters, and those that turn the direction of writing or end a line where none should end. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text from elsewhere as one line that says what it holds: whoever wrote it moves no cursor, colours nothing, and
 * begins no line that looks like ours.
 */
export function plainText(text: string): string {
  return text.replaceAll(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same for an output of ours, whose own line ends are meant. */
export function plainLines(output: string): string {
  return output.split('\n').map(plainText).join('\n');
}
