/** Money for which there is nothing: given back by itself, once, to the last unit, whatever goes wrong on the way. */
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer, TEE, TEE_KEY } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent } from '../testing/stripe-events.ts';

const TOTAL = 7_134;

let service: TestService;
let buyer: Buyer;
beforeAll(async () => {
  service = await startService({ env: { STRIPE_TIMEOUT_MS: '300' } });
  buyer = createBuyer(service);
});
afterEach(async () => {
  await service.standInControl('DELETE', '/faults');
  await service.standInControl('POST', '/webhooks/resume');
  await restock();
});
afterAll(() => service.stop());

const setStock = (onHand: string): Promise<unknown> =>
  service.rows(
    `update stock set on_hand = ${onHand} where shop_id = 'aurora' and variant_key = $1`,
    [TEE_KEY],
  );
const restock = (): Promise<unknown> => setStock('held + 100');
const fault = (kind: string, options: object = {}): Promise<Reply> =>
  service.standInControl('POST', '/faults', {
    operation: 'refunds.create',
    fault: kind,
    ...options,
  });
const webhooks = (what: 'pause' | 'resume'): Promise<Reply> =>
  service.standInControl('POST', `/webhooks/${what}`);
const onSession = (created: Reply, what: string, body?: object): Promise<Reply> =>
  service.standInControl('POST', `/sessions/${created.body.checkoutSessionId}/${what}`, body);
const fate = (refund: { id: string }, outcome: string): Promise<Reply> =>
  service.standInControl('POST', `/refunds/${refund.id}/settle`, { outcome });

/** A checkout whose hold has come to its end, and whose stock is sold. */
async function withoutStock(body: object = { items: [TEE] }): Promise<Reply> {
  await restock();
  const created = await buyer.checkout({ body });
  expect(created.status).toBe(201);
  const { holdId } = created.body;
  const { allocator } = service.deps;
  const outcome = await allocator.submit('aurora', { action: { kind: 'expire', holdId } });
  expect(outcome).toEqual({ kind: 'done', state: 'expired' });
  await setStock('held + 1');
  return created;
}

/** What Stripe has given back for the order, newest first. */
async function refundsOf({ body }: Reply): Promise<Stripe.Refund[]> {
  const { refunds } = (await service.standInControl('GET', '/refunds')).body;
  return refunds.filter((one: Stripe.Refund) => one.metadata?.order_id === body.orderId);
}

type Fact = { readonly kind: string; readonly reference: string; readonly detail: string | null };
async function facts({ body }: Reply, kind = '%'): Promise<Fact[]> {
  return service.rows<Fact>(
    'select kind, reference, detail from order_fact where order_id = $1 and kind like $2 order by 1, 2',
    [body.orderId, kind],
  );
}
const untilFact = (created: Reply, kind: string): Promise<Fact> =>
  eventually(async () => (await facts(created, kind))[0], 15_000);

/** What each account has been credited with, less what it was debited with, for the order; nothing where that is 0. */
async function balances({ body }: Reply): Promise<Record<string, number>> {
  const rows = await service.rows<{ account: string; balance: string }>(
    `select account, sum(amount) as balance from ledger_transfer,
       lateral (values (credit_account, amount_minor), (debit_account, -amount_minor)) as side (account, amount)
      where order_id = $1 group by account having sum(amount) <> 0`,
    [body.orderId],
  );
  return Object.fromEntries(rows.map(({ account, balance }) => [account, Number(balance)]));
}

/** Waits until no event and no job of refunds waits. */
async function untilQuiet(): Promise<void> {
  await eventually(async () => {
    const { deliveriesPending } = (await service.standInControl('GET', '/health')).body;
    const waiting = await service.rows(
      `select 1 from webhook_inbox where finished_at is null
       union all select 1 from graphile_worker.jobs
        where task_identifier in ('refund_payment', 'settle_order', 'process_stripe_event') and attempts < max_attempts`,
    );
    return deliveriesPending === 0 && waiting.length === 0 ? true : undefined;
  }, 15_000);
}
/** Jobs that failed come back at once, not when their patience is over. */
const hurry = (): Promise<unknown> =>
  service.rows(
    `update graphile_worker._private_jobs set run_at = now() where locked_at is null and attempts > 0`,
  );

