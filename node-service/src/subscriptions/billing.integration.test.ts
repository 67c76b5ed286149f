/** Events of billing, by their own door: each object as Stripe has it, its money booked once, and every shop's apart. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  stripeCustomer,
  stripeInvoice,
  stripeInvoicePayment,
  stripeSubscription,
} from '../testing/billing-events.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';
import {
  createStripeEvents,
  type Fields,
  type InboxRow,
  newEvent,
  type StripeEvent,
  type StripeEvents,
} from '../testing/stripe-events.ts';

let service: TestService;
let stripe: StripeEvents;
beforeAll(async () => {
  service = await startService();
  stripe = createStripeEvents(service);
});
afterAll(() => service.stop());

const NOON = 1_795_000_000;
const OURS = { shop_id: 'aurora' };
const newId = (prefix: string): string => `${prefix}_${randomBytes(8).toString('hex')}`;

function told(type: string, object: object, created = NOON): StripeEvent {
  return newEvent(type, object as Fields, { created });
}

const deliver = (event: StripeEvent): Promise<Reply> => stripe.deliver(event, { door: 'billing' });

async function apply(...events: readonly StripeEvent[]): Promise<InboxRow[]> {
  const ends: InboxRow[] = [];
  for (const event of events) {
    expect((await deliver(event)).status).toBe(200);
    ends.push(await stripe.untilFinished(event.id));
  }
  return ends;
}

async function subscription(id: string): Promise<Fields | undefined> {
  const [row] = await service.rows<Fields>(
    `select shop_id, status, current_period_end, cancel_at_period_end, latest_invoice_id, items -> 0 ->> 'priceId' as price_id
       from subscription where stripe_subscription_id = $1`,
    [id],
  );
  return row;
}

async function invoice(id: string): Promise<Fields | undefined> {
  const [row] = await service.rows<Fields>(
    'select shop_id, status, amount_paid_minor::int, stripe_subscription_id from invoice where stripe_invoice_id = $1',
    [id],
  );
  return row;
}

/** What the ledger has of these payments of invoices: shop, accounts, amount, currency. */
async function booked(...paymentIds: readonly string[]): Promise<unknown[]> {
  const rows = await service.rows<Fields>(
    `select shop_id, debit_account, credit_account, amount_minor::int, currency from ledger_transfer
      where business_fact = any($1) order by business_fact`,
    [paymentIds.map((id) => `invoice_payment:${id}:received`)],
  );
  return rows.map((row) => Object.values(row));
}

async function ownerOf(id: string): Promise<unknown> {
  const [row] = await service.rows(
    'select shop_id from stripe_object_shop_map where stripe_id = $1',
    [id],
  );
  return row?.shop_id;
}

