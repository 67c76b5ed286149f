import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import { control, sdk, startForTest, teeSession } from './test-rig.ts';

describe('the control API', () => {
  let standIn: StripeStandIn;
  beforeAll(async () => {
    standIn = await startForTest();
  });
  afterAll(() => standIn.stop());

  /** Fetch hides forbidden headers such as Origin, so this is the plain client. */
  const raw = (method: string, path: string, headers: Record<string, string>, body = '') =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
      (resolve, reject) => {
        const outgoing = request(
          `${standIn.url}/_stand-in/${path}`,
          { method, headers },
          (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            );
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      },
    );

  test.each(['http://aurora.localhost:8787', 'http://localhost:3000', 'http://127.0.0.1:12111'])(
    'lets a page of %s call it',
    async (origin) => {
      const preflight = await raw('OPTIONS', 'sessions/cs_1/pay', {
        origin,
        'access-control-request-method': 'POST',
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers['access-control-allow-origin']).toBe(origin);
      const answer = await raw('GET', 'health', { origin });
      expect(answer.status).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
    },
  );

  test.each(['https://evil.example', 'http://localhost.evil.example', 'null'])(
    'refuses a page of %s',
    async (origin) => {
      for (const method of ['OPTIONS', 'GET', 'POST']) {
        const answer = await raw(method, 'health', { origin });
        expect(answer.status).toBe(403);
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      }
    },
  );

  test.each(['localhost:12111', '127.0.0.1', 'stripe.localhost:12111', 'LOCALHOST'])(
    'answers at %s',
    async (host) => {
      expect((await raw('GET', 'health', { host })).status).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example:12111',
    'evil.example:80',
    '127.0.0.1.nip.io',
  ])('refuses a page that has given this machine the name %s', async (host) => {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      expect((await raw(method, 'health', { host })).status).toBe(403);
    }
  });

  test('refuses a body that is not declared as JSON, is not JSON, or has no outcome', async () => {
    const { id } = await sdk(standIn).checkout.sessions.create(teeSession());
    const path = `sessions/${id}/pay`;
    const text = await raw('POST', path, { 'content-type': 'text/plain' }, '{"outcome":"expired"}');
    expect(text.status).toBe(415);
    const json = { 'content-type': 'application/json' };
    expect((await raw('POST', path, json, '{')).status).toBe(400);
    expect((await raw('POST', path, json, '[]')).status).toBe(400);
    expect((await raw('POST', path, json)).status).toBe(400);
    expect((await control(standIn, 'POST', path, { outcome: 'stolen' })).body).toMatchObject({
      error: { message: expect.stringContaining('succeeded, declined, processing, expired') },
    });
    expect((await sdk(standIn).checkout.sessions.retrieve(id)).status).toBe('open');
  });

  test('is 404 for a Session nobody has, and for a path it does not have', async () => {
    const pay = await control(standIn, 'POST', 'sessions/cs_missing/pay', { outcome: 'succeeded' });
    expect(pay.status).toBe(404);
    expect((await control(standIn, 'GET', 'nothing')).status).toBe(404);
  });

  test('shows Sessions, one with all that belongs to it', async () => {
    const { id } = await sdk(standIn).checkout.sessions.create(teeSession());
    const list = await control(standIn, 'GET', 'sessions?status=open');
    expect(list.body.sessions).toContainEqual(expect.objectContaining({ id }));
    await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
    const { body } = await control(standIn, 'GET', `sessions/${id}`);
    expect(body).toMatchObject({
      session: { id, status: 'complete' },
      lineItems: [{ description: 'T-shirt', quantity: 2 }],
      paymentIntent: { status: 'succeeded' },
      charge: { paid: true },
    });
  });

  test('shows recent requests with their keys, parameters and outcomes', async () => {
    const stripe = sdk(standIn);
    await stripe.customers.create({ name: 'Requested' }, { idempotencyKey: 'seen-1' });
    await stripe.customers.create({ name: 'Requested' }, { idempotencyKey: 'seen-1' });
    const { body } = await control(standIn, 'GET', 'requests?idempotencyKey=seen-1');
    expect(body.requests).toMatchObject([
      {
        operation: 'customers.create',
        method: 'POST',
        path: '/v1/customers',
        idempotencyKey: 'seen-1',
        parameters: { name: 'Requested' },
        status: 200,
        outcome: 'answered',
      },
      { outcome: 'replayed' },
    ]);
  });
});
