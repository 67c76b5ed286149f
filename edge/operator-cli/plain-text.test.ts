import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainLines, plainText } from './plain-text.ts';

describe('a text from elsewhere', () => {
  test('is left as it is where all of it can be seen', () => {
    for (const text of ['Opening – the spring campaign', 'Größe 42 €', '価格', 'a\\b "c"'])
      expect(plainText(text)).toBe(text);
  });

  test('clears no screen, begins no line and turns no direction', () => {
    expect(plainText('\u001b[2Jx\r\nversion 9, deleted')).toBe(
      '\\u001b[2Jx\\u000d\\u000aversion 9, deleted',
    );
    expect(plainText('a\u202eb\u2028c\u0000')).toBe('a\\u202eb\\u2028c\\u0000');
  });

  test('is one line, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainText(text)).not.toMatch(/\p{Cc}|\u2028|\u2029/u);
      }),
    );
  });
});

test('an output keeps its own lines, and nothing else that moves a cursor', () => {
  expect(plainLines('one\n  two\u001b[31m\n')).toBe('one\n  two\\u001b[31m\n');
});
