/** Alerts: in the transaction of what they tell of, told at least once, and few posts however many they are. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Deps } from '../deps.ts';
import { type AlertPost, type AlertSink, startAlertSink } from '../testing/alert-sink.ts';
import { createBuyer } from '../testing/buyer.ts';
import { startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent } from '../testing/stripe-events.ts';
import { type DeadLetter, processEvent, writeDeadLetter } from '../webhooks/index.ts';
import { deliverAlerts, raiseShopAlert, rollUpAlerts, tellAlerts, watchWebhooks } from './index.ts';

const TOKEN = 'of-the-alert-sink';

let sink: AlertSink;
let service: TestService;
let deps: Deps;
beforeAll(async () => {
  sink = await startAlertSink();
  const env = { ALERT_WEBHOOK_URL: sink.url, ALERT_WEBHOOK_TOKEN: TOKEN, ALERT_QUIET_SECONDS: '1' };
  service = await startService({ env, withoutJobs: true });
  deps = service.deps;
  await service.standInControl('POST', '/webhooks/pause');
});
afterAll(async () => {
  await service.stop();
  await sink.stop();
});

beforeEach(async () => {
  await service.rows('delete from alert');
  await service.rows('delete from alert_occurrence');
  await service.rows('delete from dead_letter');
  sink.posts.length = 0;
  sink.answer = 200;
});

let letters = 0;
const letter = (changes: Partial<DeadLetter> = {}): DeadLetter => {
  letters += 1;
  return {
    source: 'webhook',
    reference: `evt_${letters}`,
    shopId: null,
    reason: 'unresolved_tenant',
    detail: `the ${letters}th`,
    payload: { type: 'charge.updated' },
    ...changes,
  };
};

const write = (one: DeadLetter): Promise<void> =>
  deps.db.asPlatform('write a letter', (tx) => writeDeadLetter(tx, deps, one));

/** As if what the next delivery waits for had passed. */
const letTimePass = (): Promise<unknown> => service.rows('update alert set due_at = now()');

const untold = async (): Promise<number> => {
  const [row] = await service.rows<{ untold: string }>(
    `select coalesce(sum(occurrences - told), 0) + (select count(*) from alert_occurrence) as untold from alert`,
  );
  return Number(row?.untold);
};

const sum = (kind: string): number =>
  sink.told(kind).reduce((total, { count }) => total + count, 0);

/** Without those of a threshold, which so many letters may exceed. */
const posts = (): readonly AlertPost[] =>
  sink.posts.filter(({ body }) => body.kind === 'dead_letter');

