import { describe, expect, test } from 'vitest';
import { normaliseHost } from './host.rules.ts';

describe('a host has one spelling', () => {
  test.each([
    ['aurora.localhost', 'aurora.localhost'],
    ['Aurora.LOCALHOST:8787', 'aurora.localhost'],
    ['aurora.localhost.', 'aurora.localhost'],
    ['aurora.localhost.:443', 'aurora.localhost'],
    ['aurora.localhost:65535', 'aurora.localhost'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['shop。example', 'shop.example'],
    ['a-b-c.example', 'a-b-c.example'],
  ])('%j is %j', (authority, host) => {
    expect(normaliseHost(authority)).toBe(host);
  });
});

describe('what no shop can be called is no host', () => {
  test.each([
    [''],
    [' '],
    ['.'],
    [':8787'],
    ['aurora.localhost..'],
    ['aurora..localhost'],
    ['-aurora.localhost'],
    ['aurora-.localhost'],
    ['au_rora.localhost'],
    ['user@aurora.localhost'],
    ['aurora.localhost@evil.example'],
    ['aurora.localhost/evil'],
    ['aurora.localhost\\evil'],
    ['aurora.localhost?x'],
    ['aurora.localhost#x'],
    ['%61urora.localhost'],
    ['aurora.localhost:80:80'],
    ['aurora.localhost:abc'],
    ['aurora.localhost:65536'],
    ['aurora.localhost:99999'],
    ['aurora.localhost:0'],
    ['aurora.localhost:00000'],
    ['aurora.localhost:100000'],
    ['127.0.0.1'],
    ['0x7f.1'],
    ['2130706433'],
    ['[::1]'],
    ['[::1]:8787'],
    [`${'a'.repeat(64)}.example`],
    [`${'a.'.repeat(130)}example`],
    ['aurora.localhost, borealis.localhost'],
  ])('%j', (authority) => {
    expect(normaliseHost(authority)).toBeNull();
  });
});

test('normalising twice changes nothing more', () => {
  const once = normaliseHost('BÜCHER.Example.:8787');
  expect(once === null ? null : normaliseHost(once)).toBe(once);
});
