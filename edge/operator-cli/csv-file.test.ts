import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from './csv-file.ts';
import { UsageError } from './failure.ts';

const TEXT = '\uFEFFhost,reason\r\na.example,"Moved, from ""there"""\r\n\r\n b.example , Why \n';

test('a file is read with quotes, either line ending, a byte order mark and empty lines', () => {
  expect(readCsv(TEXT)).toEqual({
    header: ['host', 'reason'],
    records: [
      { line: 2, cells: ['a.example', 'Moved, from "there"'] },
      { line: 4, cells: ['b.example', 'Why'] },
    ],
  });
});

test('whatever is quoted is read as it was', () => {
  const unit = fc.constantFrom('a', 'ü', '😀', ' ', '"', ',', ';', '\t', '\n', '\r\n', '\\');
  const cell = fc.string({ unit, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 4 }), (rows) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const lines = rows.map((row) => row.map(quoted).join(','));
      const read = readCsv(['host,reason', ...lines].join('\n'));
      expect(read.records.map(({ cells }) => cells)).toEqual(rows.map((row) => [...row]));
    }),
  );
});

describe('a file is refused, with its line, for', () => {
  test.each([
    ['an open quote', 'host,reason\na.example,"Why\n', /not a CSV file: .*line/i],
    ['a cell too many', 'host,reason\na.example,Why,not\n', /not a CSV file: .*line 2/],
    ['a cell too few', 'host,reason\na.example\n', /not a CSV file: .*line 2/],
    ['nothing in it', '\n\n', /the file is empty/],
  ])('%s', (_, text, message) => {
    expect(() => readCsv(text)).toThrow(message);
    expect(() => readCsv(text)).toThrow(UsageError);
  });
});
