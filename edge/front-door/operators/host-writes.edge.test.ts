import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EdgeAnswer, startTestEdge, type TestEdge } from '../../../local/test-edge.ts';
import { ifMatch, operatorCalls } from './testing/operator-calls.ts';

let edge: TestEdge;
const { ask, put, remove, get } = operatorCalls(() => edge);

beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge?.dispose());

/** What a stranger reads. */
function problemOf(answer: EdgeAnswer) {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  const { status, code, detail, requestId, errors } = answer.json();
  expect(status).toBe(answer.status);
  expect(requestId).toBe(answer.headers['x-request-id']);
  return { status, code, detail, ...(errors === undefined ? {} : { errors }) };
}

const UNSEEN = /^"\S+" is mapped: version \d+, written by ida at \S+Z\. /;

describe('creating a host', () => {
  test('needs no precondition, and answers with the version as its tag', async () => {
    const answer = await put('created.localhost', { configurationId: 'winter-2026' });
    expect(answer.status).toBe(200);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.json()).toMatchObject({ version: 1, configurationId: 'winter-2026' });
    const read = await ask('/ops/v1/hosts/created.localhost');
    expect(read.headers.etag).toBe('"1"');
    expect(read.json()).toEqual(answer.json());
    const head = await ask('/ops/v1/hosts/created.localhost', 'HEAD');
    expect([head.status, head.headers.etag, head.text]).toEqual([200, '"1"', '']);
  });

  test('may ask that there be none yet', async () => {
    const none = { 'if-none-match': '*' };
    expect((await put('fresh.localhost', {}, none)).status).toBe(200);
    const again = await put('fresh.localhost', {}, none);
    expect(problemOf(again)).toMatchObject({
      status: 412,
      code: 'precondition_failed',
      detail: expect.stringMatching(UNSEEN),
    });
    expect(again.headers.etag).toBe('"1"');
  });

  test('by the version of a host that is not mapped fails', async () => {
    const answer = await put('never.localhost', {}, ifMatch(1));
    expect(problemOf(answer)).toEqual({
      status: 412,
      code: 'precondition_failed',
      detail:
        '"never.localhost" is not mapped, and If-Match asks for version 1. To map it, send If-None-Match: *.',
    });
    expect(answer.headers.etag).toBeUndefined();
  });

  test('keeps one spelling of its expiry, in UTC', async () => {
    const answer = await put('until.localhost', { expiresAt: '2999-01-01T01:30:00+01:30' });
    expect(answer.json().expiresAt).toBe('2999-01-01T00:00:00.000Z');
  });
});

describe('replacing a host', () => {
  test('without saying which version is refused, with the tag that would do', async () => {
    await put('guarded.localhost');
    const answer = await put('guarded.localhost', { shopId: 'borealis' });
    expect(problemOf(answer)).toMatchObject({
      status: 428,
      code: 'precondition_required',
      detail: expect.stringMatching(/To change that one, send If-Match: "1"\.$/),
    });
    expect(answer.headers.etag).toBe('"1"');
    expect(await get('guarded.localhost')).toMatchObject({ shopId: 'aurora', version: 1 });
  });

  test('replaces the version that is there, and what is left out is gone', async () => {
    await put('whole.localhost', { runtimeId: 'storefront-1', configurationId: 'summer' });
    const answer = await put('whole.localhost', { shopId: 'borealis' }, ifMatch(1));
    expect([answer.status, answer.headers.etag]).toEqual([200, '"2"']);
    expect(await get('whole.localhost')).toEqual(answer.json());
    expect(answer.json()).not.toHaveProperty('runtimeId');
    expect(answer.json()).not.toHaveProperty('configurationId');
  });

  test('replaces no version but that, and says who wrote the present one', async () => {
    await put('raced.localhost');
    await put('raced.localhost', { mode: 'landing_only' }, ifMatch(1));
    const answer = await put('raced.localhost', { mode: 'expired' }, ifMatch(1));
    expect(problemOf(answer)).toMatchObject({
      status: 412,
      code: 'precondition_failed',
      detail: expect.stringMatching(
        /^"raced\.localhost" is at version 2, written by ida at \S+, and If-Match asks for version 1\./,
      ),
    });
    expect(answer.headers.etag).toBe('"2"');
  });

  test('takes the tag that a compressing proxy has made weak', async () => {
    await put('weak.localhost');
    expect((await put('weak.localhost', {}, { 'if-match': 'W/"1"' })).status).toBe(200);
  });

  test.each([
    ['if-match', { 'if-match': '1' }, 'must be one version in quotes, such as "3", as ETag has it'],
    ['if-match', { 'if-match': '*' }, 'must be one version in quotes, such as "3", as ETag has it'],
    ['if-none-match', { 'if-none-match': '"1"' }, 'must be *, for a host that is not mapped yet'],
  ])('by a malformed %s is a 400 that says how it is written', async (header, headers, message) => {
    expect(problemOf(await put('malformed.localhost', {}, headers))).toEqual({
      status: 400,
      code: 'malformed_request',
      detail: 'A precondition does not match the contract.',
      errors: [{ path: `/headers/${header}`, message }],
    });
  });
});

