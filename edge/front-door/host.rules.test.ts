import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostOwner, normaliseHost } from './host.rules.ts';

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

const piece = fc.constantFrom(
  ...[
    'a',
    'Z',
    '0',
    '-',
    '.',
    '..',
    ':',
    ':80',
    'xn--',
    'xn--bcher-kva',
    'ü',
    'ß',
    '。',
    '0x7f',
    '127',
    '1',
  ],
  ...['example', '@', '/', '%61', '[', '::1', ']', ' ', '_', 'a'.repeat(62)],
);
const authority = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.string(),
);

test('normalising twice changes nothing more, and a normal host is what a URL makes of it', () => {
  fc.assert(
    fc.property(authority, (text) => {
      const host = normaliseHost(text);
      if (host === null) return;
      expect(normaliseHost(host)).toBe(host);
      expect(new URL(`https://${host}/`).hostname).toBe(host);
      expect(new URL(`https://${text}/`).hostname.replace(/\.$/, '')).toBe(host);
    }),
    { numRuns: 5_000 },
  );
});

describe('the owner of a host', () => {
  const platform = { WEBHOOK_HOST: 'hooks.example', CONTROL_HOST: 'ops.example' };

  test.each([
    ['hooks.example', { kind: 'webhooks' }],
    ['Hooks.Example.:443', { kind: 'webhooks' }],
    ['OPS.example', { kind: 'operators' }],
    ['shop.example:8787', { kind: 'shops', host: 'shop.example' }],
    ['x.ops.example', { kind: 'shops', host: 'x.ops.example' }],
    ['ops.example@shop.example', { kind: 'shops', host: null }],
    ['', { kind: 'shops', host: null }],
  ])('%j', (text, owner) => {
    expect(hostOwner(text, platform)).toEqual(owner);
  });
});
