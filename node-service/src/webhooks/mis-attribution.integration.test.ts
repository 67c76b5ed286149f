/** No event reaches a shop that it does not belong to: for every type of event that must have a shop. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBuyer } from '../testing/buyer.ts';
import { eventually, startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, type StripeEvents } from '../testing/stripe-events.ts';
import { eventOf, eventTypesOfShops, type Naming } from '../testing/stripe-objects.ts';
import {
  EVENTS_OF_SHOPS,
  type EventTypeOfShops,
  identifiersOf,
  type StripeObjectRef,
} from './identifiers.rules.ts';

let service: TestService;
let stripe: StripeEvents;
let orderOfAurora: string;
beforeAll(async () => {
  service = await startService();
  stripe = createStripeEvents(service);
  await service.standInControl('POST', '/webhooks/pause');
  const created = await createBuyer(service).checkout();
  orderOfAurora = String(created.body.orderId);
});
afterAll(() => service.stop());

type Known = {
  readonly objects?: readonly (readonly [StripeObjectRef, shopId: string])[];
  readonly customerAt?: readonly string[];
};

/** What is known before the event comes. */
async function teach(event: Stripe.Event, { objects = [], customerAt = [] }: Known): Promise<void> {
  for (const [{ objectType, stripeId }, shopId] of objects)
    await service.rows(
      `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id) values ('local', $1, $2, $3)`,
      [objectType, stripeId, shopId],
    );
  const { customerId } = identifiersOf(event);
  for (const shopId of customerId === null ? [] : customerAt)
    await service.rows(
      `insert into stripe_customer_shop (environment, stripe_customer_id, shop_id) values ('local', $1, $2)`,
      [customerId, shopId],
    );
}

async function deliver(events: readonly Stripe.Event[]): Promise<void> {
  await Promise.all(
    events.map(async (event) => {
      const { status } = await stripe.deliver(JSON.stringify(event));
      expect([event.type, status]).toEqual([event.type, 200]);
    }),
  );
}

type Ended = {
  readonly id: string;
  readonly status: string;
  readonly shop_id: string | null;
  readonly resolved_by: string | null;
  readonly reason: string | null;
  readonly letter: unknown;
  readonly letter_shop: string | null;
};

/** How they stand once none of them waits for its shop any more, as if the minute were over. */
async function ended(events: readonly Stripe.Event[]): Promise<ReadonlyMap<string, Ended>> {
  const ids = events.map(({ id }) => id);
  await service.rows(
    `update webhook_inbox set received_at = received_at - interval '2 minutes', looks = 100
      where stripe_event_id = any($1) and shop_id is null and status = 'received'`,
    [ids],
  );
  const rows = await eventually(async () => {
    const found = await service.rows<Ended>(
      `select i.stripe_event_id as id, i.status, i.shop_id, i.resolved_by, l.reason, l.payload as letter, l.shop_id as letter_shop
         from webhook_inbox i left join dead_letter l on l.reference = i.stripe_event_id
        where i.stripe_event_id = any($1)`,
      [ids],
    );
    const waits = found.some(({ status, shop_id }) => status === 'received' && shop_id === null);
    return waits || found.length < ids.length ? undefined : found;
  });
  return new Map(rows.map((row) => [row.id, row]));
}

