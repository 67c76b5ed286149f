import { expect, test } from 'vitest';
import { setSecurityHeaders } from './security-headers.ts';

test('a page keeps its own policy', () => {
  const headers = new Headers({ 'content-security-policy': "script-src 'nonce-x'" });
  setSecurityHeaders(headers, 'http');
  expect(headers.get('content-security-policy')).toBe("script-src 'nonce-x'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('strict transport is for https alone, and not for hosts below', () => {
  const [plain, secure] = [new Headers(), new Headers()];
  setSecurityHeaders(plain, 'http');
  setSecurityHeaders(secure, 'https');
  expect(plain.has('strict-transport-security')).toBe(false);
  expect(secure.get('strict-transport-security')).toBe('max-age=31536000');
});
