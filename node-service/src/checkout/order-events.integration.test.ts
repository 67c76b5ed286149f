/** What an event changes of its order, each kind by way of the service: contracts/decisions/0016 is the table. */
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { eventually } from '../testing/eventually.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';
import {
  createStripeEvents,
  type Fields,
  newEvent,
  type StripeEvents,
} from '../testing/stripe-events.ts';

const TOTAL = 7_134;
const EARNED = { sales_revenue: 5_800, tax_payable: 1_334 };

let service: TestService;
let buyer: Buyer;
let stripe: StripeEvents;
beforeAll(async () => {
  service = await startService();
  buyer = createBuyer(service);
  stripe = createStripeEvents(service);
});
afterEach(() => webhooks('resume'));
afterAll(() => service.stop());

const webhooks = (what: 'pause' | 'resume'): Promise<Reply> =>
  service.standInControl('POST', `/webhooks/${what}`);

/** Of the order: what each account was credited with, less what it was debited with, where that is not 0. */
async function balances({ body }: Reply): Promise<Record<string, number>> {
  const rows = await service.rows<{ account: string; balance: string }>(
    `select account, sum(amount) as balance from ledger_transfer,
       lateral (values (credit_account, amount_minor), (debit_account, -amount_minor)) as side (account, amount)
      where order_id = $1 group by account having sum(amount) <> 0`,
    [body.orderId],
  );
  return Object.fromEntries(rows.map(({ account, balance }) => [account, Number(balance)]));
}

async function factsOf({ body }: Reply, kind: string): Promise<string[]> {
  const rows = await service.rows<{ fact: string }>(
    `select kind || ' ' || coalesce(detail, '') as fact from order_fact where order_id = $1 and kind like $2 order by 1`,
    [body.orderId, kind],
  );
  return rows.map(({ fact }) => fact);
}

/** Tells the service of it, and waits until that is done with. @returns the inbox's status */
async function tell(type: string, object: unknown): Promise<string> {
  const event = newEvent(type, object as Fields);
  await stripe.deliver(event);
  return (await stripe.untilFinished(event.id)).status;
}

async function untilDisputed(created: Reply, disputed: boolean): Promise<void> {
  await eventually(async () =>
    (await buyer.status(created)).body.disputed === disputed ? true : undefined,
  );
}

async function intentOf({ body }: Reply): Promise<Stripe.PaymentIntent> {
  const { session } = (await service.standInControl('GET', `/sessions/${body.checkoutSessionId}`))
    .body;
  return service.deps.stripe.paymentIntents.retrieve(String(session.payment_intent));
}

async function untilBooked(created: Reply, wanted: Record<string, number>): Promise<void> {
  await eventually(async () => {
    const known = await balances(created);
    return JSON.stringify(Object.entries(known).sort()) ===
      JSON.stringify(Object.entries(wanted).sort())
      ? true
      : undefined;
  });
}

type Paid = { readonly created: Reply; readonly intent: Stripe.PaymentIntent };

async function confirmed(): Promise<Paid> {
  const created = await buyer.checkout();
  await service.pay(created.body.checkoutSessionId, 'succeeded');
  await buyer.untilStatus(created, 'confirmed');
  return { created, intent: await intentOf(created) };
}

/** Paid at Stripe, and nothing told of it yet. The shop is known for the intent, its order is not. */
async function untold(): Promise<Paid> {
  const created = await buyer.checkout();
  await webhooks('pause');
  await service.pay(created.body.checkoutSessionId, 'succeeded');
  const intent = await intentOf(created);
  await associate(intent.id);
  return { created, intent };
}

const associate = (intentId: string): Promise<unknown> =>
  service.rows(
    `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id)
     values ('local', 'payment_intent', $1, 'aurora')`,
    [intentId],
  );

async function dispute(intent: Stripe.PaymentIntent, body: object = {}): Promise<Stripe.Dispute> {
  const reply = await service.standInControl(
    'POST',
    `/charges/${intent.latest_charge}/dispute`,
    body,
  );
  expect(reply.status).toBe(200);
  return reply.body.dispute;
}
const close = (one: Stripe.Dispute, outcome: string): Promise<Reply> =>
  service.standInControl('POST', `/disputes/${one.id}/close`, { outcome });

