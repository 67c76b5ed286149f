/** The map from a shop's own records: stopped anywhere, repeated, twice at once, it ends the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBuyer } from '../testing/buyer.ts';
import { startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent } from '../testing/stripe-events.ts';
import { BackfillCursorError, type BackfillStep, backfillStep } from './index.ts';

let service: TestService;
/** What the map knew of the orders before it was emptied: session, intent, refund, with their orders. */
let learnt: readonly MapRow[];

type MapRow = { object_type: string; stripe_id: string; shop_id: string; order_id: string | null };

const map = (): Promise<MapRow[]> =>
  service.rows<MapRow>(
    `select object_type, stripe_id, shop_id, order_id from stripe_object_shop_map order by 1, 2`,
  );
const customers = () =>
  service.rows('select stripe_customer_id as id, shop_id from stripe_customer_shop order by 1, 2');

const BILLING: readonly MapRow[] = [
  { object_type: 'invoice', stripe_id: 'in_1', shop_id: 'aurora', order_id: null },
  { object_type: 'invoice', stripe_id: 'in_latest', shop_id: 'aurora', order_id: null },
  { object_type: 'invoice_payment', stripe_id: 'inpay_1', shop_id: 'aurora', order_id: null },
  { object_type: 'payment_intent', stripe_id: 'pi_of_in_1', shop_id: 'aurora', order_id: null },
  { object_type: 'subscription', stripe_id: 'sub_1', shop_id: 'aurora', order_id: null },
  { object_type: 'subscription', stripe_id: 'sub_of_in_1', shop_id: 'aurora', order_id: null },
];

async function writeBilling(): Promise<void> {
  await service.rows(
    `insert into subscription (shop_id, stripe_subscription_id, stripe_customer_id, status, currency, items, cancel_at_period_end,
                               is_collection_paused, latest_invoice_id, seen_at)
     values ('aurora', 'sub_1', 'cus_subscribed', 'active', 'EUR', '[]', false, false, 'in_latest', now())`,
  );
  await service.rows(
    `insert into invoice (shop_id, stripe_invoice_id, stripe_customer_id, stripe_subscription_id, status, currency, total_minor,
                          amount_due_minor, amount_paid_minor, amount_remaining_minor, attempt_count, created_at, seen_at)
     values ('aurora', 'in_1', 'cus_invoiced', 'sub_of_in_1', 'paid', 'EUR', 100, 100, 100, 0, 1, now(), now())`,
  );
  await service.rows(
    `insert into invoice_payment (shop_id, stripe_invoice_payment_id, stripe_invoice_id, amount_minor, currency, paid_by,
                                  payment_reference, paid_at)
     values ('aurora', 'inpay_1', 'in_1', 100, 'EUR', 'payment_intent', 'pi_of_in_1', now())`,
  );
  await service.rows(
    `insert into customer (shop_id, stripe_customer_id, is_deleted, seen_at) values ('aurora', 'cus_made', false, now())`,
  );
}

beforeAll(async () => {
  service = await startService();
  await service.standInControl('POST', '/webhooks/pause');
  const buyer = createBuyer(service);
  const stripe = createStripeEvents(service);
  for (let count = 0; count < 3; count += 1) {
    const created = await buyer.checkout();
    const session = await stripe.paidSession(created);
    const paid = newEvent('checkout.session.completed', session);
    await stripe.deliver(paid);
    await stripe.untilFinished(paid.id);
    const { payment_intent } = session;
    const refund = { object: 'refund', id: `re_${count}`, status: 'succeeded', amount: 100 };
    const given = {
      ...refund,
      currency: 'eur',
      created: 1_790_000_000,
      payment_intent,
      metadata: {},
    };
    const refunded = newEvent('refund.created', given);
    await stripe.deliver(refunded);
    expect(await stripe.untilFinished(refunded.id)).toMatchObject({ status: 'applied' });
  }
  await buyer.checkout({ shop: 'borealis' });
  learnt = (await map()).filter(({ shop_id }) => shop_id === 'aurora');
  expect(learnt.map(({ object_type }) => object_type)).toEqual(
    ['checkout.session', 'payment_intent', 'refund'].flatMap((type) => [type, type, type]),
  );
  await writeBilling();
});
afterAll(() => service.stop());

beforeEach(async () => {
  await service.rows('delete from stripe_object_shop_map');
  await service.rows('delete from stripe_customer_shop');
});

const step = (after: string | null, limit = 1): Promise<BackfillStep> =>
  backfillStep(service.deps, 'aurora', { after, limit });

