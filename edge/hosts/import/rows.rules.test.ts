import { describe, expect, test } from 'vitest';
import { rowsOf } from './rows.rules.ts';

const HEADER = ['host', 'shopId', 'canonicalHost', 'kind', 'mode', 'locales', 'reason'];
const CELLS = ['shop.example.org', 'aurora', '', 'canonical', 'active', 'en-IE de-DE', 'Moved'];

function rows(header: readonly string[], ...cells: readonly (readonly string[])[]) {
  return rowsOf(
    { header, records: cells.map((row, index) => ({ line: index + 2, cells: row })) },
    undefined,
  );
}

function problemsOf(result: ReturnType<typeof rowsOf>): string[] {
  return result.ok ? [] : result.problems.map(({ line, message }) => `${line}: ${message}`);
}

describe('a row', () => {
  test('says what the host shall be', () => {
    expect(rows(HEADER, CELLS)).toEqual({
      ok: true,
      rows: [
        {
          line: 2,
          host: 'shop.example.org',
          reason: 'Moved',
          edit: {
            shopId: 'aurora',
            canonicalHost: 'shop.example.org',
            kind: 'canonical',
            mode: 'active',
            locales: ['en-IE', 'de-DE'],
          },
        },
      ],
    });
  });

  test('takes an optional field away by an empty cell, and keeps it where there is no such column', () => {
    const read = rows(['host', 'runtimeId', 'expiresAt', 'reason'], ['a.example', '', '', 'Why']);
    expect(read).toMatchObject({ rows: [{ edit: { runtimeId: null, expiresAt: null } }] });
    expect(read.ok && read.rows[0]?.edit.configurationId).toBeUndefined();
    expect(read.ok && read.rows[0]?.edit.mode).toBeUndefined();
  });

  test('names its host in any spelling, and is mapped in one', () => {
    const read = rows(
      ['host', 'canonicalHost', 'reason'],
      ['MÜNCHEN.Example.', 'Shop.Example', 'Why'],
    );
    expect(read).toMatchObject({
      rows: [{ host: 'xn--mnchen-3ya.example', edit: { canonicalHost: 'shop.example' } }],
    });
  });

  test('without a reason of its own has the one of the command', () => {
    const file = { header: ['host'], records: [{ line: 2, cells: ['a.example'] }] };
    expect(rowsOf(file, 'Spring clean')).toMatchObject({ rows: [{ reason: 'Spring clean' }] });
    expect(problemsOf(rowsOf(file, undefined))[0]).toMatch(/^2: a\.example has no reason/);
  });
});

describe('a file is refused, by line, for', () => {
  test.each([
    ['an unknown column', ['host', 'shop'], /1: there is no column "shop"/],
    ['a column twice', ['host', 'host'], /1: the column "host" is there twice/],
    ['no host column', ['mode'], /1: the column "host" is missing/],
  ])('%s', (_, header, problem) => {
    expect(problemsOf(rows(header, []))[0]).toMatch(problem);
  });

  test('a host on two lines, in two spellings', () => {
    const again = CELLS.with(0, 'SHOP.example.org');
    expect(problemsOf(rows(HEADER, CELLS, again))).toEqual([
      '3: shop.example.org is on line 2 already',
    ]);
  });

  test('what is no host, and every other fault as well: all are listed', () => {
    const faults = rows(
      HEADER,
      CELLS.with(0, '10.0.0.1'),
      CELLS.with(2, 'http://x'),
      CELLS.with(5, ''),
      CELLS.with(6, 'No'),
    );
    expect(problemsOf(faults)).toEqual([
      '2: "10.0.0.1" is not a host name',
      '3: "http://x" is not a host name',
      '4: locales of shop.example.org is empty',
      '5: the reason of shop.example.org has 3 to 500 characters',
    ]);
  });
});