describe('a delivery', () => {
  test('says what, whose, how often and since when, under a key and with the token', async () => {
    await write(letter({ shopId: 'aurora', reason: 'unknown_order', reference: 'evt_first' }));
    await write(letter({ shopId: 'aurora', reason: 'unknown_order', reference: 'evt_last' }));
    await tellAlerts(deps);
    const [post, ...others] = posts();
    expect(others).toEqual([]);
    expect(post).toMatchObject({
      key: `${post?.body.alertId}-1`,
      authorization: `Bearer ${TOKEN}`,
      body: {
        deliveryNumber: 1,
        environment: 'local',
        kind: 'dead_letter',
        shopId: 'aurora',
        reason: 'unknown_order',
        count: 2,
        total: 2,
        latest: { reference: 'evt_last' },
        runbook: 'node-service/runbooks/dead-letter.md',
      },
    });
    expect(Date.parse(post?.body.firstAt ?? '')).toBeLessThanOrEqual(
      Date.parse(post?.body.lastAt ?? ''),
    );
  });

  test('is one of few for a thousand letters, and the counts add up', async () => {
    const before = sum('dead_letter');
    const writing = Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let index = 0; index < 50; index += 1) await write(letter());
      }),
    );
    let isWriting = true;
    void writing.finally(() => {
      isWriting = false;
    });
    while (isWriting) await tellAlerts(deps);
    await writing;
    await rollUpAlerts(deps);
    await letTimePass();
    await tellAlerts(deps);
    expect(sum('dead_letter') - before).toBe(1_000);
    expect(await untold()).toBe(0);
    // One at first, then one for each quiet period, of which each is twice as long as the last.
    expect(posts().length).toBeLessThan(20);
    expect(new Set(posts().map(({ key }) => key)).size).toBe(posts().length);
  });

  test('waits for the quiet after the last one to be over', async () => {
    await write(letter());
    await tellAlerts(deps);
    await service.rows(`update alert set due_at = now() + interval '5 minutes'`);
    await write(letter());
    await tellAlerts(deps);
    expect(posts()).toHaveLength(1);
    await letTimePass();
    await tellAlerts(deps);
    expect(posts().map(({ body }) => body.count)).toEqual([1, 1]);
  });

  test.each([null, 500, 302, 404])(
    'that the sink did not take (%s) is repeated, and nothing that happened meanwhile is lost',
    async (answer) => {
      const before = sum('dead_letter');
      sink.answer = answer;
      await write(letter());
      for (let round = 0; round < 3; round += 1) {
        await tellAlerts(deps);
        await write(letter());
        await letTimePass();
      }
      expect(sum('dead_letter')).toBe(before);
      const [first] = posts();
      expect(posts()).toEqual([first, first, first]);
      expect(await untold()).toBe(4);
      sink.answer = 200;
      await tellAlerts(deps);
      await letTimePass();
      await tellAlerts(deps);
      expect(sum('dead_letter') - before).toBe(4);
      expect(await untold()).toBe(0);
    },
  );

  test('puts itself off after a failure, and is taken by one of two processes', async () => {
    sink.answer = 500;
    await write(letter());
    await tellAlerts(deps);
    await Promise.all([deliverAlerts(deps), deliverAlerts(deps)]);
    expect(posts()).toHaveLength(1);
    sink.answer = 200;
    await letTimePass();
    await Promise.all([deliverAlerts(deps), deliverAlerts(deps)]);
    expect(posts()).toHaveLength(2);
    expect(await untold()).toBe(0);
  });

  test('of a process that ended before it was marked comes again, word for word, under its key', async () => {
    const before = sum('dead_letter');
    await write(letter());
    const ends = () => {
      throw new Error('the process ended');
    };
    await rollUpAlerts(deps);
    await expect(deliverAlerts({ ...deps, killPoint: ends })).rejects.toThrow('the process ended');
    await write(letter());
    await tellAlerts(deps);
    expect(posts()).toHaveLength(1);
    await letTimePass();
    await tellAlerts(deps);
    await letTimePass();
    await tellAlerts(deps);
    const [first, again, last] = posts();
    expect(again).toEqual(first);
    expect(last?.key).not.toBe(first?.key);
    expect(sum('dead_letter') - before).toBe(2);
  });
});