async function expectGivenBackOnce(created: Reply): Promise<Stripe.Refund> {
  await untilFact(created, 'refund_succeeded');
  await untilQuiet();
  const refunds = await refundsOf(created);
  expect(refunds.map(({ amount, currency, status }) => [amount, currency, status])).toEqual([
    [TOTAL, 'eur', 'succeeded'],
  ]);
  expect((await buyer.status(created)).body).toMatchObject({
    status: 'needs_attention',
    finalized: false,
  });
  expect(await balances(created)).toEqual({});
  const [refund] = refunds;
  if (refund === undefined) throw new Error('no refund');
  return refund;
}

describe('a payment whose hold is gone, and whose stock is sold', () => {
  test('is given back by itself, once; the order is for a person, and no unit is sold twice', async () => {
    const created = await withoutStock();
    const before = await buyer.stock();
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await Promise.all([1, 2, 3].map(() => buyer.finalize(created)));
    const refund = await expectGivenBackOnce(created);
    expect(await buyer.stock()).toEqual(before);
    expect(
      (await facts(created, 'refund_%')).map(({ kind, reference }) => [kind, reference]),
    ).toEqual([
      ['refund_due', refund.payment_intent],
      ['refund_made', `refund:${created.body.orderId}:${refund.payment_intent}:1`],
      ['refund_succeeded', refund.id],
      ['refund_taken', refund.id],
    ]);
    expect(refund.metadata).toEqual({
      shop_id: 'aurora',
      order_id: created.body.orderId,
      operation_id: `refund:${created.body.orderId}:${refund.payment_intent}:1`,
    });
  });

  test('stays given back when there is stock again: nothing is sold to an order that has its money back', async () => {
    const created = await withoutStock();
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await expectGivenBackOnce(created);
    await restock();
    const before = await buyer.stock();
    expect((await buyer.finalize(created)).body.status).toBe('needs_attention');
    expect(await buyer.stock()).toEqual(before);
  });

  test('and that the bank agrees to later, is given back only then', async () => {
    const created = await withoutStock();
    await onSession(created, 'pay', { outcome: 'processing' });
    await buyer.untilStatus(created, 'needs_attention');
    await untilQuiet();
    expect(await facts(created, 'refund_due')).toEqual([]);
    await onSession(created, 'settle', { outcome: 'succeeded' });
    const pending = await untilFact(created, 'refund_pending');
    // Stripe has taken it off what it owes us, though it has not reached the buyer.
    expect(await balances(created)).toEqual({});
    await fate({ id: pending.reference }, 'succeeded');
    await expectGivenBackOnce(created);
  });

  test('and that the bank refuses later, leaves nothing to give back', async () => {
    const created = await withoutStock();
    await onSession(created, 'pay', { outcome: 'processing' });
    await buyer.untilStatus(created, 'needs_attention');
    await onSession(created, 'settle', { outcome: 'failed' });
    await untilFact(created, 'payment_failed');
    await untilQuiet();
    expect(await refundsOf(created)).toEqual([]);
    expect(await balances(created)).toEqual({});
  });

  test('buys nothing else: no other hold is committed by it', async () => {
    const created = await withoutStock();
    await onSession(created, 'pay', { outcome: 'succeeded' });
    const { payment_intent } = await expectGivenBackOnce(created);
    const body = { items: [{ sku: 'mug', quantity: 1 }], ttlSeconds: 60 };
    const { holdId } = (await service.call('POST', '/holds', { body, key: newKey() })).body;
    const commit = await service.call('POST', `/holds/${holdId}/commit`, {
      body: { paymentReference: payment_intent },
      key: newKey(),
    });
    expect([commit.status, commit.body.code]).toEqual([404, 'not_found']);
  });

  test('lets the same cart be bought again', async () => {
    const body = { cart: { id: 'cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4e01', lines: [TEE] } };
    const created = await withoutStock(body);
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await expectGivenBackOnce(created);
    await restock();
    expect((await buyer.checkout({ body })).status).toBe(201);
  });
});

