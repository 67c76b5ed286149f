/** The inbox: many events in one transaction, and each as though it had come alone. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildDeps } from '../build-deps.ts';
import type { Deps } from '../deps.ts';
import { isDatabaseUnavailable, sqlState } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { eventually } from '../testing/eventually.ts';
import { startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent, type StripeEvents } from '../testing/stripe-events.ts';
import { MAX_BATCH, MAX_WAITING_BYTES } from './inbox.rules.ts';
import type { ReceivedEvent } from './inbox.ts';
import { createInbox } from './index.ts';

let service: TestService;
let stripe: StripeEvents;
/** As another process of the service has them. */
let others: Deps;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  stripe = createStripeEvents(service);
  others = await buildDeps(service.deps.config, 'other');
});
afterAll(async () => {
  await others.db.close();
  await service.stop();
});
beforeEach(() =>
  service.rows('truncate webhook_inbox, dead_letter, graphile_worker._private_jobs'),
);

function received(changes: object = {}, json?: string): ReceivedEvent {
  const metadata = { shop_id: 'aurora', order_id: 'ord_1' };
  const session = { object: 'checkout.session', id: 'cs_of_inbox', metadata };
  const event = newEvent('checkout.session.completed', session, { ...changes });
  return {
    event: event as unknown as Stripe.Event,
    json: json ?? JSON.stringify(event),
    endpoint: 'stripe',
    requestId: 'req_of_test',
  };
}

const many = (count: number): ReceivedEvent[] => Array.from({ length: count }, () => received());

/** What became of each: its kind, the code of its problem, or `unavailable`. */
function receiveAll(all: readonly ReceivedEvent[], inbox = service.deps.inbox): Promise<string[]> {
  const outcomeOf = async (one: ReceivedEvent): Promise<string> => {
    try {
      return (await inbox.receive(one)).kind;
    } catch (error) {
      if (error instanceof Problem) return error.code;
      return isDatabaseUnavailable(error) ? 'unavailable' : `${sqlState(error)}`;
    }
  };
  return Promise.all(all.map(outcomeOf));
}

async function batches(): Promise<number> {
  const { values } = await service.deps.metrics.webhookBatchSize.get();
  return values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
}

const storedIds = async (): Promise<string[]> =>
  (await service.rows<{ id: string }>('select stripe_event_id as id from webhook_inbox')).map(
    ({ id }) => id,
  );
const jobIds = async (): Promise<string[]> =>
  (
    await service.rows<{ id: string }>(
      `select payload ->> 'stripeEventId' as id from graphile_worker._private_jobs`,
    )
  ).map(({ id }) => id);
const idsOf = (all: readonly ReceivedEvent[]): string[] => all.map(({ event }) => event.id).sort();

