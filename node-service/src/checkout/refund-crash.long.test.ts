/** A process dies while a payment is given back, at every step. The money goes back once, and the ledger says so. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KillStep } from '../platform/kill-point.ts';
import { eventually } from '../testing/eventually.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import { type Checkout, insist, newCheckout } from '../testing/patient-buyer.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

let service: ProcessService;
let invariants: Invariants;
beforeAll(async () => {
  service = await startProcessService();
  invariants = await watchInvariants(service);
  await service.start('service');
});
afterAll(() => service.stop());

async function open(quantity: number): Promise<{ checkout: Checkout; sessionId: string }> {
  const checkout = newCheckout({ items: [{ sku: 'bag', quantity }] });
  const { status, body } = await insist(service, checkout);
  expect(status).toBe(201);
  return { checkout, sessionId: body.checkoutSessionId };
}

/** The hold ends though its session may still be paid: what no process of ours would do. */
async function endHold({ email }: Checkout): Promise<void> {
  await service.rows(
    `with ended as (
       update hold h set state = 'expired', ended_at = now() from sales_order o
        where o.email = $1 and h.shop_id = o.shop_id and h.hold_id = o.hold_id returning h.shop_id, h.hold_id)
     update stock s set held = s.held - l.quantity from ended e join hold_line l using (shop_id, hold_id)
      where s.shop_id = l.shop_id and s.variant_key = l.variant_key`,
    [email],
  );
}

async function freeBags(): Promise<number> {
  const [bag] = await service.rows<{ free: number }>(
    `select (on_hand - held)::int as free from stock where shop_id = 'aurora' and variant_key = 'v1:bag'`,
  );
  return bag?.free ?? 0;
}

async function factsOf({ email }: Checkout, kind: string): Promise<unknown[]> {
  return service.rows(
    `select 1 from order_fact f join sales_order o using (shop_id, order_id) where o.email = $1 and f.kind = $2`,
    [email, kind],
  );
}

/** A session whose hold is gone; every unit that is left is in somebody else's. */
async function withoutStock() {
  const late = await open(1);
  await endHold(late.checkout);
  return { late, other: await open(await freeBags()) };
}

async function expectGivenBackOnce(checkout: Checkout): Promise<void> {
  await eventually(async () => {
    const told = await factsOf(checkout, 'refund_succeeded');
    return told.length > 0 || undefined;
  }, 30_000);
  expect(await invariants.atRest()).toEqual([]);
}

const STEPS: readonly KillStep[] = [
  'webhook.after_facts',
  'settle.after_allocation',
  'refund.before_stripe',
  'refund.after_stripe',
  'refund.after_facts',
];

test.each(STEPS)(
  'the worker dies at %s: the next one gives the payment back, once',
  async (step) => {
    const { late, other } = await withoutStock();
    await service.restart('jobs', { KILL_AT: step });
    await service.pay(late.sessionId, 'succeeded');
    await service.died('jobs');
    await service.showWorkers('dead');
    await service.start('jobs');
    await expectGivenBackOnce(late.checkout);
    await service.pay(other.sessionId, 'expired');
    expect(await invariants.atRest()).toEqual([]);
  },
);

test('the worker dies while Stripe makes the refund, which is told by webhook before anybody asks again', async () => {
  const { late, other } = await withoutStock();
  const slow = { operation: 'refunds.create', fault: 'slow', delayMs: 900, times: 1 };
  await service.standInControl('POST', '/faults', slow);
  await service.restart('jobs');
  await service.pay(late.sessionId, 'succeeded');
  await eventually(async () => {
    const { requests } = (await service.standInControl('GET', '/requests?operation=refunds.create'))
      .body;
    return requests.some(({ fault }: { fault: string | null }) => fault === 'slow') || undefined;
  }, 15_000);
  await service.kill('jobs');
  await service.showWorkers('dead');
  await service.start('jobs');
  await expectGivenBackOnce(late.checkout);
  await service.pay(other.sessionId, 'expired');
  expect(await invariants.atRest()).toEqual([]);
});
