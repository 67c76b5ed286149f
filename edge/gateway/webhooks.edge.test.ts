import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge?.dispose());
beforeEach(() => edge.origin.reset());

describe('webhooks', () => {
  const HOOKS = 'hooks.localhost';
  const EVENT = Buffer.from('{"id":"evt_1",  "odd" : "caf\\u00e9 \u2603",\r\n"n":1.0}\n');

  test.each([
    ['/api/stripe-webhook', '/node/v1/webhooks/stripe'],
    ['/api/billing/webhook', '/node/v1/webhooks/billing'],
  ])('%s arrives byte for byte, signed, and for no shop', async (path, target) => {
    const signature = 't=1,v1=abc';
    const answer = await edge.call(HOOKS, path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signature,
        'x-shop-id': 'aurora',
      },
      body: EVENT,
    });
    expect(answer.status).toBe(200);
    const [call] = edge.origin.calls;
    expect(call?.target).toBe(target);
    expect(call?.body.equals(EVENT)).toBe(true);
    expect(call?.signature.ok).toBe(true);
    expect(call?.headers.get('stripe-signature')).toBe(signature);
    expect(call?.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(call?.headers.get('x-shop-id')).toBeNull();
  });

  test('bytes that are no JSON go through as well: the signature is over bytes', async () => {
    const body = Buffer.from([0xff, 0x00, 0xfe, 0x0a]);
    await edge.call(HOOKS, '/api/stripe-webhook', { method: 'POST', body });
    expect(edge.origin.calls[0]?.body.equals(body)).toBe(true);
  });

  test.each([
    ['POST', '/api/checkout-session'],
    ['POST', '/api/stripe-webhook/'],
    ['GET', '/'],
    ['GET', '/ops/v1/hosts'],
  ])('nothing else is served there: %s %s', async (method, path) => {
    const answer = await edge.call(HOOKS, path, { method });
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('not_found');
  });

  test('another method on a webhook route is 405, and says what is allowed', async () => {
    const answer = await edge.call(HOOKS, '/api/stripe-webhook', { method: 'GET' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST, OPTIONS');
  });

  test('a body of 1 MiB goes through: that it is over half of one is for the node service to say', async () => {
    const body = Buffer.alloc(1024 * 1024, ' ');
    await edge.call(HOOKS, '/api/stripe-webhook', { method: 'POST', body });
    expect(edge.origin.calls[0]?.body.length).toBe(body.length);
  });

  test('a body over 1 MiB is refused', async () => {
    const body = Buffer.alloc(1024 * 1024 + 1);
    const answer = await edge.call(HOOKS, '/api/stripe-webhook', { method: 'POST', body });
    expect(answer.status).toBe(413);
    expect(edge.origin.calls).toEqual([]);
  });
});