/** What happens while nobody can write to the inbox. */
async function whileLocked(work: (letGo: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const { default: pg } = await import('pg');
  const admin = new pg.Client({ connectionString: service.database.adminUrl });
  await admin.connect();
  try {
    await admin.query('begin');
    await admin.query('lock table webhook_inbox in exclusive mode');
    await work(() => admin.query('rollback'));
  } finally {
    await admin.end();
  }
}

describe('events that come together', () => {
  test('are few transactions, and each has a row and a job', async () => {
    const all = many(600);
    const before = await batches();
    expect(new Set(await receiveAll(all))).toEqual(new Set(['resolved']));
    expect((await batches()) - before).toBe(Math.ceil(600 / MAX_BATCH));
    expect((await storedIds()).sort()).toEqual(idsOf(all));
    expect((await jobIds()).sort()).toEqual(idsOf(all));
  });

  test('and are the same event are one row, one job, and one of them is the first', async () => {
    const one = received();
    const outcomes = await receiveAll([one, received(), { ...one }, { ...one }]);
    expect(outcomes).toEqual(['resolved', 'resolved', 'duplicate', 'duplicate']);
    expect(await receiveAll([one])).toEqual(['duplicate']);
    expect(await jobIds()).toHaveLength(2);
  });

  test('at two processes are one row and one job each, whichever was first', async () => {
    const all = many(300);
    const [here, there] = await Promise.all([
      receiveAll(all),
      receiveAll([...all].reverse(), others.inbox),
    ]);
    for (const index of all.keys())
      expect([here[index], there.at(-1 - index)].sort()).toEqual(['duplicate', 'resolved']);
    expect((await jobIds()).sort()).toEqual(idsOf(all));
  });

  test('as deliveries of every kind, the same ones within a batch and across, are each one row and at most one job, and stored when they are answered', async () => {
    const session = (metadata: object) => ({ object: 'checkout.session', id: 'cs_x', metadata });
    const ofShop = Array.from({ length: 120 }, () =>
      newEvent('checkout.session.completed', session({ shop_id: 'aurora' })),
    );
    const ofNone = Array.from({ length: 60 }, () =>
      newEvent('product.created', { object: 'product', id: 'prod_1', metadata: {} }),
    );
    const all = [...ofShop, ...ofNone];
    const repeated = all.filter((_, index) => index % 3 === 0);
    const unstored: string[] = [];
    const deliver = async (event: (typeof all)[number]): Promise<number> => {
      const { status } = await stripe.deliver(event);
      const rows = await service.rows('select 1 from webhook_inbox where stripe_event_id = $1', [
        event.id,
      ]);
      if (rows.length === 0) unstored.push(event.id);
      return status;
    };
    const before = await batches();
    const statuses = await Promise.all([...all, ...repeated, ...repeated].map(deliver));
    statuses.push(...(await Promise.all(repeated.map(deliver))));
    expect([new Set(statuses), unstored]).toEqual([new Set([200]), []]);
    expect((await batches()) - before).toBeLessThan(statuses.length);
    expect((await storedIds()).sort()).toEqual(all.map(({ id }) => id).sort());
    expect((await jobIds()).sort()).toEqual(ofShop.map(({ id }) => id).sort());
  });

  test('whose process ends between the commit and the answers are stored, and their redelivery changes nothing', async () => {
    const all = many(30);
    const dying = createInbox({
      ...service.deps,
      killPoint: (step) => {
        if (step === 'webhook.after_received') throw new Error('the process ends here');
      },
    });
    expect(new Set(await receiveAll(all, dying))).toEqual(new Set(['undefined']));
    expect(new Set(await receiveAll(all))).toEqual(new Set(['duplicate']));
    expect((await storedIds()).sort()).toEqual(idsOf(all));
    expect((await jobIds()).sort()).toEqual(idsOf(all));
  });

  test("whose process ends before the commit are nobody's, and their redelivery is stored", async () => {
    const all = many(30);
    const dying = createInbox({
      ...service.deps,
      killPoint: (step) => {
        if (step === 'webhook.before_received') throw new Error('the process ends here');
      },
    });
    expect(new Set(await receiveAll(all, dying))).toEqual(new Set(['undefined']));
    expect(await storedIds()).toEqual([]);
    expect(new Set(await receiveAll(all))).toEqual(new Set(['resolved']));
    expect((await jobIds()).sort()).toEqual(idsOf(all));
  });

  test('of one shop and of none, of interest and of none, are each what they would be alone', async () => {
    const odd = { shop_id: 'atlantis' };
    const session = (metadata: object) => ({ object: 'checkout.session', id: 'cs_x', metadata });
    const outcomes = await receiveAll([
      received(),
      received({ data: { object: session({}) } }),
      received({ data: { object: session(odd) } }),
      received({ type: 'product.created', data: { object: { object: 'product', id: 'prod_1' } } }),
    ]);
    expect(outcomes).toEqual(['resolved', 'unresolved', 'contradiction', 'unresolved']);
    const rows = await service.rows<{ status: string; count: string }>(
      'select status, count(*)::int from webhook_inbox group by 1 order by 1',
    );
    expect(rows).toEqual([
      { status: 'dead_letter', count: 1 },
      { status: 'ignored', count: 1 },
      { status: 'received', count: 2 },
    ]);
    expect(await service.rows('select reason from dead_letter')).toEqual([
      { reason: 'contradicting_tenant' },
    ]);
    expect(await jobIds()).toHaveLength(1);
  });
});

describe('an event that cannot be written', () => {
  /** A key that has no place on a page of the index: random, since what repeats would be compressed. */
  const endless = (): ReceivedEvent => {
    const id = `evt_${Array.from({ length: 400 }, () => crypto.randomUUID()).join('')}`;
    return received({ id });
  };
  const deep = (): ReceivedEvent => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const json = received().json.replace('"metadata":', `"nested":${nested},"metadata":`);
    return { ...received(), event: JSON.parse(json), json };
  };

  test.each([
    ['has an id that is too long', endless],
    ['is nested too deep', deep],
  ])('since it %s is refused for good, and alone', async (_, make) => {
    const good = many(40);
    const all = [...good.slice(0, 13), make(), ...good.slice(13, 30), make(), ...good.slice(30)];
    const outcomes = await receiveAll(all);
    const refused = outcomes.flatMap((outcome, index) => (outcome === 'resolved' ? [] : [index]));
    expect(refused).toEqual([13, 31]);
    expect([outcomes[13], outcomes[31]]).toEqual(['malformed_request', 'malformed_request']);
    expect((await storedIds()).sort()).toEqual(idsOf(good));
    expect((await jobIds()).sort()).toEqual(idsOf(good));
  });

  test('as it came is stored as JavaScript reads it', async () => {
    const { event, ...rest } = received({ data: { object: { object: 'product', big: null } } });
    const json = JSON.stringify(event).replace('"big":null', '"big":1e999999');
    expect(await receiveAll([received(), { ...rest, event, json }])).toEqual([
      'resolved',
      'unresolved',
    ]);
    const [row] = await service.rows(
      `select payload #> '{data,object,big}' as big from webhook_inbox where stripe_event_id = $1`,
      [event.id],
    );
    expect(row).toEqual({ big: null });
  });
});

