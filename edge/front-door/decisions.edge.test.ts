/** The contract's vectors of the front door, sent to the Worker itself over HTTP. */
import { INTERNAL_HEADERS } from '@commerce/contracts/vocabulary/shop-context.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matchPublicRoute, matchWebhookRoute } from './public-routes.ts';
import { anyTarget } from './testing/arbitrary-doors.ts';
import { type DoorAnswer, type RunningDoor, startFrontDoor } from './testing/start-front-door.ts';
import { hostOf, MAPPINGS, NOW, partsOf, VECTORS, type Vector } from './testing/vectors.ts';

const HOUR_MS = 3_600_000;

/** The Worker's clock cannot be held at the vectors' second: what is to run out there runs out in an hour here. */
const mappings = MAPPINGS.map((mapping) => {
  if (mapping.expiresAt === undefined) return mapping;
  const isOver = Date.parse(mapping.expiresAt) <= NOW.getTime();
  const expiresAt = new Date(Date.now() + (isOver ? -HOUR_MS : HOUR_MS)).toISOString();
  return { ...mapping, expiresAt };
});

let door: RunningDoor;

beforeAll(async () => {
  door = await startFrontDoor(mappings);
});
afterAll(() => door?.dispose());

function visit(vector: Vector): Promise<DoorAnswer> {
  const { method, target } = partsOf(vector);
  return door.call(method, hostOf(vector), target, vector.headers);
}

/** An answer over the wire in the words of the vectors. */
function wordsOf(vector: Vector, answer: DoorAnswer): string {
  const { status, headers, text, received } = answer;
  if (received !== null) return `${received.binding.toLowerCase()} ${whatFor(received)}`;
  if (status === 301 || status === 307) return `${status} ${headers.location}`;
  if (status === 204 || status === 405) return `${status} ${headers.allow}`;
  if (hostOf(vector).toLowerCase().startsWith('ops.')) return 'operators';
  if (text.includes('<h1>')) return status === 410 ? 'closed page' : 'landing page';
  if (status === 200) return `mapping ${(JSON.parse(text) as { mode: string }).mode}`;
  return `${status} ${(JSON.parse(text) as { code: string }).code}`;
}

function whatFor({ method, url, headers }: NonNullable<DoorAnswer['received']>): string {
  const { pathname } = new URL(url);
  const match = headers['x-shop-id'] === undefined ? matchWebhookRoute : matchPublicRoute;
  const route = match(method, pathname);
  if (route.kind === 'found') return route.operationId;
  const isFile = !/^\/[a-z]{2}(-|\/)/.test(pathname);
  return `${isFile ? 'file' : 'page'} ${headers['x-shop-locale']}`;
}

/** HEAD has no body that says which page it is without, nor which problem. */
function withoutBody(words: string): string {
  return words.replace(/^(?:landing page|mapping \w+)$/, '200').replace(/^closed page$/, '410');
}

const refusedBefore = VECTORS.filter(({ runtime }) => runtime === 'refused');
const served = VECTORS.filter(({ runtime }) => runtime !== 'refused');

describe('the vectors of the contract', () => {
  test.each(served.map((vector) => [vector.case, vector] as const))('%s', async (_, vector) => {
    const answer = await visit(vector);
    const expected = vector.runtime ?? vector.answer;
    if (partsOf(vector).method === 'HEAD' && answer.received === null && answer.status === 200) {
      expect([answer.text, `${answer.status}`]).toEqual(['', withoutBody(expected)]);
    } else {
      expect(wordsOf(vector, answer)).toBe(expected);
    }
    expectHeaders(answer);
  });

  test.each(refusedBefore.map((vector) => [vector.case, vector] as const))(
    '%s: refused',
    async (_, vector) => {
      const answer = await visit(vector);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.received).toBeNull();
    },
  );
});

/** What every answer of a kind has, and what none has. */
function expectHeaders({ status, headers, received }: DoorAnswer): void {
  if (status === 307) {
    expect(headers.vary).toBe('Accept-Language, Cookie');
    expect(headers['cache-control']).toBe('private, no-store');
  }
  if (status === 301) {
    expect(headers.vary).toBeUndefined();
    expect(headers['cache-control']).toBe('max-age=3600');
  }
  if (received !== null) expect([headers.etag, headers.vary]).toEqual(['"kept"', 'Accept']);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  expect(headers['x-request-id']).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
  const internal = /^(x-shop-|x-contract-version|x-cart-id|x-forwarded-|server$|x-powered-by)/;
  expect(Object.keys(headers).filter((name) => internal.test(name))).toEqual([]);
}