describe('an alert', () => {
  test('is not there where what it tells of is not', async () => {
    const failing = deps.db.asPlatform('fail', async (tx) => {
      await writeDeadLetter(tx, deps, letter());
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await service.rows('select 1 from alert_occurrence')).toEqual([]);
  });

  test('is raised once for a letter, and again where its replay failed', async () => {
    const one = letter();
    await write(one);
    await write(one);
    expect(await service.rows('select 1 from alert_occurrence')).toHaveLength(1);
    await service.rows(`update dead_letter set state = 'replayed'`);
    await write({ ...one, reason: 'unknown_order', shopId: 'aurora' });
    expect(
      await service.rows('select state, reason, shop_id, occurrences from dead_letter'),
    ).toEqual([{ state: 'open', reason: 'unknown_order', shop_id: 'aurora', occurrences: 2 }]);
    expect(await service.rows('select 1 from alert_occurrence')).toHaveLength(2);
  });

  test('of a job that nobody tries again is told by its task', async () => {
    await write(
      letter({
        source: 'job',
        reference: '17',
        shopId: 'aurora',
        reason: 'attempts_exhausted',
        payload: { task: 'refund_payment' },
      }),
    );
    await tellAlerts(deps);
    expect(sink.told('job_attempts_exhausted')).toMatchObject([
      { shopId: 'aurora', reason: 'refund_payment' },
    ]);
  });

  test("of a shop's own transaction is that shop's", async () => {
    await deps.db.inShop('borealis', (tx) =>
      raiseShopAlert(tx, {
        kind: 'order_needs_attention',
        reason: 'paid_twice',
        reference: 'ord_1',
        detail: '',
      }),
    );
    await rollUpAlerts(deps);
    expect(await service.rows('select environment, kind, shop_id, reason from alert')).toEqual([
      {
        environment: 'local',
        kind: 'order_needs_attention',
        shop_id: 'borealis',
        reason: 'paid_twice',
      },
    ]);
  });

  test('is raised for an order that a person must look at, once however often it is told', async () => {
    const stripe = createStripeEvents(service);
    const created = await createBuyer(service).checkout();
    const session = await stripe.paidSession(created, { amount_total: 1 });
    for (const id of ['evt_attention_1', 'evt_attention_2']) {
      await stripe.deliver(newEvent('checkout.session.completed', session, { id }));
      await processEvent(deps, { shopId: 'aurora', requestId: 'request-1', stripeEventId: id });
    }
    await tellAlerts(deps);
    expect(sink.posts.map(({ body }) => body)).toMatchObject([
      {
        kind: 'order_needs_attention',
        shopId: 'aurora',
        reason: 'amount_mismatch',
        count: 1,
        latest: { reference: created.body.orderId },
      },
    ]);
  });

  test('is added up all the same where no sink is configured, and waits for none', async () => {
    const config = { ...deps.config, alerts: { ...deps.config.alerts, webhookUrl: undefined } };
    await write(letter());
    await tellAlerts({ ...deps, config });
    expect(await service.rows('select occurrences, told from alert')).toEqual([
      { occurrences: '1', told: '1' },
    ]);
    await tellAlerts(deps);
    expect(sink.posts).toEqual([]);
  });
});

describe('a threshold', () => {
  const alerts = () =>
    service.rows<{ shop_id: string | null; reason: string; occurrences: string }>(
      `select shop_id, reason, occurrences from alert where kind <> 'dead_letter' order by shop_id nulls last`,
    );

  test('of unresolved events is by the shop that they name, and tells of it once a minute', async () => {
    for (let index = 0; index < 9; index += 1)
      await write(letter({ reason: 'contradicting_tenant', candidates: ['aurora', 'borealis'] }));
    await tellAlerts(deps);
    expect(await alerts()).toEqual([]);
    await write(letter({ candidates: ['aurora'] }));
    await tellAlerts(deps);
    await tellAlerts(deps);
    expect(await alerts()).toEqual([
      { shop_id: 'aurora', reason: 'over_threshold', occurrences: '1' },
    ]);
    await service.rows(`update alert set last_at = last_at - interval '61 seconds'`);
    await tellAlerts(deps);
    expect(await alerts()).toMatchObject([{ shop_id: 'aurora', occurrences: '2' }]);
  });

  test('forgets letters that were answered, and those of the hour before', async () => {
    for (let index = 0; index < 10; index += 1) await write(letter({ candidates: ['aurora'] }));
    await service.rows(`update dead_letter set updated_at = now() - interval '61 minutes'`);
    await watchWebhooks(deps);
    await service.rows(`update dead_letter set updated_at = now(), state = 'discarded'`);
    await tellAlerts(deps);
    expect(await alerts()).toEqual([]);
  });

  test('of the backlog is by the shop whose events wait too long, and of those that have none', async () => {
    const stripe = createStripeEvents(service);
    const created = await createBuyer(service).checkout();
    const known = newEvent('checkout.session.completed', await stripe.paidSession(created));
    const unknown = newEvent('charge.updated', { object: 'charge', id: 'ch_nobodys' });
    for (const event of [known, unknown]) await stripe.deliver(event);
    await service.rows(`update webhook_inbox set received_at = now() - interval '4 minutes'`);
    await tellAlerts(deps);
    expect(await alerts()).toEqual([]);
    await service.rows(`update webhook_inbox set received_at = now() - interval '6 minutes'`);
    await tellAlerts(deps);
    expect(await alerts()).toEqual([
      { shop_id: 'aurora', reason: 'waiting', occurrences: '1' },
      { shop_id: null, reason: 'without_shop', occurrences: '1' },
    ]);
  });
});
