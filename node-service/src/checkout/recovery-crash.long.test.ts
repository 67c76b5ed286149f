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
  untilAnswered,
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
    // Each worker meets its own checkout alone, without the events of the others.
    await service.standInControl('POST', '/webhooks/pause');
    for (const { step, checkout } of cases) {
      await service.restart('jobs', { KILL_AT: step });
      await service.standInControl('POST', '/faults', {
        operation: 'checkout.sessions.create',
        fault: 'close_after_commit',
        times: 2,
      });
      expect((await ask(service, checkout)).body.code).toBe('payment_outcome_unknown');
      await service.died('jobs');
      await service.showWorkers('alive');
      await service.standInControl('DELETE', '/faults');
    }
    await service.showWorkers('dead');
    await service.start('jobs');
    await service.standInControl('POST', '/webhooks/resume');
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
      await eventually(async () => {
        const claims = await service.rows(
          `select from idempotency_claim where key = $1 and state = 'running'`,
          [checkout.key],
        );
        return claims.length === 0 || undefined;
      });
      const anew = await ask(service, checkout);
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
  type Opened = { readonly checkout: Checkout; readonly created: Reply };

  async function opened(env: Readonly<Record<string, string>> = {}): Promise<Opened> {
    await service.restart('service', env);
    const checkout = newCheckout();
    const created = await insist(service, checkout);
    expect(created.status).toBe(201);
    return { checkout, created };
  }

  function tell(verb: 'cancel' | 'finalize', { checkout, created }: Opened): Promise<Reply> {
    const { checkoutSessionId, accessToken: bearer } = created.body;
    const path = `/checkout-sessions/${checkoutSessionId}/${verb}`;
    return service.call('POST', path, { bearer, key: checkout.key });
  }

  async function dieAt(step: KillStep, verb: 'cancel' | 'finalize', buyer: Opened): Promise<void> {
    await service.restart('service', { KILL_AT: step });
    await expect(tell(verb, buyer)).rejects.toThrow(TypeError);
    await service.died('service');
  }

  test.each(['sync.after_stripe', 'sync.after_facts'] as const)(
    'cancels, at %s: the session has ended, the stock is free, and the buyer who asks again is told',
    async (step) => {
      await service.restart('jobs');
      const buyer = await opened();
      await dieAt(step, 'cancel', buyer);
      await service.start('service');
      await untilHoldIs(buyer.checkout, 'released');
      expect(await sessionsOf(service, buyer.checkout)).toEqual([
        { id: buyer.created.body.checkoutSessionId, status: 'expired' },
      ]);
      const again = await untilAnswered(() => tell('cancel', buyer));
      expect(again).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      expect(await invariants.atRest()).toEqual([]);
    },
  );

  test.each(['sync.after_stripe', 'sync.after_facts', 'allocator.before_commit'] as const)(
    'finalizes, at %s, and no webhook comes: the order is confirmed when its hold runs out',
    async (step) => {
      await service.kill('jobs');
      const buyer = await opened({ HOLD_TTL_SECONDS: '1' });
      await service.standInControl('POST', '/webhooks/pause');
      await service.pay(buyer.created.body.checkoutSessionId, 'succeeded');
      await dieAt(step, 'finalize', buyer);
      await service.start('jobs');
      await untilHoldIs(buyer.checkout, 'committed');
      await service.start('service');
      await service.standInControl('POST', '/webhooks/resume');
      expect(await invariants.atRest()).toEqual([]);
    },
  );
});