/** Everything that every shop has, table by table. */
async function everythingOf(shopIds: readonly string[]): Promise<unknown> {
  const tables = await service.rows<{ name: string }>(
    `select tablename as name from pg_policies where policyname = 'own_shop' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(20);
  const state: Record<string, unknown> = {};
  for (const { name } of tables) {
    state[name] = await service.rows(
      `select shop_id, count(*), md5(string_agg(t::text, ' ' order by t::text)) from "${name}" t
        where shop_id = any($1) group by shop_id order by shop_id`,
      [shopIds],
    );
  }
  return state;
}

/** Whatever later events are known by. */
const mapping = (): Promise<unknown> =>
  service.rows(
    `select object_type, stripe_id, shop_id from stripe_object_shop_map
      union all select 'seen customer', stripe_customer_id, shop_id from stripe_customer_shop order by 1, 2, 3`,
  );

const suffix = (): string => randomBytes(8).toString('hex');

type Case = {
  readonly naming: Omit<Naming, 'suffix'>;
  readonly known: (objects: readonly StripeObjectRef[]) => Known;
  readonly reason: 'unresolved_tenant' | 'contradicting_tenant';
  /** Whether an event of this type can be so. */
  readonly applies?: (of: {
    readonly objects: number;
    readonly hasMetadata: boolean;
    readonly hasCustomer: boolean;
    readonly about: string;
  }) => boolean;
};

const hasMetadata: NonNullable<Case['applies']> = (of) => of.hasMetadata;

const CASES: Readonly<Record<string, Case>> = {
  'no metadata, and nothing that is known': {
    naming: { metadata: {} },
    known: () => ({}),
    reason: 'unresolved_tenant',
  },
  'a shop that is not there': {
    naming: { metadata: { shop_id: 'atlantis' } },
    known: () => ({}),
    reason: 'contradicting_tenant',
    applies: hasMetadata,
  },
  'a shop that is not there, and a customer of one that is': {
    naming: { metadata: { shop_id: 'atlantis' } },
    known: () => ({ customerAt: ['aurora'] }),
    reason: 'contradicting_tenant',
    applies: (of) => of.hasMetadata && of.hasCustomer,
  },
  'another shop than its object': {
    naming: { metadata: { shop_id: 'borealis' } },
    known: (objects) => ({ objects: objects.slice(0, 1).map((one) => [one, 'aurora'] as const) }),
    reason: 'contradicting_tenant',
    applies: hasMetadata,
  },
  'another shop than the weakest of its objects': {
    naming: { metadata: { shop_id: 'borealis' } },
    known: (objects) => ({ objects: objects.slice(-1).map((one) => [one, 'aurora'] as const) }),
    reason: 'contradicting_tenant',
    applies: hasMetadata,
  },
  'objects of two shops': {
    naming: { metadata: {} },
    known: (objects) => ({
      objects: objects
        .slice(0, 2)
        .map((one, index) => [one, index === 0 ? 'aurora' : 'borealis'] as const),
    }),
    reason: 'contradicting_tenant',
    applies: (of) => of.objects > 1,
  },
  'a customer of two shops': {
    naming: { metadata: {} },
    known: () => ({ customerAt: ['aurora', 'borealis'] }),
    reason: 'unresolved_tenant',
    applies: (of) => of.hasCustomer,
  },
};

/** An event of the type, and the objects that the map may know: of a customer itself. */
function made(type: EventTypeOfShops, naming: Omit<Naming, 'suffix'>) {
  const event = eventOf(type, { ...naming, suffix: suffix() });
  const { objects, customerId } = identifiersOf(event);
  const about = EVENTS_OF_SHOPS[type];
  const own =
    about === 'customer' && customerId !== null
      ? [{ objectType: about, stripeId: customerId }]
      : [];
  const refs = [...objects, ...own];
  const of = {
    objects: refs.length,
    hasMetadata: about !== 'invoice_payment',
    hasCustomer: customerId !== null,
    about,
  };
  return { event, refs, of };
}

describe('an event of every type that must have a shop', () => {
  test('and that says none, a wrong one, another’s or two, is a dead letter with the whole payload, and changes nothing of any shop', async () => {
    const all: { event: Stripe.Event; name: string; reason: string }[] = [];
    for (const type of eventTypesOfShops()) {
      for (const [name, { naming, known, reason, applies }] of Object.entries(CASES)) {
        const { event, refs, of } = made(type, naming);
        if (applies !== undefined && !applies(of)) continue;
        await teach(event, known(refs));
        all.push({ event, name: `${type}: ${name}`, reason });
      }
    }
    expect(all.length).toBeGreaterThan(5 * eventTypesOfShops().length);
    const before = await everythingOf(['aurora', 'borealis']);
    const jobs = await service.rows('select count(*) from graphile_worker.jobs');
    const map = await mapping();
    await deliver(all.map(({ event }) => event));
    const rows = await ended(all.map(({ event }) => event));
    for (const { event, name, reason } of all) {
      const row = rows.get(event.id);
      expect([name, row?.status, row?.shop_id, row?.reason, row?.letter_shop]).toEqual([
        name,
        'dead_letter',
        null,
        reason,
        null,
      ]);
      expect(row?.letter).toEqual(event);
    }
    expect(await everythingOf(['aurora', 'borealis'])).toEqual(before);
    expect(await service.rows('select count(*) from graphile_worker.jobs')).toEqual(jobs);
    expect(await mapping()).toEqual(map);
  });

  test('and that is about money, and names another shop’s order, changes nothing of either', async () => {
    const ABOUT_MONEY: readonly string[] = [
      'checkout.session',
      'payment_intent',
      'charge',
      'refund',
      'dispute',
    ];
    const events = eventTypesOfShops()
      .filter((type) => ABOUT_MONEY.includes(EVENTS_OF_SHOPS[type]))
      .map(
        (type) => made(type, { metadata: { shop_id: 'borealis', order_id: orderOfAurora } }).event,
      );
    const before = await everythingOf(['aurora', 'borealis']);
    await deliver(events);
    for (const { id, type } of events) {
      const { status, shop_id } = await stripe.untilFinished(id);
      expect([type, shop_id, status]).toEqual([
        type,
        'borealis',
        expect.stringMatching(/^(dead_letter|ignored)$/),
      ]);
    }
    expect(await everythingOf(['aurora', 'borealis'])).toEqual(before);
  });

  test('and whose customer is known at a single shop, is that shop’s, where nothing says otherwise', async () => {
    const events: Stripe.Event[] = [];
    for (const type of eventTypesOfShops()) {
      const { event, of } = made(type, { metadata: {} });
      if (!of.hasCustomer) continue;
      await teach(event, { customerAt: ['aurora'] });
      events.push(event);
    }
    const before = await everythingOf(['borealis']);
    await deliver(events);
    const rows = await ended(events);
    for (const { id, type } of events) {
      const row = rows.get(id);
      expect([type, row?.shop_id, row?.resolved_by]).toEqual([type, 'aurora', 'customer']);
    }
    expect(await everythingOf(['borealis'])).toEqual(before);
  });
});

test('whatever events say, and whatever is known, none is in a shop that any of it speaks against', async () => {
  const SHOPS = ['aurora', 'borealis'];
  const shop = fc.option(fc.constantFrom(...SHOPS));
  const any = fc.record({
    type: fc.constantFrom(...eventTypesOfShops()),
    metadata: fc.option(fc.constantFrom(...SHOPS, 'atlantis')),
    owners: fc.array(shop, { minLength: 8, maxLength: 8 }),
    customerAt: fc.subarray(SHOPS),
  });
  const seed = Date.now() % 2 ** 31;
  console.log(`events at random, seed ${seed}`);
  const all: {
    event: Stripe.Event;
    against: (shopId: string) => boolean;
    says: readonly (string | null)[];
  }[] = [];
  for (const { type, metadata, owners, customerAt } of fc.sample(any, { seed, numRuns: 300 })) {
    const { event, refs, of } = made(type, {
      metadata: metadata === null ? {} : { shop_id: metadata },
    });
    const objects = refs.flatMap((ref, index) => {
      const owner = owners[index] ?? null;
      return owner === null ? [] : [[ref, owner] as const];
    });
    await teach(event, { objects, customerAt });
    const strong = [of.hasMetadata ? metadata : null, ...objects.map(([, owner]) => owner)].filter(
      (said) => said !== null,
    );
    const says = [...strong, ...(of.hasCustomer ? customerAt : [])];
    all.push({ event, says, against: (shopId) => strong.some((said) => said !== shopId) });
  }
  await deliver(all.map(({ event }) => event));
  const rows = await ended(all.map(({ event }) => event));
  let placed = 0;
  for (const { event, says, against } of all) {
    const row = rows.get(event.id);
    if (row?.shop_id == null) {
      expect([row?.status, row?.letter]).toEqual(['dead_letter', event]);
      continue;
    }
    placed += 1;
    expect(says).toContain(row.shop_id);
    expect([event.type, row.shop_id, against(row.shop_id)]).toEqual([
      event.type,
      row.shop_id,
      false,
    ]);
  }
  expect(placed).toBeGreaterThan(20);
  expect(all.length - placed).toBeGreaterThan(20);
});

describe('what an event names', () => {
  const mapped = (stripeId: string) =>
    service.rows('select shop_id, order_id from stripe_object_shop_map where stripe_id = $1', [
      stripeId,
    ]);

  test('is learnt where the map proves whose it is, with its order; a dispute is known by it then', async () => {
    const name = suffix();
    const charge = eventOf('charge.succeeded', { suffix: name, metadata: {} });
    await service.rows(
      `insert into stripe_object_shop_map values ('local', 'payment_intent', $1, 'aurora', 'ord_learnt')`,
      [`pi_${name}`],
    );
    await deliver([charge]);
    expect(await stripe.untilFinished(charge.id)).toMatchObject({
      status: 'ignored',
      shop_id: 'aurora',
    });
    expect(await mapped(`ch_${name}`)).toEqual([{ shop_id: 'aurora', order_id: 'ord_learnt' }]);
    expect(
      await service.rows('select shop_id from stripe_customer_shop where stripe_customer_id = $1', [
        `cus_${name}`,
      ]),
    ).toEqual([{ shop_id: 'aurora' }]);
  });

  test('is not learnt from metadata alone, which may be wrong', async () => {
    const name = suffix();
    const charge = eventOf('charge.succeeded', { suffix: name, metadata: { shop_id: 'aurora' } });
    await deliver([charge]);
    expect(await stripe.untilFinished(charge.id)).toMatchObject({
      shop_id: 'aurora',
      resolved_by: 'metadata',
    });
    expect(await mapped(`ch_${name}`)).toEqual([]);
    expect(
      await service.rows('select 1 from stripe_customer_shop where stripe_customer_id = $1', [
        `cus_${name}`,
      ]),
    ).toEqual([]);
  });

  test('is known of a subscription without an order: its invoices are paid by other payments', async () => {
    const name = suffix();
    const session = eventOf('invoice.updated', { suffix: name, metadata: {} });
    await service.rows(
      `insert into stripe_object_shop_map values ('local', 'payment_intent', $1, 'aurora', 'ord_learnt')`,
      [`pi_${name}`],
    );
    await deliver([session]);
    await stripe.untilFinished(session.id);
    expect(await mapped(`sub_${name}`)).toEqual([{ shop_id: 'aurora', order_id: null }]);
    expect(await mapped(`in_${name}`)).toEqual([{ shop_id: 'aurora', order_id: null }]);
  });
});