describe('a dry run', () => {
  test('answers as the write would, and writes nothing', async () => {
    const answer = await put('dry.localhost', {}, {}, '?dryRun=true');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ host: 'dry.localhost', version: 1, updatedBy: 'ida' });
    expect(await get('dry.localhost')).toBeNull();
    expect((await ask('/ops/v1/hosts/dry.localhost/history')).status).toBe(404);
  });

  test('is refused as the write would be', async () => {
    await put('wet.localhost');
    const dry = '?dryRun=true';
    expect((await put('wet.localhost', {}, {}, dry)).status).toBe(428);
    expect((await put('wet.localhost', {}, ifMatch(2), dry)).status).toBe(412);
    expect((await put('wet.localhost', { shopId: 'ghost' }, ifMatch(1), dry)).status).toBe(404);
    expect((await put('wet.localhost', { defaultLocale: 'de' }, ifMatch(1), dry)).status).toBe(422);
    expect((await put('wet.localhost', { mode: 'expired' }, ifMatch(1), dry)).json()).toMatchObject(
      {
        mode: 'expired',
        version: 2,
      },
    );
    expect(await get('wet.localhost')).toMatchObject({ mode: 'active', version: 1 });
  });

  test('of a deletion deletes nothing', async () => {
    await put('kept.localhost');
    const answer = await remove('kept.localhost', ifMatch(1), '?reason=To+see&dryRun=true');
    expect(answer.status).toBe(204);
    expect(await get('kept.localhost')).toMatchObject({ version: 1 });
  });

  test('that is misspelt is no write', async () => {
    const answer = await put('misspelt.localhost', {}, {}, '?dryrun=true');
    expect(problemOf(answer)).toEqual({
      status: 400,
      code: 'malformed_request',
      detail: 'The query does not match the contract.',
      errors: [
        {
          path: '/query/dryrun',
          message: 'is not a parameter of this operation: it takes dryRun',
        },
      ],
    });
    expect(await get('misspelt.localhost')).toBeNull();
  });
});

describe('a write that would break at the read', () => {
  const alias = (canonicalHost: string) => ({ kind: 'alias', canonicalHost });

  beforeAll(async () => {
    await put('target.localhost');
    await put('www.target.localhost', alias('target.localhost'));
    await put('foreign.localhost', { shopId: 'borealis' });
  });

  test.each([
    [
      'a chain',
      'chain.localhost',
      alias('www.target.localhost'),
      '"www.target.localhost" redirects to "target.localhost": name that one, since a chain of redirects is not allowed.',
    ],
    [
      'a redirect to nowhere',
      'lost.localhost',
      alias('nowhere.localhost'),
      '"nowhere.localhost" is not mapped: map it first, as a canonical host.',
    ],
    [
      'a canonical host of another shop',
      'thief.localhost',
      alias('foreign.localhost'),
      '"foreign.localhost" belongs to another shop, "borealis".',
    ],
    [
      'an alias of itself',
      'self.localhost',
      alias('self.localhost'),
      'A host of kind alias names another host as its canonicalHost, not itself.',
    ],
    ['the control host', 'ops.localhost', {}, '"ops.localhost" is the platform\'s own.'],
    ['the webhook host', 'hooks.localhost', {}, '"hooks.localhost" is the platform\'s own.'],
    ['an address', '127.0.0.1', {}, '"127.0.0.1" is not a host name.'],
    ['a single label', 'intranet', {}, '"intranet" is a single label: a host needs a domain.'],
    [
      'another spelling',
      'Upper.localhost',
      { canonicalHost: 'upper.localhost' },
      '"Upper.localhost" must be written "upper.localhost".',
    ],
    [
      'a vanity host that sells',
      'sale.localhost',
      { kind: 'vanity', canonicalHost: 'target.localhost' },
      'A vanity host is redirect_only or expired, never active: it carries no cart.',
    ],
  ])('%s is refused, and says why', async (_, host, settings, detail) => {
    const answer = await put(host, settings);
    expect(problemOf(answer)).toEqual({ status: 422, code: 'host_invalid', detail });
    expect(await get(host)).toBeNull();
  });

  test('an expiry in the past is refused', async () => {
    const answer = await put('late.localhost', { expiresAt: '2020-01-01T00:00:00Z' });
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'host_invalid' });
  });

  test('a loop of two is refused at either end', async () => {
    const turned = await put('target.localhost', alias('www.target.localhost'), ifMatch(1));
    expect(problemOf(turned)).toEqual({
      status: 422,
      code: 'host_invalid',
      detail: '"www.target.localhost" redirects to "target.localhost": the two would form a loop.',
    });
  });

  test('taking its canonical host from an alias is a conflict', async () => {
    const moved = await put('target.localhost', { shopId: 'borealis' }, ifMatch(1));
    const conflict = {
      status: 409,
      code: 'mapping_conflict',
      detail:
        '"target.localhost" must stay a canonical host of its shop, since "www.target.localhost" redirects to it. Map elsewhere or delete what redirects first.',
    };
    expect(problemOf(moved)).toEqual(conflict);
    expect(await get('target.localhost')).toMatchObject({ shopId: 'aurora', version: 1 });
  });

  test('a shop that the registry does not know is a 404', async () => {
    expect(problemOf(await put('ghost.localhost', { shopId: 'ghost' }))).toEqual({
      status: 404,
      code: 'shop_unknown',
      detail: 'There is no shop "ghost".',
    });
  });

  test('a reason is not left out', async () => {
    const answer = await put('why.localhost', { reason: undefined });
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'malformed_request' });
    expect((await put('why.localhost', { reason: 'no' })).status).toBe(400);
  });
});

