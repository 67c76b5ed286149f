import { expect, test } from 'vitest';
import { rawTarget } from './raw-target.ts';

test.each([
  ['http://a.localhost:8787', '/', ''],
  ['http://a.localhost/', '/', ''],
  ['http://a.localhost/a%2Fb', '/a%2Fb', ''],
  ['http://a.localhost//evil.example/x', '//evil.example/x', ''],
  ['http://a.localhost/a/../b', '/a/../b', ''],
  ['http://a.localhost/p?', '/p', '?'],
  ['http://a.localhost/p?a=1&a=2&b=&&c', '/p', '?a=1&a=2&b=&&c'],
  ['http://a.localhost/p?next=http://evil.example/?q', '/p', '?next=http://evil.example/?q'],
  ['http://a.localhost?x=1', '/', '?x=1'],
  ['https://a.localhost/p#fragment', '/p', ''],
])('%s is %j and %j', (url, pathname, search) => {
  expect(rawTarget(url)).toEqual({ pathname, search });
});
