import { describe, expect, test } from 'vitest';
import { routerFor } from './routes.ts';

const route = routerFor(
  {
    listHosts: { method: 'get', path: '/hosts' },
    getHost: { method: 'get', path: '/hosts/{host}' },
    putHost: { method: 'put', path: '/hosts/{host}' },
    reserved: { method: 'get', path: '/hosts/reserved' },
    finalize: { method: 'post', path: '/sessions/{id}/finalize' },
  },
  '/ops/v1',
);

describe('finds what the contract has', () => {
  test('by method and path, with the parameters decoded', () => {
    expect(route('PUT', '/ops/v1/hosts/a%2Eb')).toEqual({
      kind: 'found',
      operationId: 'putHost',
      params: { host: 'a.b' },
    });
  });

  test('HEAD where there is GET', () => {
    expect(route('HEAD', '/ops/v1/hosts')).toMatchObject({ operationId: 'listHosts' });
  });

  test('a literal path before a template', () => {
    expect(route('GET', '/ops/v1/hosts/reserved')).toMatchObject({ operationId: 'reserved' });
  });
});

describe('finds nothing else', () => {
  test.each([
    ['/hosts'],
    ['/ops/v1/hosts/'],
    ['/ops/v1/Hosts'],
    ['/ops/v1/hosts/a/b'],
    ['/ops/v1/hosts/%'],
    ['/ops/v1/hosts/a\nb/c'],
    ['//ops/v1/hosts'],
    ['/ops/v1/hosts/.'],
    ['/ops/v1/hosts/%2E%2e'],
    ['/ops/v1/hosts/a%2Fb'],
    ['/ops/v1/hosts/a%5Cb'],
    ['/ops/v1/sessions//finalize'],
  ])('%j', (path) => {
    expect(route('GET', path)).toEqual({ kind: 'unknown_path' });
  });

  test('another method is told which ones there are', () => {
    expect(route('DELETE', '/ops/v1/hosts/a')).toEqual({
      kind: 'wrong_method',
      allow: ['GET', 'HEAD', 'PUT', 'OPTIONS'],
    });
    expect(route('GET', '/ops/v1/sessions/1/finalize')).toEqual({
      kind: 'wrong_method',
      allow: ['POST', 'OPTIONS'],
    });
  });
});