describe('a second payment', () => {
  test('of one order is given back, one of the two, and the order keeps what it paid for', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await buyer.untilStatus(created, 'confirmed');
    const [first] = await facts(created, 'payment_succeeded');
    const second = (await onSession(created, 'pay-again')).body.paymentIntent;
    // Which one stays their ids say: a time would be that of whichever event came first.
    const [, last] = [first?.reference, second.id].sort();
    await untilFact(created, 'refund_succeeded');
    await untilQuiet();
    const refunds = await refundsOf(created);
    expect(refunds.map((one) => [one.payment_intent, one.amount, one.reason])).toEqual([
      [last, TOTAL, 'duplicate'],
    ]);
    expect((await buyer.status(created)).body.status).toBe('needs_attention');
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
    expect(await balances(created)).toEqual({
      stripe_receivable: -TOTAL,
      sales_revenue: 5_800,
      tax_payable: 1_334,
    });
  });

  test('of one cart, by a session that had ended, is given back, and no stock is taken for it', async () => {
    const body = { cart: { id: 'cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4e02', lines: [TEE] } };
    const [older, newer] = [await buyer.checkout({ body }), await buyer.checkout({ body })];
    await onSession(newer, 'pay', { outcome: 'succeeded' });
    await buyer.untilStatus(newer, 'confirmed');
    const before = await buyer.stock();
    await onSession(older, 'pay-again');
    await expectGivenBackOnce(older);
    expect((await buyer.status(newer)).body.status).toBe('confirmed');
    expect(await refundsOf(newer)).toEqual([]);
    expect(await buyer.stock()).toEqual(before);
  });

  test('of one cart that is learnt at the same moment as the first leaves exactly one of them', async () => {
    const body = { cart: { id: 'cart_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4e03', lines: [TEE] } };
    const before = await buyer.stock();
    const [older, newer] = [await buyer.checkout({ body }), await buyer.checkout({ body })];
    await webhooks('pause');
    await onSession(newer, 'pay', { outcome: 'succeeded' });
    await onSession(older, 'pay-again');
    await webhooks('resume');
    await eventually(async () => {
      await hurry();
      const statuses = await Promise.all([older, newer].map((one) => buyer.status(one)));
      const told = statuses.map((reply) => reply.body.status).sort();
      return told.join() === 'confirmed,needs_attention' ? true : undefined;
    }, 15_000);
    await untilQuiet();
    const refunds = [...(await refundsOf(older)), ...(await refundsOf(newer))];
    expect(refunds.map(({ amount }) => amount)).toEqual([TOTAL]);
    expect(await buyer.stock()).toEqual({ ...before, onHand: before.onHand - 2 });
  });
});

describe('the call that gives a payment back', () => {
  test.each<[string, string, object]>([
    ['is refused for coming too often', 'rate_limit', { times: 4 }],
    ['is not answered, and was not carried out', 'hang', { times: 2 }],
    ['is not answered, and was carried out', 'hang_after_commit', { times: 2 }],
    ['is cut off after it was carried out', 'close_after_commit', { times: 2 }],
    ['is answered by half a body', 'cut_body_after_commit', { times: 1 }],
    ['is answered 500 after it was carried out', 'error_500_after_commit', { times: 1 }],
    ['is carried out after we gave up', 'slow', { times: 1, delayMs: 1_500 }],
  ])('%s: there is one refund all the same', async (_, kind, options) => {
    const created = await withoutStock();
    await fault(kind, options);
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await untilFact(created, 'refund_due');
    await eventually(async () => {
      await hurry();
      return (await facts(created, 'refund_succeeded'))[0];
    }, 15_000);
    await expectGivenBackOnce(created);
  });

  test('is refused for good: a person is told why, and the money is owed in the ledger', async () => {
    const created = await withoutStock();
    await fault('refuse');
    await onSession(created, 'pay', { outcome: 'succeeded' });
    const refused = await untilFact(created, 'refund_refused');
    expect(refused).toMatchObject({
      reference: expect.stringMatching(/^refund:ord_.*:pi_.*:1$/),
      detail: 'invalid_request_error',
    });
    await untilQuiet();
    expect(await refundsOf(created)).toEqual([]);
    expect((await facts(created, 'needs_attention')).map(({ reference }) => reference)).toEqual([
      'paid_without_stock',
      'refund_refused',
    ]);
    expect(await balances(created)).toEqual({
      stripe_receivable: -TOTAL,
      customer_payments: TOTAL,
    });
  });
});

