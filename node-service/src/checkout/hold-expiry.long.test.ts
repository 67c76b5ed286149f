/** Nobody is there when a hold or its session runs out. Stock follows what Stripe says, never the clock. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import {
  type Checkout,
  insist,
  newCheckout,
  ordersOf,
  sessionsOf,
} from '../testing/patient-buyer.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

/** Past the end of a session, which lives for 31 minutes. */
const LATER_MS = 32 * 60_000;

let service: ProcessService;
let invariants: Invariants;
beforeAll(async () => {
  service = await startProcessService();
  invariants = await watchInvariants(service);
});
afterAll(() => service.stop());

let checkout: Checkout;
let sessionId: string;

/** A checkout that is open, and neither process there. */
async function left(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await service.restart('service', env);
  checkout = newCheckout();
  const created = await insist(service, checkout);
  expect(created.status).toBe(201);
  sessionId = created.body.checkoutSessionId;
  await service.kill('service');
}

async function backAgain(): Promise<void> {
  service.shiftStandInClock(0);
  await Promise.all([service.start('jobs'), service.start('service')]);
}

async function untilHoldIs(state: string): Promise<void> {
  await eventually(async () => {
    const [order] = await ordersOf(service, checkout);
    return order?.hold_state === state || undefined;
  }, 20_000);
}

async function sessionRunsOut(): Promise<void> {
  service.shiftStandInClock(LATER_MS);
  await eventually(async () => {
    const [session] = await sessionsOf(service, checkout);
    return session?.status === 'expired' || undefined;
  });
}

beforeEach(async () => {
  await service.kill('jobs');
  await service.standInControl('POST', '/webhooks/resume');
});

test('the session runs out while the service is away: the stock is free once Stripe can tell it', async () => {
  await left();
  await sessionRunsOut();
  await backAgain();
  await untilHoldIs('expired');
  expect(await invariants.atRest()).toEqual([]);
});

test('the session runs out while the service is away, and Stripe never tells: the hold’s own job asks', async () => {
  await left({ HOLD_TTL_SECONDS: '3' });
  await service.standInControl('POST', '/webhooks/pause');
  await sessionRunsOut();
  await backAgain();
  await untilHoldIs('expired');
  await service.standInControl('POST', '/webhooks/resume');
  expect(await invariants.atRest()).toEqual([]);
});

test('the hold runs out while the service is away: its session is ended before its stock is free', async () => {
  await left({ HOLD_TTL_SECONDS: '1' });
  await service.standInControl('POST', '/webhooks/pause');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await sessionsOf(service, checkout)).toEqual([{ id: sessionId, status: 'open' }]);
  expect((await ordersOf(service, checkout))[0]?.hold_state).toBe('active');
  await backAgain();
  await untilHoldIs('expired');
  expect(await sessionsOf(service, checkout)).toEqual([{ id: sessionId, status: 'expired' }]);
  await service.standInControl('POST', '/webhooks/resume');
  expect(await invariants.atRest()).toEqual([]);
});

test('the buyer pays while the service is away and the hold runs out: the stock is the buyer’s', async () => {
  await left({ HOLD_TTL_SECONDS: '1' });
  await service.standInControl('POST', '/webhooks/pause');
  await service.pay(sessionId, 'succeeded');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await backAgain();
  await untilHoldIs('committed');
  await service.standInControl('POST', '/webhooks/resume');
  expect(await invariants.atRest()).toEqual([]);
});