/** Goes on until the end, or for so many steps. @returns each of them */
async function run(limit = 1, from: string | null = null, most = 100): Promise<BackfillStep[]> {
  const steps: BackfillStep[] = [];
  for (let after = from; steps.length < most; ) {
    const one = await step(after, limit);
    steps.push(one);
    after = one.next;
    if (after === null) break;
  }
  return steps;
}

const total = (steps: readonly BackfillStep[], of: 'examined' | 'added' | 'known'): number =>
  steps.reduce((sum, one) => sum + one[of], 0);

const CUSTOMERS = ['cus_invoiced', 'cus_made', 'cus_subscribed'];
const everything = (): MapRow[] => {
  const key = ({ object_type, stripe_id }: MapRow): string => `${object_type} ${stripe_id}`;
  return [...learnt, ...BILLING].sort((one, other) => (key(one) < key(other) ? -1 : 1));
};
async function expectEverything(): Promise<void> {
  const key = ({ object_type, stripe_id }: MapRow): string => `${object_type} ${stripe_id}`;
  const now = (await map()).sort((one, other) => (key(one) < key(other) ? -1 : 1));
  expect(now).toEqual(everything());
  expect(await customers()).toEqual(CUSTOMERS.map((id) => ({ id, shop_id: 'aurora' })));
}

describe('a backfill', () => {
  test.each([1, 2, 500])(
    'in steps of %i record(s) learns all that the shop’s orders, subscriptions, invoices and customers name, and of no other shop',
    async (limit) => {
      const steps = await run(limit);
      expect(total(steps, 'examined')).toBe(6);
      expect(total(steps, 'added')).toBe(everything().length + CUSTOMERS.length);
      expect(steps.flatMap(({ conflicts }) => conflicts)).toEqual([]);
      expect(Math.max(...steps.map(({ examined }) => examined))).toBeLessThanOrEqual(limit);
      await expectEverything();
    },
  );

  test('that was stopped halfway goes on from its cursor, or begins anew, and adds nothing twice', async () => {
    const first = await run(1, null, 2);
    const rest = await run(1, first.at(-1)?.next ?? null);
    expect(total([...first, ...rest], 'added')).toBe(everything().length + CUSTOMERS.length);
    const again = await run(1);
    expect([total(again, 'added'), total(again, 'known')]).toEqual([
      0,
      everything().length + CUSTOMERS.length,
    ]);
    await expectEverything();
  });

  test('beside another of the same shop adds each object once', async () => {
    const [one, other] = await Promise.all([run(1), run(2)]);
    const all = everything().length + CUSTOMERS.length;
    expect(total([...one, ...other], 'added')).toBe(all);
    expect(total([...one, ...other], 'known')).toBe(all);
    await expectEverything();
  });

  test('lists what is another shop’s, and leaves it there', async () => {
    const [theirs] = learnt;
    await service.rows(`insert into stripe_object_shop_map values ('local', $1, $2, 'borealis')`, [
      theirs?.object_type,
      theirs?.stripe_id,
    ]);
    const steps = await run(2);
    expect(steps.flatMap(({ conflicts }) => conflicts)).toEqual([
      { objectType: theirs?.object_type, stripeId: theirs?.stripe_id, shopId: 'borealis' },
    ]);
    const [kept] = await service.rows(
      'select shop_id from stripe_object_shop_map where stripe_id = $1',
      [theirs?.stripe_id],
    );
    expect(kept).toEqual({ shop_id: 'borealis' });
    expect(total(steps, 'added')).toBe(everything().length - 1 + CUSTOMERS.length);
  });

  test('gives an object that was known without its order that order', async () => {
    const known = learnt.find(({ object_type }) => object_type === 'payment_intent');
    await service.rows(
      `insert into stripe_object_shop_map values ('local', 'payment_intent', $1, 'aurora')`,
      [known?.stripe_id],
    );
    await run(500);
    await expectEverything();
  });

  test('writes what is told to be written beside it in the same transaction, or nothing', async () => {
    const failing = backfillStep(service.deps, 'aurora', { after: null, limit: 500 }, async () => {
      throw new Error('not audited');
    });
    await expect(failing).rejects.toThrow('not audited');
    expect(await map()).toEqual([]);
  });

  test.each(['orders', 'payouts.po_1', '', '.'])('does not begin at %j', async (after) => {
    await expect(step(after)).rejects.toThrow(BackfillCursorError);
  });
});
