import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const checkout = (): Promise<Reply> =>
  service.call('POST', '/checkout-sessions', {
    body: { items: [{ sku: 'mug', quantity: 1 }] },
    key: newKey(),
  });

const act = (created: Reply, action: 'finalize' | 'cancel', key: string): Promise<Reply> =>
  service.call('POST', `/checkout-sessions/${created.body.checkoutSessionId}/${action}`, {
    body: {},
    key,
    bearer: created.body.accessToken,
  });

test('a key that finalized once answers the same again, and a new key asks anew', async () => {
  const created = await checkout();
  const key = newKey();
  const first = await act(created, 'finalize', key);
  expect(first).toMatchObject({ status: 200, body: { status: 'processing' } });
  await service.pay(created.body.checkoutSessionId, 'succeeded');
  const again = await act(created, 'finalize', key);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const anew = await act(created, 'finalize', newKey());
  expect(anew).toMatchObject({ status: 200, body: { status: 'confirmed', finalized: true } });
  expect(anew.headers.has('idempotency-replayed')).toBe(false);
});

test('one key cancels two orders, each once', async () => {
  const [one, other] = [await checkout(), await checkout()];
  const key = newKey();
  expect(await act(one, 'cancel', key)).toMatchObject({ body: { status: 'cancelled' } });
  // Another order is another principal: its own first answer.
  expect(await act(other, 'cancel', key)).toMatchObject({ body: { status: 'cancelled' } });
  const again = await act(one, 'cancel', key);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('a cancellation that Stripe did not answer gives its key back', async () => {
  const created = await checkout();
  const key = newKey();
  const fault = { operation: 'checkout.sessions.expire', fault: 'error_500' };
  await service.standInControl('POST', '/faults', fault);
  expect(await act(created, 'cancel', key)).toMatchObject({
    status: 503,
    body: { code: 'payment_outcome_unknown' },
  });
  await service.standInControl('DELETE', '/faults');
  expect(await act(created, 'cancel', key)).toMatchObject({
    status: 200,
    body: { status: 'cancelled' },
  });
});