describe('a subscription', () => {
  test('is what the newest of its events says, whenever that came, with the period of its item', async () => {
    const id = newId('sub');
    const own = { metadata: OURS };
    await apply(
      told(
        'customer.subscription.updated',
        stripeSubscription(id, { ...own, status: 'past_due' }),
        NOON + 9,
      ),
      told(
        'customer.subscription.updated',
        stripeSubscription(id, { ...own, priceId: 'price_2', periodEnd: NOON }),
        NOON + 30,
      ),
      told(
        'customer.subscription.created',
        stripeSubscription(id, { ...own, status: 'incomplete' }),
      ),
    );
    expect(await subscription(id)).toEqual({
      shop_id: 'aurora',
      status: 'active',
      current_period_end: new Date(NOON * 1_000),
      cancel_at_period_end: false,
      latest_invoice_id: null,
      price_id: 'price_2',
    });
    expect(await ownerOf(id)).toBe('aurora');
  });

  test('that was deleted before it was heard of stays deleted', async () => {
    const id = newId('sub');
    const own = { metadata: OURS };
    const ended = { ...own, status: 'canceled', ended_at: NOON } as const;
    await apply(
      told('customer.subscription.deleted', stripeSubscription(id, ended), NOON),
      told('customer.subscription.created', stripeSubscription(id, own), NOON - 60),
      told('customer.subscription.updated', stripeSubscription(id, own), NOON + 60),
    );
    expect(await subscription(id)).toMatchObject({ status: 'canceled' });
  });

  test('of a shop that the map alone knows is kept up to date without any metadata', async () => {
    const [id, invoiceId] = [newId('sub'), newId('in')];
    await service.rows(
      `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id) values ('local', 'subscription', $1, 'borealis')`,
      [id],
    );
    const paused = stripeSubscription(id, { status: 'paused', latest_invoice: invoiceId });
    const [end] = await apply(told('customer.subscription.paused', paused));
    expect(end).toMatchObject({ shop_id: 'borealis', resolved_by: 'map', status: 'applied' });
    expect(await subscription(id)).toMatchObject({ shop_id: 'borealis', status: 'paused' });
    // Its invoice is known by it, and the invoice's payment by the invoice.
    const paymentId = newId('inpay');
    await apply(told('invoice_payment.paid', stripeInvoicePayment(paymentId, invoiceId)));
    expect(await booked(paymentId)).toEqual([
      ['borealis', 'stripe_receivable', 'subscription_revenue', 1_200, 'EUR'],
    ]);
  });

  test('of which two events of one second say different things is asked for at Stripe', async () => {
    const customer = await service.deps.stripe.customers.create({ metadata: OURS });
    const price = await service.deps.stripe.prices.create({
      currency: 'eur',
      unit_amount: 1_200,
      recurring: { interval: 'month' },
      product_data: { name: 'Tea' },
    });
    const { id } = await service.deps.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: 'pm_card_visa',
      metadata: OURS,
    });
    await expect
      .poll(() => subscription(id))
      .toMatchObject({ status: 'active', shop_id: 'aurora' });
    const later = Math.floor(Date.now() / 1_000) + 60;
    const odd = (status: 'past_due' | 'unpaid'): StripeEvent => {
      const object = stripeSubscription(id, { metadata: OURS, status });
      return told('customer.subscription.updated', object, later);
    };
    const events = [odd('past_due'), odd('unpaid')];
    await Promise.all(events.map(deliver));
    for (const one of events) expect((await stripe.untilFinished(one.id)).status).toBe('applied');
    expect(await subscription(id)).toMatchObject({ status: 'active', price_id: price.id });
    const fetched = `select 1 from billing_fact where stripe_id = $1 and kind = 'fetched' and reference like $2`;
    expect(await service.rows(fetched, [id, `told:${later}:2`])).toHaveLength(1);
  });

  test('that Stripe must be asked for and does not know is a dead letter, and is left as it was', async () => {
    const id = newId('sub');
    const at = (status: 'active' | 'unpaid' | 'past_due', created: number): StripeEvent =>
      told(
        'customer.subscription.updated',
        stripeSubscription(id, { metadata: OURS, status }),
        created,
      );
    const [, , last] = await apply(
      at('active', NOON),
      at('unpaid', NOON + 5),
      at('past_due', NOON + 5),
    );
    expect(last).toMatchObject({ status: 'dead_letter', shop_id: 'aurora' });
    const letters = 'select reason from dead_letter where shop_id = $1 and payload #>> $2 = $3';
    const path = '{data,object,id}';
    expect(await service.rows(letters, ['aurora', path, id])).toEqual([
      { reason: 'unknown_object' },
    ]);
  });
});

