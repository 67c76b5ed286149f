/** One refund, whenever its job runs: Stripe may have forgotten its key, and a person may have been faster. */
import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE_KEY } from '../testing/buyer.ts';
import { startService, type TestService } from '../testing/service.ts';
import { type RefundJob, refundPayment } from './refund-payment.ts';

const HOUR_MS = 3_600_000;

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
});
afterAll(() => service.stop());

let job: RefundJob;
let operationId: string;

/** A payment that is to be given back, and whose job has not run yet. */
beforeEach(async () => {
  const created = await buyer.checkout();
  const { holdId, orderId, checkoutSessionId } = created.body;
  await service.deps.allocator.submit('aurora', { action: { kind: 'expire', holdId } });
  await service.rows('update stock set on_hand = held + 1 where variant_key = $1', [TEE_KEY]);
  await service.pay(checkoutSessionId, 'succeeded');
  expect((await buyer.finalize(created)).body.status).toBe('needs_attention');
  await service.rows('update stock set on_hand = held + 100 where variant_key = $1', [TEE_KEY]);
  const [due] = await service.rows<{ reference: string }>(
    `select reference from order_fact where order_id = $1 and kind = 'refund_due'`,
    [orderId],
  );
  const paymentReference = due?.reference ?? '';
  const attempt = '1';
  job = { shopId: 'aurora', requestId: 'req_of_test', orderId, paymentReference, attempt };
  operationId = `refund:${orderId}:${paymentReference}:1`;
});

const runAfter = (hours: number): Promise<void> => {
  const now = (): Date => new Date(Date.now() + hours * HOUR_MS);
  return refundPayment({ ...service.deps, clock: { ...service.deps.clock, now } }, job);
};
/** As a process made it that died before it could say so; a cent, since all of it could not be given back again. */
const madeUnder = (idempotencyKey: string): Promise<Stripe.Refund> =>
  service.deps.stripe.refunds.create(
    {
      payment_intent: job.paymentReference,
      amount: 1,
      metadata: { shop_id: job.shopId, order_id: job.orderId, operation_id: operationId },
    },
    { idempotencyKey },
  );
async function refundCalls(): Promise<string[]> {
  const { requests } = (await service.standInControl('GET', '/requests')).body;
  return requests
    .filter(({ parameters }: { parameters: Record<string, unknown> | null }) => {
      return parameters?.payment_intent === job.paymentReference;
    })
    .map(({ operation }: { operation: string }) => operation);
}
async function amounts(): Promise<number[]> {
  const { data } = await service.deps.stripe.refunds.list({ payment_intent: job.paymentReference });
  return data.map(({ amount }) => amount);
}

test('within 23 hours the call itself is the question: its key answers', async () => {
  await runAfter(22.9);
  expect(await refundCalls()).toEqual(['refunds.create']);
  expect(await amounts()).toEqual([7_134]);
});

test('after 23 hours the refund is looked up by its operation, and is not made again', async () => {
  await madeUnder('a-key-that-is-forgotten');
  await runAfter(23);
  expect(await refundCalls()).toEqual(['refunds.create', 'refunds.list']);
  expect(await amounts()).toEqual([1]);
  const made = await service.rows(
    'select reference from order_fact where kind = $1 and order_id = $2',
    ['refund_made', job.orderId],
  );
  expect(made).toEqual([{ reference: operationId }]);
});

test('after 23 hours, and not found, it is made: the payment is not forgotten', async () => {
  await runAfter(30);
  expect(await refundCalls()).toEqual(['refunds.list', 'refunds.create']);
  expect(await amounts()).toEqual([7_134]);
});

test('while Stripe cannot be asked after 23 hours nothing is made, and the job comes back', async () => {
  await service.standInControl('POST', '/faults', {
    operation: 'refunds.list',
    fault: 'error_500',
  });
  await expect(runAfter(24)).rejects.toThrow('not known yet');
  await service.standInControl('DELETE', '/faults');
  expect(await amounts()).toEqual([]);
  await runAfter(25);
  expect(await amounts()).toEqual([7_134]);
});

test('a refund that is over is not asked for again', async () => {
  await runAfter(0);
  await runAfter(0);
  await runAfter(48);
  expect(await refundCalls()).toEqual(['refunds.create']);
});

test('what a person gave back in the meantime is not given back again: the job sees that all of it is back', async () => {
  const payment_intent = job.paymentReference;
  await service.deps.stripe.refunds.create({ payment_intent, amount: 1_000 });
  await service.deps.stripe.refunds.create({ payment_intent, amount: 6_134 });
  await runAfter(0);
  await runAfter(0);
  expect(await refundCalls()).toHaveLength(4);
  const facts = await service.rows<{ kind: string; amount_minor: string | null }>(
    `select kind, amount_minor from order_fact where order_id = $1 and kind like 'refund%' order by 1, 2`,
    [job.orderId],
  );
  expect(facts.map(({ kind, amount_minor }) => [kind, Number(amount_minor)])).toEqual([
    ['refund_due', 7_134],
    ['refund_succeeded', 1_000],
    ['refund_succeeded', 6_134],
    ['refund_taken', 1_000],
    ['refund_taken', 6_134],
  ]);
});

test('of a payment that a person gave back in part, the rest is given back', async () => {
  const payment_intent = job.paymentReference;
  await service.deps.stripe.refunds.create({ payment_intent, amount: 1_000 });
  await runAfter(0);
  expect(await amounts()).toEqual([6_134, 1_000]);
});

test('a key of ours that Stripe does not accept is no refusal of the refund: the job comes back', async () => {
  const { deps } = service;
  const stripe = new Stripe('sk_live_of_another_mode', {
    host: '127.0.0.1',
    port: service.standIn.port,
    protocol: 'http',
    maxNetworkRetries: 0,
  });
  await expect(refundPayment({ ...deps, stripe }, job)).rejects.toThrow('not made yet');
  const refused = await service.rows(
    `select 1 from order_fact where kind = 'refund_refused' and order_id = $1`,
    [job.orderId],
  );
  expect(refused).toEqual([]);
});