describe('what is passed on', () => {
  const passed = served.filter(({ answer, runtime }) => {
    return runtime === undefined && /^(storefront|gateway) /.test(answer);
  });

  test.each(passed.map((vector) => [vector.case, vector] as const))(
    '%s: method, path and query as they were sent',
    async (_, vector) => {
      const { method, target } = partsOf(vector);
      const { received, text } = await visit(vector);
      expect(received?.method).toBe(method === 'HEAD' ? 'GET' : method);
      expect(received?.url.replace(/^https?:\/\/[^/]*/, '')).toBe(target);
      expect(text).toBe(method === 'HEAD' ? '' : 'an answer');
    },
  );

  test('the storefront is told the locales and the configuration, the gateway is not', async () => {
    const page = await door.call('GET', 'TEA.test.:8443', '/en/cart');
    expect(page.received?.headers).toMatchObject({
      'x-shop-id': 'tea',
      'x-shop-environment': 'local',
      'x-shop-host': 'tea.test',
      'x-shop-canonical-host': 'tea.test',
      'x-shop-runtime-id': 'eu-1',
      'x-shop-locale': 'en',
      'x-shop-locales': 'en',
      'x-shop-default-locale': 'en',
      'x-shop-configuration-id': 'winter',
    });
    const french = await door.call('GET', 'shop.example', '/fr/');
    expect(french.received?.headers).toMatchObject({
      'x-shop-locale': 'fr',
      'x-shop-locales': 'en-IE,de-DE,fr',
      'x-shop-default-locale': 'en-IE',
    });
    expect(french.received?.headers).not.toHaveProperty('x-shop-configuration-id');
    const api = await door.call('GET', 'tea.test', '/api/order-status');
    const said = Object.keys(api.received?.headers ?? {}).filter((name) => name.startsWith('x-'));
    expect(said.sort()).toEqual([
      'x-request-id',
      'x-shop-canonical-host',
      'x-shop-environment',
      'x-shop-host',
      'x-shop-id',
      'x-shop-runtime-id',
    ]);
  });
});

/** `content-length` and the like would be no request any more; these have a meaning in HTTP itself. */
const FORGED = [...INTERNAL_HEADERS, 'x-shop-new', 'x-forwarded-new', 'x-original-new'];

test.each([
  ['GET', 'shop.example', '/en-IE/'],
  ['GET', 'shop.example', '/api/cart'],
  ['GET', 'shop.example', '/api/order-status'],
  ['POST', 'hooks.example', '/api/stripe-webhook'],
])('%s %s%s: nothing internal of a client comes through', async (method, host, target) => {
  const forged = Object.fromEntries(FORGED.map((name) => [name.toUpperCase(), 'forged-by-client']));
  const { received } = await door.call(method, host, target, { ...forged, accept: 'text/html' });
  const heard = Object.entries(received?.headers ?? {});
  expect(heard.filter(([, value]) => value === 'forged-by-client')).toEqual([
    // The one that a client may choose, since it has the form of one.
    ['x-request-id', 'forged-by-client'],
  ]);
  expect(received?.headers.accept).toBe('text/html');
});

test.each([
  ['nobody.example', '/', 404],
  ['closed.example', '/', 410],
  ['soon.example', '/', 200],
  ['shop.example', '/api/unknown', 404],
  ['shop.example', '/.well-known/front-door', 200],
  ['hooks.example', '/', 404],
  ['ops.example', '/', 404],
])('HEAD of %s%s has the status and the type of GET, and no body', async (host, target, status) => {
  const get = await door.call('GET', host, target, { accept: 'text/html' });
  const head = await door.call('HEAD', host, target, { accept: 'text/html' });
  expect([get.status, head.status]).toEqual([status, status]);
  expect(head.headers['content-type']).toBe(get.headers['content-type']);
  expect(get.text).not.toBe('');
  expect(head.text).toBe('');
});

test('no redirect leads elsewhere, whatever the target is', async () => {
  await fc.assert(
    fc.asyncProperty(
      // As far as an HTTP client lets it be sent.
      anyTarget.map((target) => target.replaceAll(/[^\x21-\x7e]/g, '')),
      fc.constantFrom('www.shop.example', 'shop.example', 'sale.example'),
      async (target, host) => {
        const { headers } = await door.call('GET', host, target);
        if (headers.location === undefined) return;
        const to = new URL(String(headers.location), `https://${host}${target}`);
        expect(to.origin).toBe('https://shop.example');
      },
    ),
    { numRuns: 300 },
  );
});

test('what is mapped is said in six words, and nobody may keep it', async () => {
  const answer = await door.call('GET', 'www.shop.example', '/.well-known/front-door');
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(JSON.parse(answer.text)).toEqual({
    host: 'www.shop.example',
    shopId: 'books',
    canonicalHost: 'shop.example',
    kind: 'alias',
    mode: 'active',
    version: 7,
  });
});