describe('what is told of a refund', () => {
  /** The order of a payment that was given back, with every webhook of the refund held back and forgotten. */
  async function givenBack(): Promise<{ created: Reply; refund: Stripe.Refund }> {
    const created = await withoutStock();
    await onSession(created, 'pay', { outcome: 'succeeded' });
    return { created, refund: await expectGivenBackOnce(created) };
  }
  const everything = async (created: Reply): Promise<unknown> => [
    await facts(created),
    await balances(created),
    (await buyer.status(created)).body,
  ];

  test('by our own answer and by webhooks, in any order and twice, comes to the same end', async () => {
    const stripe = createStripeEvents(service);
    const ends: unknown[] = [];
    const told = ['pending', 'succeeded', 'failed'] as const;
    for (const order of [
      told,
      [...told].reverse(),
      ['succeeded', 'failed', 'pending', 'succeeded'],
    ]) {
      const { created, refund } = await givenBack();
      for (const status of order) {
        for (const _ of [1, 2]) {
          const event = newEvent('refund.updated', { ...refund, status });
          await stripe.deliver(event);
          expect(await stripe.untilFinished(event.id)).toMatchObject({ status: 'applied' });
        }
      }
      const [known, money, status] = (await everything(created)) as [Fact[], object, Reply['body']];
      ends.push([known.map(({ kind }) => kind), money, status.status]);
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });

  test('by a webhook before our own answer is not done again', async () => {
    const created = await withoutStock();
    await fault('hang_after_commit', { times: 2 });
    const listing = { operation: 'refunds.list', fault: 'hang' };
    await service.standInControl('POST', '/faults', listing);
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await untilFact(created, 'refund_succeeded');
    await service.standInControl('DELETE', '/faults');
    await hurry();
    await expectGivenBackOnce(created);
  });

  test('that failed after all: it is a fact, the buyer is owed again, and the order stays for a person', async () => {
    const { created, refund } = await givenBack();
    await fate(refund, 'failed');
    await untilFact(created, 'refund_failed');
    await untilQuiet();
    expect(await balances(created)).toEqual({
      stripe_receivable: -TOTAL,
      customer_payments: TOTAL,
    });
    expect((await buyer.status(created)).body.status).toBe('needs_attention');
    expect((await facts(created, 'needs_attention')).map(({ reference }) => reference)).toEqual([
      'paid_without_stock',
      'refund_failed',
    ]);
    expect(await refundsOf(created)).toHaveLength(1);
  });

  test('that a person made of a confirmed order: partially refunded, then refunded', async () => {
    const created = await buyer.checkout();
    await onSession(created, 'pay', { outcome: 'succeeded' });
    await buyer.untilStatus(created, 'confirmed');
    const [paid] = await facts(created, 'payment_succeeded');
    const payment_intent = paid?.reference ?? '';
    await service.deps.stripe.refunds.create({ payment_intent, amount: 1_000 });
    await buyer.untilStatus(created, 'partially_refunded');
    await service.deps.stripe.refunds.create({ payment_intent });
    await buyer.untilStatus(created, 'refunded');
    expect((await buyer.status(created)).body.finalized).toBe(true);
  });
});
