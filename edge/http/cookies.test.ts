import { expect, test } from 'vitest';
import { parseCookies } from './cookies.ts';

test('reads every cookie in order, also two of one name', () => {
  expect(parseCookies('a=1; b=x=y;a=2 ;junk; =z')).toEqual([
    { name: 'a', value: '1' },
    { name: 'b', value: 'x=y' },
    { name: 'a', value: '2' },
  ]);
});

test('no header is no cookie', () => {
  expect(parseCookies(null)).toEqual([]);
});
