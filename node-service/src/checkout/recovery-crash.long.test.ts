/** The process that clears up after an unfinished checkout, or ends one that its buyer left, dies in the middle of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KillStep } from '../platform/kill-point.ts';
import { eventually } from '../testing/eventually.ts';
import type { Reply } from '../testing/gateway.ts';
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

let service: ProcessService;
let invariants: Invariants;
beforeAll(async () => {
  service = await startProcessService();
  invariants = await watchInvariants(service);
  await service.start('service');
});
afterAll(() => service.stop());

async function untilHoldIs(checkout: Checkout, state: string): Promise<void> {
  await eventually(async () => {
    const [order] = await ordersOf(service, checkout);
    return order?.hold_state === state || undefined;
  }, 20_000);
}

describe('recovery of a checkout whose session nobody learnt of', () => {
  const STEPS: readonly KillStep[] = [
    'checkout.before_stripe',
    'checkout.after_stripe',
    'checkout.after_session_recorded',
    'recovery.before_expire',
    'sync.after_stripe',
    'sync.after_facts',
    'allocator.before_commit',
    'settle.after_allocation',
    'recovery.before_abandon',
  ];
  const cases = STEPS.map((step) => ({ step, checkout: newCheckout() }));

  beforeAll(async () => {
    for (const { step, checkout } of cases) {
      await service.restart('jobs', { KILL_AT: step });
      await service.standInControl('POST', '/faults', {
        operation: 'checkout.sessions.create',
        fault: 'close_after_commit',
        times: 2,
      });
      expect((await ask(service, checkout)).body.code).toBe('payment_outcome_unknown');
      await service.died('jobs');
      // Each worker meets its own checkout alone.
      await service.showWorkers('alive');
      await service.standInControl('DELETE', '/faults');
    }
    await service.showWorkers('dead');
    await service.start('jobs');
  });

  test.each(cases)(
    'dies at $step: the next one ends the session, and frees the stock and the key',
    async ({ checkout }) => {
      await untilHoldIs(checkout, 'expired');
      const [session, ...others] = await sessionsOf(service, checkout);
      expect(others).toEqual([]);
      expect(session?.status).toBe('expired');
      expect(await ordersOf(service, checkout)).toEqual([
        expect.objectContaining({ session_state: 'expired', checkout_session_id: session?.id }),
      ]);
      const anew = await insist(service, checkout);
      expect(anew.status).toBe(201);
      expect(anew.body.checkoutSessionId).not.toBe(session?.id);
      await service.pay(anew.body.checkoutSessionId, 'expired');
    },
  );

  test('and then stock, orders, payments, ledger and Stripe agree, and no work is left', async () => {
    expect(await invariants.atRest()).toEqual([]);
  });
});

describe('the service dies while it', () => {
  /** What the buyer asks of the session, with its answer's token. Nobody answers. */
  async function dieAt(step: KillStep, created: Reply, verb: 'cancel' | 'finalize'): Promise<void> {
    const { checkoutSessionId, accessToken } = created.body;
    await service.restart('service', { KILL_AT: step });
    const path = `/checkout-sessions/${checkoutSessionId}/${verb}`;
    await expect(
      service.call('POST', path, { bearer: accessToken, key: created.body.key }),
    ).rejects.toThrow(TypeError);
    await service.died('service');
  }

  async function opened(env: Readonly<Record<string, string>> = {}) {
    await service.restart('service', env);
    const checkout = newCheckout();
    const created = await insist(service, checkout);
    expect(created.status).toBe(201);
    return { checkout, created: { ...created, body: { ...created.body, key: checkout.key } } };
  }

  beforeAll(() => service.restart('jobs'));

  test.each(['sync.after_stripe', 'sync.after_facts'] as const)(
    'cancels, at %s: the session has ended, and the stock is free',
    async (step) => {
      const { checkout, created } = await opened();
      await dieAt(step, created, 'cancel');
      await service.start('service');
      await untilHoldIs(checkout, 'released');
      expect(await sessionsOf(service, checkout)).toEqual([
        { id: created.body.checkoutSessionId, status: 'expired' },
      ]);
      expect(await invariants.atRest()).toEqual([]);
    },
  );

  test.each(['sync.after_stripe', 'sync.after_facts', 'allocator.before_commit'] as const)(
    'finalizes, at %s, and no webhook comes: the order is confirmed when its hold runs out',
    async (step) => {
      const { checkout, created } = await opened({ HOLD_TTL_SECONDS: '8' });
      await service.standInControl('POST', '/webhooks/pause');
      await service.pay(created.body.checkoutSessionId, 'succeeded');
      await dieAt(step, created, 'finalize');
      await untilHoldIs(checkout, 'committed');
      await service.start('service');
      await service.standInControl('POST', '/webhooks/resume');
      expect(await invariants.atRest()).toEqual([]);
    },
  );
});
