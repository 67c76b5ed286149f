import { expect, test } from 'vitest';
import { readCsv } from '../operator-cli/csv-file.ts';
import { rowsOf } from './rows.rules.ts';

test('a file of counted stock, whose columns may stand in any order', () => {
  const text = 'onHand,variantKey\n40,v1:mug\n\n0,"v1:tee?colour=red&size=m"\n';
  expect(rowsOf(readCsv(text))).toEqual({
    ok: true,
    rows: [
      { row: 2, variantKey: 'v1:mug', onHand: 40 },
      { row: 4, variantKey: 'v1:tee?colour=red&size=m', onHand: 0 },
    ],
  });
});

test.each<[string, string, string[]]>([
  ['no row', 'variantKey,onHand\n', ['line 1: no row follows it']],
  ['a column too few', 'variantKey\nv1:mug\n', ['line 1: the columns are variantKey, onHand']],
  ['another column', 'variantKey,onHand,held\nv1:mug,1,1\n', ['line 1: the columns are']],
  ['a column twice', 'variantKey,onHand,onHand\nv1:mug,1,1\n', ['line 1: the columns are']],
  [
    'all that is wrong at once',
    'variantKey,onHand\nv1:mug,1\nMug,2\nv1:mug,3\nv1:bag,-1\nv1:cap,1.5\nv1:tee,10000000000\n',
    [
      'line 3: "Mug" is no variant key',
      'line 4: v1:mug is on line 2 already',
      'line 5: "-1" is no number of units',
      'line 6: "1.5" is no number of units',
      'line 7: "10000000000" is no number of units',
    ],
  ],
])('a file with %s is refused by its lines', (_name, text, problems) => {
  const read = rowsOf(readCsv(text));
  expect(read).toEqual({
    ok: false,
    problems: problems.map((problem) => expect.stringContaining(problem)),
  });
});
