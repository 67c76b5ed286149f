import { describe, expect, test } from 'vitest';
import { isLoopbackUrl, requireLoopback } from './loopback.ts';

describe('load is for this machine alone', () => {
  test.each([
    'http://127.0.0.1:8787',
    'http://localhost/',
    'http://aurora.localhost:8787/api/cart?a=b',
    'http://AURORA.LOCALHOST:1',
    'http://[::1]:8787',
    'https://localhost:443',
  ])('%s is of this machine', (url) => {
    expect(isLoopbackUrl(url)).toBe(true);
  });

  test.each([
    'https://shop.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://notlocalhost',
    'http://example.com/127.0.0.1',
    'http://example.com?localhost',
    'http://127.0.0.1:80@example.com',
    'http://localhost@example.com',
    'http://example.com\\@localhost',
    'http://[::2]',
    'ftp://localhost',
    'localhost:8787',
    '',
  ])('%s is not', (url) => {
    expect(isLoopbackUrl(url)).toBe(false);
  });

  test('a refusal names the URL', () => {
    expect(() => requireLoopback(['http://localhost', 'https://shop.example.com'])).toThrow(
      /https:\/\/shop\.example\.com is elsewhere/,
    );
  });
});
