/** What every call goes through before its handler: each way to be refused, with nothing half done. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { contentDigest } from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { type CallOptions, newKey, startService, type TestService } from '../testing/service.ts';

let service: TestService;
let buyer: Buyer;
let before: Awaited<ReturnType<Buyer['footprint']>>;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
});
afterAll(() => service.stop());
beforeEach(async () => {
  before = await buyer.footprint();
});
afterEach(async () => {
  expect(await buyer.footprint()).toEqual(before);
});

const now = (): number => Math.floor(Date.now() / 1_000);
const secondsFromNow = (seconds: number): Date => new Date((now() + seconds) * 1_000);
const changed = (request: Request, changes: Record<string, string>): Request =>
  new Request(request, { headers: { ...Object.fromEntries(request.headers), ...changes } });
const withoutBody = ({ url, method, headers }: Request): Request =>
  new Request(url, { method, headers });
const elsewhere = (request: Request, change: (url: string) => string): Request =>
  new Request(change(request.url), {
    method: request.method,
    headers: request.headers,
    body: JSON.stringify({ items: [TEE] }),
  });

async function refusal(options: CallOptions): Promise<readonly [number, string]> {
  const { status, body, headers } = await buyer.checkout(options);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(headers.get('x-request-id')).toBe(body.requestId);
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.ts:|select |insert /i);
  return [status, body.code];
}

describe('a call that the gateway did not sign as it arrives', () => {
  const bigger = JSON.stringify({ items: [{ ...TEE, quantity: 9 }] });
  test.each<[string, CallOptions]>([
    ['unsigned', { signature: null }],
    ['signed by a key that is not known', { signature: { keyId: 'someone' } }],
    ['signed over a minute ago', { signature: { at: secondsFromNow(-62) } }],
    ['signed in the future', { signature: { at: secondsFromNow(120) } }],
    ['with another body', { tamper: (request) => new Request(request, { body: bigger }) }],
    ['without its body', { tamper: withoutBody }],
    ['for another shop', { tamper: (request) => changed(request, { 'x-shop-id': 'borealis' }) }],
    [
      'with another key',
      { tamper: (request) => changed(request, { 'idempotency-key': newKey() }) },
    ],
    ['with a bearer', { tamper: (request) => changed(request, { authorization: 'Bearer x' }) }],
    ['with a cart', { tamper: (request) => changed(request, { 'x-cart-id': 'cart_1' }) }],
    ['with a query', { tamper: (request) => elsewhere(request, (url) => `${url}?a=b`) }],
    [
      'to another operation',
      {
        tamper: (request) => elsewhere(request, (url) => url.replace('checkout-sessions', 'holds')),
      },
    ],
  ])('%s, is 401', async (_, options) => {
    expect(await refusal(options)).toEqual([401, 'gateway_signature_invalid']);
  });

  test('caught, and sent again with another body and its right digest, is 401', async () => {
    const digest = await contentDigest(new TextEncoder().encode(bigger));
    const tamper = (request: Request): Request =>
      new Request(changed(request, { 'content-digest': digest }), { body: bigger });
    expect(await refusal({ tamper })).toEqual([401, 'gateway_signature_invalid']);
  });
});

describe('the version of the contract', () => {
  const version = (value: string): CallOptions => ({ headers: { 'x-contract-version': value } });
  test.each(['2.0.0', '0.9.0', '1', 'latest', ''])('%j is not served', async (value) => {
    expect(await refusal(version(value))).toEqual([409, 'contract_version_unsupported']);
  });

  test.each(['1.0.0', '1.0.7', '1.99.0'])(
    '%s is served: every minor of our major is',
    async (value) => {
      const { status } = await service.call('GET', '/shop', version(value));
      expect(status).toBe(200);
    },
  );
});

describe('the shop of a call', () => {
  const context = (changes: Record<string, string>): CallOptions => ({ headers: changes });
  test.each<[string, CallOptions, number, string]>([
    ['without any context', { shop: null }, 400, 'shop_context_required'],
    ['without a shop', context({ 'x-shop-id': '' }), 400, 'shop_context_required'],
    ['without an environment', context({ 'x-shop-environment': '' }), 400, 'shop_context_required'],
    [
      'with no form of a shop id',
      context({ 'x-shop-id': 'Aurora!' }),
      400,
      'shop_context_required',
    ],
    ['with no form of a host', context({ 'x-shop-host': 'a b' }), 400, 'shop_context_required'],
    [
      'of another environment',
      context({ 'x-shop-environment': 'staging' }),
      400,
      'shop_context_required',
    ],
    ['that is not there', { shop: 'atlantis' }, 404, 'shop_unknown'],
  ])('%s', async (_, options, status, code) => {
    expect(await refusal(options)).toEqual([status, code]);
  });

  test('names each header that is missing', async () => {
    const { body } = await buyer.checkout({ shop: null });
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'x-shop-id',
      'x-request-id',
      'x-shop-environment',
    ]);
  });

  test('without a host cannot check out: the buyer could not come back', async () => {
    const headers = {
      'x-shop-id': 'aurora',
      'x-request-id': 'req_without_host',
      'x-shop-environment': 'local',
    };
    expect(await refusal({ shop: null, headers })).toEqual([400, 'shop_context_required']);
  });
});

describe('a path', () => {
  test.each([
    ['GET', '/nothing'],
    ['POST', '/checkout-sessions/'],
    ['GET', '/Shop'],
    ['GET', '/ops/v1/hosts'],
  ])('%s %s that nobody has is 404', async (method, path) => {
    const { status, body } = await service.call(method, path);
    expect([status, body.code]).toEqual([404, 'not_found']);
  });

  test.each([
    ['DELETE', '/checkout-sessions', 'POST'],
    ['PUT', '/rentals', 'POST, PATCH'],
    ['POST', '/shop', 'HEAD, GET'],
  ])('%s %s is 405, and says what is allowed', async (method, path, allow) => {
    const { status, body, headers } = await service.call(method, path);
    expect([status, body.code]).toEqual([405, 'method_not_allowed']);
    expect(headers.get('allow')).toBe(allow);
  });

  test.each(['/products/%00', '/products/%ff', '/products/%E0%A4%A', '/orders/nonsense/status'])(
    'GET %s is never our fault',
    async (path) => {
      const { status } = await service.call('GET', path, { bearer: 'x' });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    },
  );
});

describe('a body', () => {
  const raw = (text: string | Uint8Array, type = 'application/json'): CallOptions => ({
    rawBody: typeof text === 'string' ? new TextEncoder().encode(text) : text,
    headers: { 'content-type': type },
  });
  const items = (...all: unknown[]): CallOptions => ({ body: { items: all } });
  test.each<[string, CallOptions, number, string]>([
    ['of another type', raw('{}', 'text/plain'), 415, 'unsupported_media_type'],
    ['of a form', raw('a=b', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
    ['of broken JSON', raw('{"items":'), 400, 'malformed_request'],
    ['of invalid UTF-8', raw(Uint8Array.of(0x22, 0xff, 0x22)), 400, 'malformed_request'],
    [
      'of no bytes',
      { body: undefined, headers: { 'content-type': 'application/json' } },
      400,
      'malformed_request',
    ],
    ['that is no object', raw('[]'), 400, 'malformed_request'],
    ['of over a mebibyte', raw(`"${'x'.repeat(1_048_576)}"`), 413, 'payload_too_large'],
    ['with a price', items({ ...TEE, unitPrice: 1 }), 400, 'malformed_request'],
    ['with quantity 0', items({ ...TEE, quantity: 0 }), 400, 'malformed_request'],
    ['with half a unit', items({ ...TEE, quantity: 0.5 }), 400, 'malformed_request'],
    ['with a number in quotes', items({ ...TEE, quantity: '1' }), 400, 'malformed_request'],
    ['without a SKU', items({ quantity: 1 }), 400, 'malformed_request'],
    ['with 51 lines', items(...Array(51).fill(TEE)), 400, 'malformed_request'],
    [
      'with an attribute twice',
      items({ sku: 'tee', quantity: 1, variantAttributes: { size: 'm', Size: 'l' } }),
      400,
      'malformed_request',
    ],
    [
      'with an e-mail that is none',
      { body: { items: [TEE], customer: { email: 'x' } } },
      400,
      'malformed_request',
    ],
  ])('%s', async (_, options, status, code) => {
    expect(await refusal(options)).toEqual([status, code]);
  });

  test.each<[string, object]>([
    ['/body/items/0/quantity', { items: [{ ...TEE, quantity: 0 }] }],
    ['/body/items/1', { items: [TEE, { quantity: 1 }] }],
    ['/body/items/0/a~1b', { items: [{ ...TEE, 'a/b': 1 }] }],
    ['/body/coupon', { items: [TEE], coupon: 'a b' }],
  ])('that breaks the contract says where, by pointer: %s', async (path, body) => {
    const { errors } = (await buyer.checkout({ body })).body;
    expect(errors).toEqual([{ path, message: expect.stringMatching(/./) }]);
  });

  test('without end is cut at a mebibyte, and its sender still gets the answer', async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } };
      const sent = httpRequest(`${service.url}/node/v1/checkout-sessions`, options, (response) => {
        resolve(response.statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      for (let kibibytes = 0; kibibytes < 1_100; kibibytes += 10) sent.write('x'.repeat(10_240));
    });
    expect(status).toBe(413);
  });

  test("that breaks off is the sender's doing, not the database's", async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const head = ['POST /node/v1/checkout-sessions HTTP/1.1', 'host: x', 'content-length: 100'];
    socket.write(`${head.join('\r\n')}\r\n\r\n{"items"`);
    setTimeout(() => socket.resetAndDestroy(), 50);
    const statuses = async (): Promise<unknown[]> => {
      const { values } = await service.deps.metrics.requests.get();
      return values.map(({ labels }) => labels.status);
    };
    await eventually(async () => ((await statuses()).includes(400) ? true : undefined));
    expect(await statuses()).not.toContain(503);
  });
});

describe('the idempotency key', () => {
  test.each<[string, Record<string, string>, string]>([
    ['missing', {}, 'idempotency_key_required'],
    ['of less than 128 bits', { 'idempotency-key': 'a'.repeat(21) }, 'malformed_request'],
    ['with a blank', { 'idempotency-key': `${'a'.repeat(22)} b` }, 'malformed_request'],
  ])('%s is 400', async (_, headers, code) => {
    const { status, body } = await service.call('POST', '/checkout-sessions', {
      body: { items: [TEE] },
      headers,
    });
    expect([status, body.code]).toEqual([400, code]);
  });
});
