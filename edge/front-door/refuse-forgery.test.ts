import { describe, expect, test } from 'vitest';
import { refuseForgery } from './refuse-forgery.ts';

const OWN = 'http://aurora.localhost:8787';

function decide(method: string, headers: Record<string, string>, hasBody = true) {
  return refuseForgery({ method, headers: new Headers(headers), hasBody }, OWN)?.code ?? 'allowed';
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('the Origin of an unsafe request', () => {
  test.each([
    ['http://borealis.localhost:8787'],
    ['http://aurora.localhost'],
    ['http://aurora.localhost:8788'],
    ['https://aurora.localhost:8787'],
    ['http://aurora.localhost:8787.evil.example'],
    ['http://AURORA.localhost:8787'],
    ['null'],
    [''],
  ])('%j is refused', (origin) => {
    expect(decide('POST', { ...JSON_TYPE, origin })).toBe('origin_not_allowed');
  });

  test('is our own, or is not sent', () => {
    expect(decide('POST', { ...JSON_TYPE, origin: OWN })).toBe('allowed');
    expect(decide('POST', JSON_TYPE)).toBe('allowed');
  });

  test('does not matter for a safe method', () => {
    expect(decide('GET', { origin: 'http://evil.example' }, false)).toBe('allowed');
  });
});

describe('the type of a body', () => {
  test.each([['application/json'], ['application/json; charset=utf-8'], ['Application/JSON']])(
    '%j is taken',
    (type) => {
      expect(decide('PATCH', { 'content-type': type })).toBe('allowed');
    },
  );

  test.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/problem+json'],
    ['text/plain; application/json'],
    ['application/jsonp'],
  ])('%j is refused', (type) => {
    expect(decide('POST', { 'content-type': type })).toBe('unsupported_media_type');
    expect(decide('POST', { 'content-type': type, origin: OWN }, false)).toBe(
      'unsupported_media_type',
    );
  });

  test('must be named where there is one', () => {
    expect(decide('POST', { origin: OWN })).toBe('unsupported_media_type');
  });

  test('may go unnamed without a body, unless cookies come from nobody knows where', () => {
    expect(decide('DELETE', { origin: OWN, cookie: 'a=1' }, false)).toBe('allowed');
    expect(decide('POST', {}, false)).toBe('allowed');
    expect(decide('POST', { cookie: 'a=1' }, false)).toBe('unsupported_media_type');
  });
});
