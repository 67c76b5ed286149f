import { describe, expect, test } from 'vitest';
import {
  DRY_RUN,
  HOST,
  KIND,
  LIMIT,
  MODE,
  REASON,
  readQuery,
  SHOP_ID,
  VERSION,
} from './query.rules.ts';

const PARAMETERS = { shopId: SHOP_ID, kind: KIND, mode: MODE, after: HOST, limit: LIMIT };
const read = (search: string) => readQuery(new URLSearchParams(search), PARAMETERS);

describe('a query', () => {
  test('that is empty asks for nothing', () => {
    const query = { shopId: null, kind: null, mode: null, after: null, limit: null };
    expect(read('')).toEqual({ ok: true, query });
  });

  test('is read by its parameters', () => {
    expect(read('shopId=aurora&kind=alias&mode=expired&after=a.localhost&limit=100')).toEqual({
      ok: true,
      query: { shopId: 'aurora', kind: 'alias', mode: 'expired', after: 'a.localhost', limit: 100 },
    });
  });

  test('says everything that is wrong with it, and what would be right', () => {
    expect(read('limit=0&kind=main&shop=x')).toEqual({
      ok: false,
      errors: [
        {
          path: '/query/shop',
          message:
            'is not a parameter of this operation: it takes shopId, kind, mode, after, limit',
        },
        { path: '/query/kind', message: 'must be one of canonical, alias, vanity' },
        { path: '/query/limit', message: 'must be a whole number from 1 to 100' },
      ],
    });
  });

  test('does not say one thing twice', () => {
    expect(read('kind=alias&kind=vanity')).toEqual({
      ok: false,
      errors: [{ path: '/query/kind', message: 'is given more than once' }],
    });
  });

  test('of an operation without parameters is empty', () => {
    expect(readQuery(new URLSearchParams('x=1'), {})).toEqual({
      ok: false,
      errors: [
        { path: '/query/x', message: 'is not a parameter of this operation: it takes none' },
      ],
    });
  });
});

describe('a value that is none of its kind is refused', () => {
  const cases = Object.entries({
    limit: [LIMIT, ['0', '101', '-1', '1.5', '1e1', '0x1', ' 1', '', 'x']],
    version: [VERSION, ['0', '2147483648', '99999999999999999999']],
    shopId: [SHOP_ID, ['', 'Not A Shop', 'a']],
    host: [HOST, ['', '-', 'A.localhost', 'a.localhost:80']],
    dryRun: [DRY_RUN, ['', '1', 'yes', 'TRUE']],
    reason: [REASON, ['', 'ab', 'x'.repeat(501), '🙂🙂']],
  } as const).flatMap(([name, [parameter, texts]]) =>
    texts.map((text) => [name, text, parameter] as const),
  );

  test.each(cases)('%s=%s', (_, text, parameter) => {
    expect(parameter.parse(text)).toBeUndefined();
  });

  test('and one that is at the edge of its kind is read', () => {
    expect(REASON.parse('🙂'.repeat(500))).toHaveLength(1000);
    expect(VERSION.parse('2147483647')).toBe(2_147_483_647);
    expect(DRY_RUN.parse('false')).toBe(false);
  });
});