describe('a dispute', () => {
  test('marks its order, which stays what it was, and takes the money; won, both are as before', async () => {
    const { created, intent } = await confirmed();
    const one = await dispute(intent);
    await untilDisputed(created, true);
    expect((await buyer.status(created)).body).toMatchObject({
      status: 'confirmed',
      finalized: true,
    });
    await untilBooked(created, { disputed_funds: -TOTAL, ...EARNED });
    await close(one, 'won');
    await untilDisputed(created, false);
    await untilBooked(created, { stripe_receivable: -TOTAL, ...EARNED });
  });

  test('that is lost stays on the order, and its money is a loss', async () => {
    const { created, intent } = await confirmed();
    await close(await dispute(intent), 'lost');
    await untilBooked(created, { dispute_losses: -TOTAL, ...EARNED });
    expect((await buyer.status(created)).body).toMatchObject({
      status: 'confirmed',
      disputed: true,
    });
  });

  test('that is only an inquiry moves no money, and is over when the bank drops it', async () => {
    const { created, intent } = await confirmed();
    const one = await dispute(intent, { inquiry: true });
    await untilDisputed(created, true);
    await close(one, 'warning_closed');
    await untilDisputed(created, false);
    expect(await balances(created)).toEqual({ stripe_receivable: -TOTAL, ...EARNED });
  });

  test('told of before its payment, and closed before it was opened, comes to the same end', async () => {
    const { created, intent } = await untold();
    const opened = await dispute(intent);
    const lost = (await close(opened, 'lost')).body.dispute;
    expect(await tell('charge.dispute.closed', lost)).toBe('applied');
    expect((await buyer.status(created)).body).toMatchObject({
      status: 'processing',
      disputed: true,
    });
    expect(await tell('charge.dispute.created', opened)).toBe('applied');
    await webhooks('resume');
    await buyer.untilStatus(created, 'confirmed');
    await untilBooked(created, { dispute_losses: -TOTAL, ...EARNED });
    expect((await buyer.status(created)).body.disputed).toBe(true);
  });

  test('of a payment that was refunded in part is both', async () => {
    const { created, intent } = await confirmed();
    await service.deps.stripe.refunds.create({ payment_intent: intent.id, amount: 1_000 });
    await buyer.untilStatus(created, 'partially_refunded');
    await dispute(intent);
    await untilDisputed(created, true);
    expect((await buyer.status(created)).body.status).toBe('partially_refunded');
    await untilBooked(created, {
      customer_payments: -1_000,
      disputed_funds: 1_000 - TOTAL,
      ...EARNED,
    });
  });

  test('keeps its payment from being given back by itself: a person is told why', async () => {
    const { created, intent } = await untold();
    expect(await tell('charge.dispute.created', await dispute(intent))).toBe('applied');
    const { holdId } = created.body;
    await service.deps.allocator.submit('aurora', { action: { kind: 'expire', holdId } });
    await service.rows(`update stock set on_hand = held where shop_id = 'aurora'`);
    await webhooks('resume');
    const refused = await eventually(async () => (await factsOf(created, 'refund_refused'))[0]);
    await service.rows(`update stock set on_hand = held + 100 where shop_id = 'aurora'`);
    expect(refused).toBe('refund_refused charge_disputed');
    expect(await factsOf(created, 'refund_succeeded')).toEqual([]);
    expect(await factsOf(created, 'needs_attention')).toContainEqual(
      expect.stringMatching(/refund:ord_.*:1: charge_disputed$/),
    );
    expect((await buyer.status(created)).body).toMatchObject({
      status: 'needs_attention',
      disputed: true,
    });
  });
});

