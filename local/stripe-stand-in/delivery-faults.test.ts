import type Stripe from 'stripe';
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
import { createDeliveryFaults, type DeliveryFault } from './webhooks/delivery-faults.ts';

let receiver: Receiver;
let standIn: StripeStandIn;
let stripe: Stripe;
beforeEach(async () => {
  receiver = await startReceiver();
  const endpoints = [{ url: receiver.url, secret: WEBHOOK_SECRET, events: ['checkout' as const] }];
  // No booking in the time a test takes: a payment has four events.
  standIn = await startForTest({ endpoints, balanceDelayMs: 3_600_000 });
  stripe = sdk(standIn);
});
afterEach(async () => {
  await standIn.stop();
  await receiver.stop();
});

const TYPES = [
  'payment_intent.created',
  'charge.succeeded',
  'payment_intent.succeeded',
  'checkout.session.completed',
];
const COMPLETED = 'checkout.session.completed';

async function pay(): Promise<void> {
  const { id } = await stripe.checkout.sessions.create(teeSession());
  await control(standIn, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
}
const fault = (body: object) => control(standIn, 'POST', 'delivery-faults', body);
const received = () => receiver.received.map(({ event }) => event);
const arrived = (count: number) =>
  until(`${count} deliveries`, () => receiver.received.length >= count);
/** Nothing is on its way any more. */
const settled = () =>
  until('all deliveries', async () => {
    const { body } = await control(standIn, 'GET', 'health');
    return body.deliveriesPending === 0;
  });

describe('a fault of delivery', () => {
  test('duplicate sends one Event again, to the types it is for and no other', async () => {
    await fault({ fault: 'duplicate', types: ['payment_intent.*'], copies: 2 });
    await pay();
    await arrived(8);
    await settled();
    const ids = new Set(received().map(({ id }) => id));
    expect([ids.size, received().length]).toEqual([4, 8]);
  });

  test('twin makes two Events of one change', async () => {
    await fault({ fault: 'twin', types: [COMPLETED] });
    await pay();
    await arrived(5);
    const twins = received().filter(({ type }) => type === COMPLETED);
    expect(new Set(twins.map(({ id }) => id)).size).toBe(2);
    expect(twins[0]?.data).toEqual(twins[1]?.data);
  });

  test('delay lets the others by', async () => {
    await fault({ fault: 'delay', types: ['payment_intent.created'], delayMs: 150 });
    await pay();
    await arrived(4);
    expect(received().at(-1)?.type).toBe('payment_intent.created');
  });

  test('late waits until it is let go, however long that is', async () => {
    await fault({ fault: 'late', types: [COMPLETED] });
    await pay();
    await arrived(3);
    await settled();
    expect(received().map(({ type }) => type)).toEqual(TYPES.slice(0, 3));
    const { body } = await control(standIn, 'POST', 'webhooks/release-late');
    expect(body).toEqual({ released: 1 });
    await arrived(4);
    expect(received().at(-1)?.type).toBe(COMPLETED);
  });

  test('missing delivers nothing, and only the list of events has it', async () => {
    await fault({ fault: 'missing', types: [COMPLETED] });
    await pay();
    await arrived(3);
    await settled();
    expect(received().map(({ type }) => type)).not.toContain(COMPLETED);
    const { data } = await stripe.events.list({ delivery_success: false });
    expect(data.map(({ type }) => type)).toEqual([COMPLETED]);
    await control(standIn, 'POST', `events/${data[0]?.id}/redeliver`);
    await arrived(4);
  });

  test('wrong_signature is refused by who verifies, and its retry is right', async () => {
    await fault({ fault: 'wrong_signature', types: [COMPLETED] });
    await pay();
    await arrived(4);
    expect(receiver.forged.map((body) => JSON.parse(body).type)).toEqual([COMPLETED]);
    expect(received().map(({ type }) => type)).toContain(COMPLETED);
  });

  test('ends after its times, and with the faults', async () => {
    await fault({ fault: 'missing', types: [COMPLETED], times: 1 });
    await pay();
    expect((await control(standIn, 'GET', 'delivery-faults')).body).toEqual({ faults: [] });
    await fault({ fault: 'missing' });
    await control(standIn, 'DELETE', 'delivery-faults');
    await pay();
    await arrived(7);
    expect(received().filter(({ type }) => type === COMPLETED)).toHaveLength(1);
  });

  test.each([
    [{ fault: 'nonsense' }],
    [{ fault: 'duplicate', copies: 0 }],
    [{ fault: 'missing', probability: 2 }],
    [{ fault: 'missing', types: 'charge.*' }],
  ])('that is not one is refused: %j', async (body) => {
    expect((await fault(body)).status).toBe(400);
    expect((await control(standIn, 'GET', 'delivery-faults')).body).toEqual({ faults: [] });
  });
});

describe('chance', () => {
  const base: DeliveryFault = {
    fault: 'reorder',
    types: [],
    delayMs: 1_000,
    copies: 1,
    probability: 0.5,
    seed: 7,
    remaining: null,
  };
  const delaysOf = (seed: number): number[] => {
    const faults = createDeliveryFaults();
    faults.add({ ...base, seed });
    return Array.from({ length: 40 }, () => faults.plan('charge.succeeded').deliveries())
      .flat()
      .map(({ delayMs }) => delayMs);
  };

  test('is the same for the same seed, and another for another', () => {
    expect(delaysOf(7)).toEqual(delaysOf(7));
    expect(delaysOf(7)).not.toEqual(delaysOf(8));
  });

  test('spares as many events as its probability says', () => {
    const spared = delaysOf(7).filter((delayMs) => delayMs === 0);
    expect(spared.length).toBeGreaterThan(5);
    expect(spared.length).toBeLessThan(35);
  });
});
