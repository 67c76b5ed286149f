import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKey } from './client-address.rules.ts';

function keyOf(address: string): string | null {
  return addressKey(new Headers({ 'cf-connecting-ip': address }), 'production');
}

describe('an IPv4 address is one caller', () => {
  test.each(['203.0.113.7', '0.0.0.0', '255.255.255.255'])('%s', (address) => {
    expect(keyOf(address)).toBe(address);
  });

  test.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['::ffff:0.0.1.2', '0.0.1.2'],
  ])('also when written as IPv6: %s', (address, key) => {
    expect(keyOf(address)).toBe(key);
  });
});

describe('an IPv6 address is limited by its /64', () => {
  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['2001:db8:1:2:0:0:203.0.113.7', '2001:db8:1:2::/64'],
    ['::fffe:203.0.113.7', '0:0:0:0::/64'],
  ])('%s', (address, key) => {
    expect(keyOf(address)).toBe(key);
  });

  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const network = fc.array(group, { minLength: 4, maxLength: 4 });
  const host = fc.array(group, { minLength: 4, maxLength: 4 });

  test('two addresses share a key if they share the first 64 bits, and only then', () => {
    // A network of zeros is where IPv4 addresses are written.
    const real = network.filter((groups) => groups.some((value) => value !== '0'));
    fc.assert(
      fc.property(real, host, real, host, (networkA, hostA, networkB, hostB) => {
        const keyA = keyOf([...networkA, ...hostA].join(':'));
        expect(keyOf([...networkA, ...hostB].join(':'))).toBe(keyA);
        const isSame = networkA.join(':') === networkB.join(':');
        expect(keyOf([...networkB, ...hostB].join(':')) === keyA).toBe(isSame);
      }),
    );
  });
});

describe('what is no address is counted together with all that is none', () => {
  test.each([
    '',
    'unknown',
    '203.0.113.7, 198.51.100.1',
    '203.0.113.256',
    '203.0.113',
    '0x7f.0.0.1',
    '[2001:db8::1]',
    'fe80::1%eth0',
    '2001:db8::1]/x?[',
    ':::',
  ])('%j', (address) => {
    expect(keyOf(address)).toBe('unknown');
  });

  test('whatever is sent, a key is made of it, and none is longer than a network', () => {
    fc.assert(
      fc.property(fc.string(), (address) => {
        const key = addressKey({ get: () => address }, 'production');
        expect(key?.length).toBeLessThan(24);
      }),
    );
  });
});

describe('without an address', () => {
  test.each(['staging', 'production'] as const)('in %s all share one key', (environment) => {
    expect(addressKey(new Headers(), environment)).toBe('unknown');
  });

  test('on a developer’s machine nobody is limited by it, unless one is sent', () => {
    expect(addressKey(new Headers(), 'local')).toBeNull();
    const sent = new Headers({ 'cf-connecting-ip': '203.0.113.7' });
    expect(addressKey(sent, 'local')).toBe('203.0.113.7');
  });
});