describe('a refund', () => {
  test('that its charge alone tells of is asked for at Stripe, and told twice is asked for once', async () => {
    const { created, intent } = await confirmed();
    await webhooks('pause');
    await service.deps.stripe.refunds.create({ payment_intent: intent.id, amount: 1_000 });
    const charge = await service.deps.stripe.charges.retrieve(String(intent.latest_charge));
    expect(await tell('charge.refunded', charge)).toBe('applied');
    expect((await buyer.status(created)).body.status).toBe('partially_refunded');
    await service.standInControl('POST', '/faults', { operation: 'refunds.list', fault: 'refuse' });
    expect(await tell('charge.refunded', charge)).toBe('applied');
    await service.standInControl('DELETE', '/faults');
    expect(await factsOf(created, 'refund_succeeded')).toHaveLength(1);
  });

  test('told of before its payment leaves the order as if it had come after', async () => {
    const { created, intent } = await untold();
    const refund = await service.deps.stripe.refunds.create({ payment_intent: intent.id });
    expect(await tell('refund.created', refund)).toBe('applied');
    expect((await buyer.status(created)).body.status).toBe('processing');
    await webhooks('resume');
    await buyer.untilStatus(created, 'refunded');
    expect(await balances(created)).toEqual({ customer_payments: -TOTAL, ...EARNED });
  });

  test('of a payment that Stripe does not know is a dead letter', async () => {
    await associate('pi_nobody_knows');
    const event = newEvent('refund.created', {
      object: 'refund',
      id: 're_nobody_knows',
      payment_intent: 'pi_nobody_knows',
      metadata: {},
    });
    await stripe.deliver(event);
    expect((await stripe.untilFinished(event.id)).status).toBe('dead_letter');
    expect(await stripe.deadLetter(event.id)).toMatchObject({ reason: 'unknown_order' });
  });

  test('or a payment that names no shop of ours is no order’s, and ignored', async () => {
    await associate('pi_by_hand');
    const by_hand = { object: 'payment_intent', id: 'pi_by_hand', metadata: {}, currency: 'eur' };
    expect(await tell('payment_intent.succeeded', { ...by_hand, amount_received: 1 })).toBe(
      'ignored',
    );
  });
});

describe('a payment', () => {
  test('that was canceled while it was under way fails its order, and gives the stock back', async () => {
    const before = await buyer.stock();
    const created = await buyer.checkout();
    await service.pay(created.body.checkoutSessionId, 'processing');
    await eventually(async () => (await factsOf(created, 'payment_processing'))[0]);
    const intent = await intentOf(created);
    expect(await tell('payment_intent.canceled', { ...intent, status: 'canceled' })).toBe(
      'applied',
    );
    await buyer.untilStatus(created, 'failed');
    expect(await buyer.stock()).toEqual(before);
  });

  test('that came in is not undone by what should have come before it', async () => {
    const { created, intent } = await confirmed();
    const path = `/sessions/${created.body.checkoutSessionId}`;
    const { session } = (await service.standInControl('GET', path)).body;
    for (const [type, object] of [
      ['payment_intent.canceled', { ...intent, status: 'canceled' }],
      ['checkout.session.async_payment_failed', { ...session, payment_status: 'unpaid' }],
      ['checkout.session.expired', { ...session, status: 'expired', payment_status: 'unpaid' }],
    ] as const)
      expect(await tell(type, object)).toBe('applied');
    expect((await buyer.status(created)).body.status).toBe('confirmed');
    expect(await balances(created)).toEqual({ stripe_receivable: -TOTAL, ...EARNED });
  });

  test('told of with two amounts is booked as agreed, in either order, and is for a person', async () => {
    const ends: unknown[] = [];
    for (const amounts of [
      [TOTAL, TOTAL - 1],
      [TOTAL - 1, TOTAL],
    ]) {
      const created = await buyer.checkout();
      const session = await stripe.paidSession(created);
      for (const amount_total of amounts)
        expect(await tell('checkout.session.completed', { ...session, amount_total })).toBe(
          'applied',
        );
      const { status } = (await buyer.status(created)).body;
      ends.push([status, await balances(created), (await factsOf(created, '%')).map(kindOf)]);
    }
    const kinds = [
      'needs_attention',
      'payment_mismatched',
      'payment_succeeded',
      'session_completed',
    ];
    expect(ends[0]).toEqual(['needs_attention', { stripe_receivable: -TOTAL, ...EARNED }, kinds]);
    expect(ends[1]).toEqual(ends[0]);
  });

  test.each([
    'payment_intent.processing',
    'payment_intent.payment_failed',
    'payment_intent.amount_capturable_updated',
    'charge.succeeded',
    'charge.updated',
  ])('%s changes nothing, and is finished at once', async (type) => {
    const created = await buyer.checkout();
    const metadata = { shop_id: 'aurora', order_id: created.body.orderId };
    const [object] = type.split('.');
    const id = `${object}_of_${created.body.orderId}`;
    expect(await tell(type, { object, id, metadata })).toBe('ignored');
    expect(await factsOf(created, '%')).toEqual([]);
    expect((await buyer.status(created)).body.status).toBe('processing');
  });
});

const kindOf = (fact: string): string => fact.split(' ')[0] ?? '';
