/** The HTTP process dies at every step of a checkout. Nothing is lost, nothing is held for ever, nothing is doubled. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import type { KillStep } from '../platform/kill-point.ts';
import { eventually } from '../testing/eventually.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import {
  ask,
  type Checkout,
  insist,
  newCheckout,
  ordersOf,
  sessionsOf,
} from '../testing/patient-buyer.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

const STEPS: readonly KillStep[] = [
  'allocator.before_commit',
  'checkout.after_placed',
  'checkout.before_stripe',
  'checkout.after_stripe',
  'checkout.after_session_recorded',
  'checkout.before_answer',
];

let service: ProcessService;
let invariants: Invariants;
const cases = STEPS.map((step) => ({ step, repeated: newCheckout(), abandoned: newCheckout() }));

/** A new service process that dies while it makes this checkout. */
async function dieDuring(
  checkout: Checkout,
  step: KillStep,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await service.restart('service', { ...env, KILL_AT: step });
  await expect(ask(service, checkout)).rejects.toThrow(TypeError);
  await service.died('service');
}

beforeAll(async () => {
  service = await startProcessService();
  invariants = await watchInvariants(service);
  await service.start('jobs');
  for (const { step, repeated, abandoned } of cases) {
    // The one is left for its client to take up; the other's hold soon comes to its end.
    await dieDuring(repeated, step, { RECOVERY_DELAY_SECONDS: '600' });
    await dieDuring(abandoned, step, { HOLD_TTL_SECONDS: '4' });
  }
  await service.start('service');
});
afterAll(() => service.stop());

async function untilConfirmed(checkout: Checkout): Promise<void> {
  const reply = await insist(service, checkout);
  const { orderId, accessToken } = reply.body;
  await eventually(async () => {
    const status = await service.call('GET', `/orders/${orderId}/status`, { bearer: accessToken });
    return status.body.status === 'confirmed' ? true : undefined;
  });
}

describe.each(cases)('the service dies at $step', ({ repeated, abandoned }) => {
  test('a client that repeats its request has one order with one session, and pays it once', async () => {
    const reply = await insist(service, repeated);
    expect(reply.status).toBe(201);
    const sessionId = reply.body.checkoutSessionId;
    expect(await sessionsOf(service, repeated)).toEqual([{ id: sessionId, status: 'open' }]);
    const open = { session_state: 'open', hold_state: 'active', checkout_session_id: sessionId };
    expect(await ordersOf(service, repeated)).toEqual([expect.objectContaining(open)]);
    expect((await service.pay(sessionId, 'succeeded')).status).toBe(200);
    await untilConfirmed(repeated);
    expect(await sessionsOf(service, repeated)).toEqual([{ id: sessionId, status: 'complete' }]);
  });

  test('without its client the session is ended, where there is one, and the stock is free', async () => {
    await eventually(async () => {
      const orders = await ordersOf(service, abandoned);
      return orders.every(({ hold_state }) => hold_state !== 'active') || undefined;
    }, 20_000);
    for (const { session_state, hold_state } of await ordersOf(service, abandoned)) {
      expect(['expired', 'refused']).toContain(session_state);
      expect(['expired', 'released']).toContain(hold_state);
    }
    for (const { status } of await sessionsOf(service, abandoned)) expect(status).toBe('expired');
  });
});

test('stock, orders, payments, ledger and Stripe agree after all these deaths, and no work is left', async () => {
  expect(await invariants.atRest()).toEqual([]);
});

test('a call to Stripe that arrives after its process has died makes no second session', async () => {
  const checkout = newCheckout();
  await service.restart('service');
  await service.standInControl('POST', '/faults', {
    operation: 'checkout.sessions.create',
    fault: 'slow',
    delayMs: 900,
    times: 1,
  });
  const asked = ask(service, checkout).catch(() => 'nobody answered');
  await eventually(async () => (await ordersOf(service, checkout))[0]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await service.kill('service');
  expect(await asked).toBe('nobody answered');
  expect(await sessionsOf(service, checkout)).toEqual([]);
  await service.start('service');
  await eventually(async () => {
    const [order] = await ordersOf(service, checkout);
    return order?.session_state === 'expired' || undefined;
  }, 20_000);
  expect(await sessionsOf(service, checkout)).toHaveLength(1);
  expect(await invariants.atRest()).toEqual([]);
});

test('the service dies between ending a cart’s older checkout and placing the newer: one of them can be paid', async () => {
  const cart = {
    id: systemClock.id('cart'),
    lines: [{ sku: 'mug', quantity: 1 }],
  };
  const older = newCheckout({ cart });
  const newer = newCheckout({ cart });
  await service.restart('service');
  expect((await insist(service, older)).status).toBe(201);
  await service.restart('service', { KILL_AT: 'sync.after_stripe' });
  await expect(ask(service, newer)).rejects.toThrow(TypeError);
  await service.died('service');
  await service.start('service');
  const reply = await insist(service, newer);
  expect(reply.status).toBe(201);
  expect(await sessionsOf(service, older)).toMatchObject([{ status: 'expired' }]);
  expect(await sessionsOf(service, newer)).toMatchObject([{ status: 'open' }]);
  await service.pay(reply.body.checkoutSessionId, 'succeeded');
  await untilConfirmed(newer);
  expect(await invariants.atRest()).toEqual([]);
});