describe('an event that another process is storing, and does not come to an end with', () => {
  test('fails alone, and its redelivery is stored', async () => {
    const { default: pg } = await import('pg');
    const good = many(24);
    const stuck = received();
    const admin = new pg.Client({ connectionString: service.database.adminUrl });
    await admin.connect();
    try {
      await admin.query('begin');
      await admin.query(
        `insert into webhook_inbox (environment, stripe_event_id, endpoint, event_type, created_at, request_id, payload)
         values ('local', $1, 'stripe', 'checkout.session.completed', now(), 'req_other', '{}')`,
        [stuck.event.id],
      );
      const outcomes = await receiveAll([...good.slice(0, 9), stuck, ...good.slice(9)]);
      expect(outcomes.map((outcome) => outcome === 'resolved')).toEqual(
        Array.from({ length: 25 }, (_, index) => index !== 9),
      );
      expect(outcomes[9]).toBe('55P03');
      expect((await storedIds()).sort()).toEqual(idsOf(good));
    } finally {
      await admin.end();
    }
    expect(await receiveAll([stuck])).toEqual(['resolved']);
    expect((await jobIds()).sort()).toEqual(idsOf([...good, stuck]));
  });
});

describe('while the inbox cannot be written to', () => {
  test('an event is 503 with a delay, and its redelivery is stored', async () => {
    const waiting = newEvent('product.created', { object: 'product', id: 'prod_1' });
    await whileLocked(async () => {
      const { status, body, headers } = await stripe.deliver(waiting);
      expect([status, body.code]).toEqual([503, 'service_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    });
    expect(await storedIds()).toEqual([]);
    expect((await stripe.deliver(waiting)).status).toBe(200);
    expect(await storedIds()).toEqual([waiting.id]);
  });

  test('so much waits in memory and no more: the rest is told when to come back', async () => {
    const half = `"${'x'.repeat(524_286)}"`;
    const fits = MAX_WAITING_BYTES / half.length;
    // Its own, so that what it learns of slow batches is nobody else's.
    const inbox = createInbox(service.deps);
    await whileLocked(async (letGo) => {
      // Two batches of 4 MiB are under way, and not waiting.
      const under = receiveAll([received(), received()], inbox);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const queued = Array.from({ length: fits }, () => received({}, half));
      const outcomes = receiveAll(queued, inbox);
      const refusal = await Promise.race(
        Array.from({ length: 20 }, () =>
          inbox.receive(received({}, half)).catch((e: unknown) => e),
        ),
      );
      expect(refusal).toBeInstanceOf(Problem);
      expect(Number((refusal as Problem).headers['retry-after'])).toBeGreaterThan(0);
      await letGo();
      await Promise.all([under, outcomes]);
    });
    // What was turned away left no trace: the inbox takes events again.
    await eventually(async () =>
      (await receiveAll([received()], inbox))[0] === 'resolved' ? true : undefined,
    );
  });

  test('a batch whose connection breaks is durable for nobody, and its redelivery for everybody', async () => {
    const all = many(20);
    await whileLocked(async (letGo) => {
      const outcomes = receiveAll(all);
      await eventually(async () => {
        const ended = await service.rows(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where usename = 'commerce_platform' and datname = current_database() and wait_event_type = 'Lock'`,
        );
        return ended.length > 0 ? true : undefined;
      });
      expect(new Set(await outcomes)).toEqual(new Set(['unavailable']));
      await letGo();
    });
    expect(await storedIds()).toEqual([]);
    expect(new Set(await receiveAll(all))).toEqual(new Set(['resolved']));
    expect((await jobIds()).sort()).toEqual(idsOf(all));
  });

  // The last one, since what the service's own inbox learns here of slow batches stays with it for a while.
  test('a delivery for which there is no memory left is 503 with a delay, and leaves nothing', async () => {
    const half = `"${'x'.repeat(524_286)}"`;
    const fits = MAX_WAITING_BYTES / half.length;
    const refused = newEvent('product.created', { object: 'product', id: 'prod_1' });
    await whileLocked(async (letGo) => {
      const under = receiveAll([received(), received()]);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const fill = (): Promise<string[]> =>
        receiveAll(Array.from({ length: fits }, () => received({}, half)));
      const queued = fill();
      // The second batch is under way: once more, to its place in the queue.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const more = fill();
      const { status, body, headers } = await stripe.deliver(refused);
      expect([status, body.code]).toEqual([503, 'service_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      await letGo();
      await Promise.all([under, queued, more]);
    });
    expect(await storedIds()).not.toContain(refused.id);
  });
});
