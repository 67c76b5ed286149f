import { expect, test } from 'vitest';
import { setSecurityHeaders, stripInternalAnswerHeaders } from './security-headers.ts';

test('a page keeps its own policy', () => {
  const headers = new Headers({ 'content-security-policy': "script-src 'nonce-x'" });
  setSecurityHeaders(headers, 'http');
  expect(headers.get('content-security-policy')).toBe("script-src 'nonce-x'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('strict transport is for https alone, and not for hosts below', () => {
  const theirs = { 'strict-transport-security': 'max-age=1; includeSubDomains' };
  const [plain, secure] = [new Headers(theirs), new Headers(theirs)];
  setSecurityHeaders(plain, 'http');
  setSecurityHeaders(secure, 'https');
  expect(plain.has('strict-transport-security')).toBe(false);
  expect(secure.get('strict-transport-security')).toBe('max-age=31536000');
});

test('every answer keeps other sites from reading, framing and steering it', () => {
  const headers = new Headers();
  setSecurityHeaders(headers, 'https');
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    'cross-origin-opener-policy': 'same-origin-allow-popups',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-frame-options': 'DENY',
  });
});

test('an answer loses what is internal and what names our software, and keeps its request id', () => {
  const headers = new Headers({
    'X-Shop-Id': 'books',
    'x-shop-not-invented-yet': 'x',
    'X-Contract-Version': '1.0.0',
    'x-cart-id': 'cart_1',
    'x-forwarded-anything': 'x',
    Server: 'koa',
    'X-Powered-By': 'node',
    'x-request-id': 'request-1',
    etag: '"a"',
    'retry-after': '2',
  });
  stripInternalAnswerHeaders(headers);
  expect([...headers.keys()]).toEqual(['etag', 'retry-after', 'x-request-id']);
});
