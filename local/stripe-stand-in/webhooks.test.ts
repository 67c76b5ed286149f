import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StripeStandIn } from './server.ts';
import {
  control,
  type Receiver,
  sdk,
  startForTest,
  startReceiver,
  teeSession,
  until,
  WEBHOOK_SECRET,
} from './test-rig.ts';
import { retrySchedule } from './webhooks/retry-schedule.ts';
import { signatureHeader } from './webhooks/signature.ts';

describe('webhooks', () => {
  let receiver: Receiver;
  let standIn: StripeStandIn;
  let stripe: Stripe;
  beforeEach(async () => {
    receiver = await startReceiver();
    standIn = await startForTest({ endpoints: [endpoint()] });
    stripe = sdk(standIn);
  });
  afterEach(async () => {
    await standIn.stop();
    await receiver.stop();
  });

  const endpoint = () => ({
    url: `http://hooks.localhost:${receiver.port}/api/stripe-webhook`,
    secret: WEBHOOK_SECRET,
    events: ['checkout' as const],
  });
  const types = (): string[] => receiver.received.map(({ event }) => event.type);
  const buy = async (outcome = 'succeeded'): Promise<string> => {
    const { id } = await stripe.checkout.sessions.create(teeSession());
    await control(standIn, 'POST', `sessions/${id}/pay`, { outcome });
    return id;
  };

  test('arrive signed, at hooks.localhost, in the order things happened', async () => {
    const id = await buy();
    await until('five events', () => receiver.received.length === 5);
    expect(types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
      'charge.updated',
    ]);
    expect(receiver.forged).toEqual([]);
    const completed = receiver.received[3];
    expect(completed).toMatchObject({
      host: `hooks.localhost:${receiver.port}`,
      path: '/api/stripe-webhook',
      event: {
        object: 'event',
        livemode: false,
        api_version: Stripe.API_VERSION,
        pending_webhooks: 1,
        request: { id: expect.stringMatching(/^req_/) },
        data: { object: { id, metadata: { shop_id: 'aurora' }, payment_status: 'paid' } },
      },
    });
    expect(completed?.body).toMatch(/^{\n {2}"id": "evt_1/);
  });

  test('carry the Host header they were given', async () => {
    const other = await startForTest({
      endpoints: [{ ...endpoint(), url: receiver.url, hostHeader: 'hooks.example.test' }],
    });
    const { id } = await sdk(other).checkout.sessions.create(teeSession());
    await sdk(other).checkout.sessions.expire(id, {}, { idempotencyKey: 'expire-1' });
    await until('the event', () => receiver.received.length === 1);
    expect(receiver.received[0]).toMatchObject({
      host: 'hooks.example.test',
      event: { type: 'checkout.session.expired', request: { idempotency_key: 'expire-1' } },
    });
    await other.stop();
  });

  test('are tried again with growing waits until a 2xx, and then no more', async () => {
    let refusals = 3;
    receiver.answer = ({ event }) =>
      event.type === 'checkout.session.expired' && refusals-- > 0 ? 503 : 200;
    await buy('expired');
    await until('four attempts', () => receiver.received.length === 4);
    const [event] = (await stripe.events.list({ delivery_success: true })).data;
    expect(event).toMatchObject({ type: 'checkout.session.expired', pending_webhooks: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map((delivery) => delivery.event.id)).size).toBe(1);
  });

  test('are given up after the last wait, and stay pending to the API', async () => {
    receiver.answer = () => 302;
    await buy('expired');
    await until('the last attempt', () => receiver.received.length === 5);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(receiver.received).toHaveLength(5);
    const [event] = (await stripe.events.list({ delivery_success: false })).data;
    expect(event?.pending_webhooks).toBe(1);
  });

  test('never hold up an answer of the API', async () => {
    receiver.answer = () => new Promise(() => undefined);
    await Promise.all(Array.from({ length: 30 }, () => buy('expired')));
    const startedMs = performance.now();
    await stripe.checkout.sessions.create(teeSession());
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test('are held back while paused, and sent when resumed', async () => {
    await control(standIn, 'POST', 'webhooks/pause');
    await buy('expired');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(receiver.received).toEqual([]);
    expect((await control(standIn, 'GET', 'health')).body).toMatchObject({
      deliveriesPaused: true,
      deliveriesPending: 1,
    });
    await control(standIn, 'POST', 'webhooks/resume');
    await until('the event', () => receiver.received.length === 1);
  });

  test('are delivered again on demand, byte for byte', async () => {
    await buy('expired');
    const [first] = await until(
      'the event',
      () => receiver.received.length === 1 && receiver.received,
    );
    await until('its acknowledgement', async () => {
      const [event] = (await stripe.events.list()).data;
      return event?.pending_webhooks === 0;
    });
    await control(standIn, 'POST', `events/${first?.event.id}/redeliver`);
    await until('the duplicate', () => receiver.received.length === 2);
    expect(receiver.received[1]?.body).toBe(first?.body);
    expect((await control(standIn, 'POST', 'events/evt_1missing/redeliver')).status).toBe(404);
  });

  test('go only where they were subscribed to', async () => {
    const billing = await startForTest({ endpoints: [{ ...endpoint(), events: ['billing'] }] });
    const { id } = await sdk(billing).checkout.sessions.create(teeSession());
    await control(billing, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(receiver.received).toEqual([]);
    await billing.stop();
  });
});

describe('the signature', () => {
  test('is the one the SDK makes', () => {
    const payload = '{\n  "id": "evt_1"\n}';
    const { webhooks } = new Stripe('sk_test_signature');
    const header = webhooks.generateTestHeaderString({
      payload,
      secret: WEBHOOK_SECRET,
      timestamp: 1_795_000_000,
    });
    expect(signatureHeader(payload, WEBHOOK_SECRET, 1_795_000_000)).toBe(header);
  });
});

describe('the retry schedule', () => {
  test('doubles from half a second to half a minute, for an hour', () => {
    const waits = retrySchedule();
    expect(waits.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    const totalMs = waits.reduce((sum, wait) => sum + wait, 0);
    expect(totalMs).toBeGreaterThan(3_500_000);
    expect(totalMs).toBeLessThanOrEqual(3_600_000);
  });
});