describe('an invoice', () => {
  test('that is paid is booked once, by the payment, however often and in whatever order it is told of', async () => {
    const [id, paymentId] = [newId('in'), newId('inpay')];
    const payment = stripeInvoicePayment(paymentId, id);
    const own = { metadata: OURS, subscription: newId('sub') };
    const paid = told(
      'invoice.paid',
      stripeInvoice(id, { ...own, status: 'paid', payments: [payment] }),
      NOON + 3,
    );
    await Promise.all([deliver(paid), deliver(paid), deliver(paid)]);
    await stripe.untilFinished(paid.id);
    await apply(
      told('invoice_payment.paid', payment, NOON + 3),
      told('invoice_payment.paid', payment, NOON + 4),
      told('invoice.payment_failed', stripeInvoice(id, { ...own, attempt_count: 1 }), NOON + 9),
      told('invoice.created', stripeInvoice(id, { ...own, status: 'draft' }), NOON),
    );
    expect(await invoice(id)).toEqual({
      shop_id: 'aurora',
      status: 'paid',
      amount_paid_minor: 1_200,
      stripe_subscription_id: own.subscription,
    });
    expect(await booked(paymentId)).toEqual([
      ['aurora', 'stripe_receivable', 'subscription_revenue', 1_200, 'EUR'],
    ]);
    for (const known of [id, own.subscription, `pi_of_${paymentId}`])
      expect(await ownerOf(known)).toBe('aurora');
  });

  test('paid in parts, one of them past Stripe, is booked part by part, in the minor units of its currency', async () => {
    const [id, card, cash] = [newId('in'), newId('inpay_1'), newId('inpay_2')];
    // Stripe counts krónur in hundredths.
    const isk = { currency: 'isk' };
    await apply(
      told(
        'invoice.paid',
        stripeInvoice(id, {
          ...isk,
          metadata: OURS,
          status: 'paid',
          amount_due: 500_000,
          payments: [
            stripeInvoicePayment(card, id, { ...isk, amount_paid: 400_000 }),
            stripeInvoicePayment(cash, id, {
              ...isk,
              amount_paid: 100_000,
              payment: { type: 'payment_record', payment_record: newId('pr') },
            }),
          ],
        }),
      ),
    );
    expect(await booked(card, cash)).toEqual([
      ['aurora', 'stripe_receivable', 'subscription_revenue', 4_000, 'ISK'],
      ['aurora', 'outside_payments', 'subscription_revenue', 1_000, 'ISK'],
    ]);
    expect(await invoice(id)).toMatchObject({ amount_paid_minor: 5_000 });
  });

  test('of nothing, or one that a credit pays, is paid and books nothing', async () => {
    const id = newId('in');
    const free = { metadata: OURS, status: 'paid', amount_due: 0 } as const;
    const [end] = await apply(told('invoice.paid', stripeInvoice(id, free)));
    expect(end).toMatchObject({ status: 'applied' });
    expect(await invoice(id)).toMatchObject({ status: 'paid', amount_paid_minor: 0 });
  });

  test('that was given up or voided is paid where money came in, whichever was told of first', async () => {
    const id = newId('in');
    const at = (status: 'void' | 'paid' | 'uncollectible', created: number): StripeEvent => {
      const type = { void: 'voided', paid: 'paid', uncollectible: 'marked_uncollectible' }[status];
      const payments = [stripeInvoicePayment(`inpay_${id}`, id)];
      const object = stripeInvoice(id, { metadata: OURS, status, payments });
      return told(`invoice.${type}`, object, created);
    };
    await apply(at('uncollectible', NOON), at('paid', NOON + 1), at('void', NOON + 2));
    expect(await invoice(id)).toMatchObject({ status: 'paid' });
  });

  test('of a shop is none of another: its money and its row stay apart', async () => {
    const [id, paymentId] = [newId('in'), newId('inpay')];
    const mine = stripeInvoice(id, { metadata: OURS });
    await apply(told('invoice.finalized', mine));
    const theirs = { metadata: { shop_id: 'borealis' }, status: 'paid' } as const;
    const payments = [stripeInvoicePayment(paymentId, id)];
    const foreign = told('invoice.paid', stripeInvoice(id, { ...theirs, payments }), NOON + 1);
    const [end] = await apply(foreign);
    expect(end).toMatchObject({ status: 'dead_letter', shop_id: null });
    expect(await stripe.deadLetter(foreign.id)).toMatchObject({ reason: 'contradicting_tenant' });
    expect(await invoice(id)).toMatchObject({ shop_id: 'aurora', status: 'open' });
    expect(await booked(paymentId)).toEqual([]);
  });
});

describe('a customer', () => {
  const customer = (id: string): Promise<Fields[]> =>
    service.rows<Fields>(
      'select shop_id, customer_id, is_deleted from customer where stripe_customer_id = $1',
      [id],
    );

  test('is known by the subject of its tokens, and stays deleted', async () => {
    const id = newId('cus');
    const metadata = { ...OURS, customer_id: 'customer-7' };
    await apply(
      told('customer.deleted', stripeCustomer(id, { metadata }), NOON + 9),
      told('customer.created', stripeCustomer(id, { metadata }), NOON),
    );
    expect(await customer(id)).toEqual([
      { shop_id: 'aurora', customer_id: 'customer-7', is_deleted: true },
    ]);
    expect(await ownerOf(id)).toBe('aurora');
  });

  test('that names no shop, and is seen at one alone, is not claimed for it', async () => {
    const [id, subscriptionId] = [newId('cus'), newId('sub')];
    const own = { metadata: OURS, customer: id };
    await apply(told('customer.subscription.updated', stripeSubscription(subscriptionId, own)));
    const [end] = await apply(told('customer.updated', stripeCustomer(id)));
    expect(end).toMatchObject({ status: 'applied', shop_id: 'aurora', resolved_by: 'customer' });
    expect(await ownerOf(id)).toBeUndefined();
  });
});

describe('the two doors', () => {
  test('take the same events: one id is one event, by whichever it comes', async () => {
    const id = newId('sub');
    const event = told('customer.subscription.created', stripeSubscription(id, { metadata: OURS }));
    expect((await deliver(event)).status).toBe(200);
    expect((await stripe.deliver(event)).status).toBe(200);
    expect(await stripe.untilFinished(event.id)).toMatchObject({ status: 'applied', attempts: 1 });
    const doors = 'select endpoint from webhook_inbox where stripe_event_id = $1';
    expect(await service.rows(doors, [event.id])).toEqual([{ endpoint: 'billing' }]);
  });

  test('have a secret each', async () => {
    const event = told('customer.created', stripeCustomer(newId('cus'), { metadata: OURS }));
    const secret = service.webhookSecret;
    const refused = await stripe.deliver(event, { door: 'billing', secret });
    expect([refused.status, refused.body.code]).toEqual([400, 'webhook_signature_invalid']);
    expect(await stripe.inbox(event.id)).toBeUndefined();
  });
});