describe('deleting a host', () => {
  test('takes it away everywhere, and says nothing', async () => {
    await put('doomed.localhost');
    expect((await edge.call('doomed.localhost', '/api/nothing')).json().code).toBe('not_found');
    const answer = await remove('doomed.localhost', ifMatch(1));
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await get('doomed.localhost')).toBeNull();
    const gone = await edge.call('doomed.localhost', '/api/nothing');
    expect(gone.json().code).toBe('host_unknown');
  });

  test('needs its version', async () => {
    await put('lasting.localhost');
    const unsaid = await remove('lasting.localhost');
    expect(problemOf(unsaid)).toMatchObject({ status: 428, code: 'precondition_required' });
    expect(unsaid.headers.etag).toBe('"1"');
    const other = await remove('lasting.localhost', ifMatch(2));
    expect(problemOf(other)).toMatchObject({ status: 412, code: 'precondition_failed' });
    expect(await get('lasting.localhost')).toMatchObject({ version: 1 });
  });

  test('that is not mapped is a 404', async () => {
    expect(problemOf(await remove('nobody.localhost', ifMatch(1)))).toEqual({
      status: 404,
      code: 'host_unknown',
      detail: '"nobody.localhost" is not mapped.',
    });
  });

  test('that others redirect to is a conflict, until they are gone', async () => {
    await put('root.localhost');
    await put('www.root.localhost', { kind: 'alias', canonicalHost: 'root.localhost' });
    expect(problemOf(await remove('root.localhost', ifMatch(1)))).toEqual({
      status: 409,
      code: 'mapping_conflict',
      detail:
        '"root.localhost" must stay mapped, since "www.root.localhost" redirects to it. Map elsewhere or delete what redirects first.',
    });
    expect((await remove('www.root.localhost', ifMatch(1))).status).toBe(204);
    expect((await remove('root.localhost', ifMatch(1))).status).toBe(204);
  });

  test('needs a reason', async () => {
    await put('reasoned.localhost');
    expect(problemOf(await remove('reasoned.localhost', ifMatch(1), ''))).toEqual({
      status: 400,
      code: 'malformed_request',
      detail: 'The query does not match the contract.',
      errors: [
        {
          path: '/query/reason',
          message: 'is missing: it must be a reason of 3 to 500 characters',
        },
      ],
    });
    expect((await remove('reasoned.localhost', ifMatch(1), '?reason=no')).status).toBe(400);
    const created = await remove('reasoned.localhost', { 'if-none-match': '*' });
    expect(problemOf(created)).toMatchObject({ status: 400 });
  });

  test('and mapping it anew goes on counting its versions', async () => {
    await put('phoenix.localhost');
    await remove('phoenix.localhost', ifMatch(1));
    const anew = await put('phoenix.localhost', { shopId: 'borealis' });
    expect([anew.status, anew.headers.etag]).toEqual([200, '"3"']);
    const orderId = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
    await edge.call('phoenix.localhost', `/api/order-status?orderId=${orderId}`);
    expect(edge.origin.calls.at(-1)?.headers.get('x-shop-id')).toBe('borealis');
    expect((await put('phoenix.localhost', {}, ifMatch(1))).status).toBe(412);
  });
});

test('a host in another spelling is not found, and the operator is told its own', async () => {
  await put('spelled.localhost');
  expect(problemOf(await ask('/ops/v1/hosts/SPELLED.localhost'))).toEqual({
    status: 404,
    code: 'host_unknown',
    detail: '"SPELLED.localhost" is not mapped. Hosts are kept as "spelled.localhost" is.',
  });
});
