/** What operators see of dead letters and do about them, over HTTP: nothing twice, nothing half, and all of it audited. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBuyer } from '../testing/buyer.ts';
import { createLetters, type Letters, newStripeId, SECRET_EMAIL } from '../testing/dead-letters.ts';
import { eventually, type Reply, startService, type TestService } from '../testing/service.ts';
import { createStripeEvents, newEvent } from '../testing/stripe-events.ts';
import { issueToken } from '../testing/tokens.ts';
import { writeDeadLetter } from '../webhooks/index.ts';

let service: TestService;
let letters: Letters;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  letters = await createLetters(service, 'ida');
});
afterAll(() => service?.stop());
beforeEach(() => service.rows('delete from dead_letter'));

const WHY = 'The map is filled';
const code = ({ status, body }: Reply): unknown => [status, body.code];
const act = (id: string, what: 'replay' | 'discard', bearer?: string): Promise<Reply> =>
  letters.ops('POST', `/dead-letters/${id}/${what}`, { reason: WHY }, bearer);
const list = async (query = ''): Promise<Reply['body']> =>
  (await letters.ops('GET', `/dead-letters${query}`)).body;
const associate = (stripeId: string, body: object = {}): Promise<Reply> =>
  letters.ops('PUT', `/shops/aurora/stripe-objects/${stripeId}`, { reason: WHY, ...body });
const actsOn = async (subject: string): Promise<Reply['body'][]> =>
  (await letters.ops('GET', `/operator-acts?subject=${subject}`)).body.items;
const replayMany = (body: object): Promise<Reply> =>
  letters.ops('POST', '/dead-letters/replay', { reason: WHY, ...body });
const stateOf = async (id: string): Promise<unknown> =>
  (await letters.ops('GET', `/dead-letters/${id}`)).body.state;
const eventOf = async (id: string): Promise<string> =>
  (await letters.ops('GET', `/dead-letters/${id}`)).body.reference;

describe('letters', () => {
  test('are listed the newest first, page after page, without what they hold', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push(await letters.unresolved('sub_unknown'));
    const first = await list('?limit=2');
    expect(first.items.map((one: Reply['body']) => one.deadLetterId)).toEqual([ids[2], ids[1]]);
    const second = await list(`?limit=2&before=${first.next}`);
    expect(second.items).toMatchObject([
      { deadLetterId: ids[0], source: 'webhook', reason: 'unresolved_tenant', state: 'open' },
    ]);
    expect(second.next).toBeUndefined();
    expect(JSON.stringify([first, second])).not.toContain(SECRET_EMAIL);
  });

  test('are found by state, reason, source, shop and type', async () => {
    const id = await letters.unresolved(newStripeId('sub'));
    const idsOf = async (query: string): Promise<string[]> =>
      (await list(query)).items.map((one: Reply['body']) => one.deadLetterId);
    expect(await idsOf('?state=open&reason=unresolved_tenant&source=webhook')).toEqual([id]);
    expect(await idsOf('?eventType=invoice.paid')).toEqual([id]);
    expect(await idsOf('?eventType=invoice.voided')).toEqual([]);
    expect(await idsOf('?state=replayed')).toEqual([]);
    expect(await idsOf('?shopId=aurora')).toEqual([]);
    expect(code(await letters.ops('GET', '/dead-letters?reason=bad_luck'))).toEqual([
      400,
      'malformed_request',
    ]);
  });

  test('are read whole one by one: the payload, what it names, and whose that is', async () => {
    const subscription = newStripeId('sub');
    const id = await letters.unresolved(subscription);
    await associate(subscription);
    const { body } = await letters.ops('GET', `/dead-letters/${id}`);
    expect(body.payload.data.object.customer_email).toBe(SECRET_EMAIL);
    expect(body.objects[0]).toEqual({
      stripeId: subscription,
      objectType: 'subscription',
      shopId: 'aurora',
    });
    expect(body.objects.at(-1)).toMatchObject({ objectType: 'customer' });
    const unknown = await letters.ops('GET', `/dead-letters/dl_${service.deps.clock.uuid()}`);
    expect(code(unknown)).toEqual([404, 'dead_letter_not_found']);
  });
});

describe('a replay', () => {
  test('of what is still nobody’s is refused, and says why without saying what it holds', async () => {
    const id = await letters.unresolved(newStripeId('sub'));
    const refused = await act(id, 'replay');
    expect(code(refused)).toEqual([409, 'dead_letter_not_replayable']);
    expect(refused.body.detail).toMatch(/still belongs to no shop.*Associate an object/);
    expect(JSON.stringify(refused.body)).not.toContain(SECRET_EMAIL);
    expect([await stateOf(id), await actsOn(id)]).toEqual(['open', []]);
  });

  test('hands the event to its shop, once, whoever asks how often and at the same moment', async () => {
    const subscription = newStripeId('sub');
    const id = await letters.unresolved(subscription);
    const event = await eventOf(id);
    await associate(subscription);
    const ole = await issueToken(service, 'operator', { subject: 'ole' });
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, index) => act(id, 'replay', index % 2 ? ole : undefined)),
    );
    expect(replies.map(({ status, body }) => [status, body.state, body.shopId])).toEqual(
      replies.map(() => [200, 'replayed', 'aurora']),
    );
    expect(replies.filter(({ body }) => body.changed)).toHaveLength(1);
    expect(await letters.jobsOf(event)).toBe(1);
    const [inbox] = (await letters.ops('GET', `/webhook-events?stripeEventId=${event}`)).body.items;
    expect(inbox).toMatchObject({ status: 'received', attempts: 0, shopId: 'aurora' });
    expect(await actsOn(id)).toMatchObject([
      { kind: 'replay_dead_letter', subject: id, shopId: 'aurora', reason: WHY },
    ]);
  });

  test('that failed again is one more occurrence of the same letter, which can be replayed again', async () => {
    const event = await letters.unknownOrder();
    const failing = (): Promise<void> =>
      service.deps.db.asPlatform('fail as its job does', (tx) =>
        writeDeadLetter(tx, service.deps, {
          source: 'webhook',
          reference: event.id,
          shopId: 'aurora',
          reason: 'unknown_order',
          detail: 'no such order',
          payload: event,
        }),
      );
    await failing();
    const id = await letters.letterOf(event.id);
    expect((await act(id, 'replay')).body).toMatchObject({ changed: true, shopId: 'aurora' });
    await failing();
    expect((await list()).items).toMatchObject([
      { deadLetterId: id, state: 'open', occurrences: 2 },
    ]);
    expect((await act(id, 'replay')).body.changed).toBe(true);
    expect(await actsOn(id)).toHaveLength(2);
  });

  test('of a job runs that job again from its first attempt, or one like it where it is gone', async () => {
    const payload = { shopId: 'aurora', requestId: 'req_of_test', orderId: 'ord_1' };
    const [job] = await service.rows<{ id: string }>(
      `select id from graphile_worker.add_job('settle_order', $1::json, max_attempts => 1)`,
      [JSON.stringify(payload)],
    );
    const reference = job?.id ?? '';
    await service.rows('update graphile_worker._private_jobs set attempts = 1 where id = $1', [
      reference,
    ]);
    await service.deps.db.asPlatform('give the job up', (tx) =>
      writeDeadLetter(tx, service.deps, {
        source: 'job',
        reference,
        shopId: 'aurora',
        reason: 'attempts_exhausted',
        detail: 'it failed',
        payload: { task: 'settle_order', payload },
      }),
    );
    const id = await letters.letterOf(reference);
    const waiting = (): Promise<object[]> =>
      service.rows(
        `select id, attempts from graphile_worker.jobs where task_identifier = 'settle_order'`,
      );
    expect((await act(id, 'replay')).body).toMatchObject({ changed: true, shopId: 'aurora' });
    expect(await waiting()).toEqual([{ id: reference, attempts: 0 }]);
    await service.rows('select graphile_worker.complete_jobs(array[$1::bigint])', [reference]);
    await service.rows(`update dead_letter set state = 'open' where dead_letter_id = $1`, [id]);
    expect((await act(id, 'replay')).body.changed).toBe(true);
    expect(await waiting()).toMatchObject([{ attempts: 0 }]);
  });
});

test.each(['replay', 'discard'] as const)(
  'a letter that is not there, or not of that form, cannot be had: %s',
  async (what) => {
    const unknown = `dl_${service.deps.clock.uuid()}`;
    expect(code(await act(unknown, what))).toEqual([404, 'dead_letter_not_found']);
    expect(code(await act('dl_1', what))).toEqual([400, 'malformed_request']);
    const id = await letters.unresolved(newStripeId('sub'));
    const path = `/dead-letters/${id}/${what}`;
    for (const body of [{}, { reason: '' }, { reason: WHY, force: true }])
      expect(code(await letters.ops('POST', path, body))).toEqual([400, 'malformed_request']);
    expect([await stateOf(id), await actsOn(id)]).toEqual(['open', []]);
  },
);

describe('a discard', () => {
  test('closes a letter once, keeps it to be read, and can be taken back by a replay', async () => {
    const subscription = newStripeId('sub');
    const id = await letters.unresolved(subscription);
    expect((await act(id, 'discard')).body).toEqual({
      deadLetterId: id,
      state: 'discarded',
      changed: true,
    });
    expect((await act(id, 'discard')).body.changed).toBe(false);
    expect(await stateOf(id)).toBe('discarded');
    await associate(subscription);
    expect((await act(id, 'replay')).body).toMatchObject({ state: 'replayed', changed: true });
    expect(code(await act(id, 'discard'))).toEqual([409, 'dead_letter_not_open']);
    expect((await actsOn(id)).map(({ kind }) => kind)).toEqual([
      'replay_dead_letter',
      'discard_dead_letter',
    ]);
  });

  test('and a replay at the same moment end in a replay, whichever comes first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const subscription = newStripeId('sub');
      const id = await letters.unresolved(subscription);
      await associate(subscription);
      const [discarded, replayed] = await Promise.all([act(id, 'discard'), act(id, 'replay')]);
      expect([200, 409]).toContain(discarded.status);
      expect(replayed.body).toMatchObject({ state: 'replayed', changed: true });
      expect(await stateOf(id)).toBe('replayed');
    }
  });
});

describe('a replay of many', () => {
  test('takes the oldest first, so many a call, and leaves open what is nobody’s', async () => {
    const known = newStripeId('sub');
    const ids: string[] = [];
    for (const subscription of [known, newStripeId('sub'), known, known])
      ids.push(await letters.unresolved(subscription));
    await associate(known);
    const filter = { reason: 'unresolved_tenant' };
    const first = (await replayMany({ filter, limit: 3 })).body;
    expect(first).toEqual({ examined: 3, replayed: 2, notReplayable: 1, next: ids[2] });
    const second = (await replayMany({ filter, limit: 3, after: first.next })).body;
    expect(second).toEqual({ examined: 1, replayed: 1, notReplayable: 0 });
    expect(await Promise.all(ids.map(stateOf))).toEqual([
      'replayed',
      'open',
      'replayed',
      'replayed',
    ]);
  });

  test('is not held up by a job that cannot be enqueued again: it is left open, and the next is done', async () => {
    const broken = { task: 'settle_order', payload: { shopId: 'aurora', orderId: 'ord_1' } };
    await service.deps.db.asPlatform('give a job up', (tx) =>
      writeDeadLetter(tx, service.deps, {
        source: 'job',
        reference: '999999999',
        shopId: 'aurora',
        reason: 'attempts_exhausted',
        detail: 'it failed',
        payload: broken,
      }),
    );
    const subscription = newStripeId('sub');
    const id = await letters.unresolved(subscription);
    await associate(subscription);
    const { status, body } = await replayMany({ filter: {} });
    expect([status, body]).toEqual([200, { examined: 2, replayed: 1, notReplayable: 1 }]);
    expect(await stateOf(id)).toBe('replayed');
    const refused = await act(await letters.letterOf('999999999'), 'replay');
    expect(code(refused)).toEqual([409, 'dead_letter_not_replayable']);
  });

  test('does nothing twice: begun anew by two at once, each letter is handed on once', async () => {
    const subscription = newStripeId('sub');
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1) ids.push(await letters.unresolved(subscription));
    await associate(subscription);
    const done = await Promise.all([1, 2].map(() => replayMany({ filter: {} })));
    const total = done.reduce((sum, { body }) => sum + body.replayed, 0);
    expect(total).toBe(4);
    for (const id of ids) {
      expect(await letters.jobsOf(await eventOf(id))).toBe(1);
      expect(await actsOn(id)).toHaveLength(1);
    }
    expect((await replayMany({ filter: {} })).body).toEqual({
      examined: 0,
      replayed: 0,
      notReplayable: 0,
    });
  });

  test.each([[{}], [{ filter: {}, limit: 101 }], [{ filter: { state: 'replayed' } }]])(
    'is malformed with %j',
    async (body) => {
      expect(code(await replayMany(body))).toEqual([400, 'malformed_request']);
    },
  );
});

describe('the inbox', () => {
  test('is listed the last received first, page after page, without what the events say', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await letters.unknownOrder()).id);
    // Of one moment: their order is kept all the same.
    await service.rows(
      `update webhook_inbox set received_at = '2999-01-01 00:00:00.123456Z' where stripe_event_id = any($1)`,
      [ids],
    );
    const seen: string[] = [];
    let before = '';
    for (let page = 0; page < 3; page += 1) {
      const path = `/webhook-events?status=received&shopId=aurora&limit=1${before}`;
      const { body } = await letters.ops('GET', path);
      seen.push(...body.items.map((one: Reply['body']) => one.stripeEventId));
      expect(body.items[0]).not.toHaveProperty('payload');
      before = `&before=${body.next}`;
    }
    expect(seen).toEqual([...ids].sort().reverse());
    await service.rows(
      `update webhook_inbox set received_at = now() where stripe_event_id = any($1)`,
      [ids],
    );
  });

  test('has no page after a place that no page has named', async () => {
    const refused = await letters.ops('GET', '/webhook-events?before=bm90IGEgcGxhY2U');
    expect(code(refused)).toEqual([400, 'malformed_request']);
  });
});

describe('while jobs run', () => {
  let working: TestService;
  let theirs: Letters;
  beforeAll(async () => {
    working = await startService();
    theirs = await createLetters(working, 'ida');
  });
  afterAll(() => working?.stop());

  test('a replay is a retry: what cannot be applied comes back as the same letter', async () => {
    const event = await theirs.unknownOrder();
    const rowOf = async () => {
      const { body } = await theirs.ops('GET', '/dead-letters?reason=unknown_order');
      return body.items.find((one: Reply['body']) => one.reference === event.id);
    };
    const letter = await eventually(rowOf);
    const path = `/dead-letters/${letter.deadLetterId}/replay`;
    const replays = await Promise.all(
      [1, 2, 3].map(() => theirs.ops('POST', path, { reason: WHY })),
    );
    expect(replays.map(({ status }) => status)).toEqual([200, 200, 200]);
    const again = await eventually(async () => {
      const row = await rowOf();
      return row.state === 'open' && row.occurrences > 1 ? row : undefined;
    });
    expect(again.deadLetterId).toBe(letter.deadLetterId);
  });

  test('a payment that nobody could place is applied once, however often and by however many it is replayed', async () => {
    const buyer = createBuyer(working);
    const created = await buyer.checkout();
    const { checkoutSessionId, orderId } = created.body;
    await working.rows('delete from stripe_object_shop_map where stripe_id = $1', [
      checkoutSessionId,
    ]);
    const metadata = { order_id: orderId };
    const session = await createStripeEvents(working).paidSession(created, { metadata });
    const id = await theirs.givenUp(newEvent('checkout.session.completed', session));
    expect((await buyer.status(created)).body.status).toBe('processing');

    const replays = (): Promise<Reply[]> =>
      Promise.all([
        ...[1, 2, 3].map(() => theirs.ops('POST', `/dead-letters/${id}/replay`, { reason: WHY })),
        theirs.ops('POST', '/dead-letters/replay', {
          reason: WHY,
          filter: { eventType: 'checkout.session.completed' },
        }),
      ]);
    const object = `/shops/aurora/stripe-objects/${checkoutSessionId}`;
    expect((await theirs.ops('PUT', object, { reason: WHY })).body.letters).toHaveLength(1);
    await replays();
    await buyer.untilStatus(created, 'confirmed');
    const booked = await buyer.transfers(created);
    const stock = await buyer.stock();
    // As a letter would be that is opened anew after its event had been applied.
    await working.rows(`update dead_letter set state = 'open' where dead_letter_id = $1`, [id]);
    await working.rows(
      `update webhook_inbox set status = 'dead_letter' where stripe_event_id = (select reference from dead_letter where dead_letter_id = $1)`,
      [id],
    );
    const replies = await replays();
    expect(replies.filter(({ body }) => body.changed || body.replayed > 0)).toHaveLength(1);
    const { reference } = (await theirs.ops('GET', `/dead-letters/${id}`)).body;
    await eventually(async () => {
      const { body } = await theirs.ops('GET', `/webhook-events?stripeEventId=${reference}`);
      return body.items[0].status === 'applied' ? true : undefined;
    });
    expect(booked.length).toBeGreaterThan(0);
    expect([await buyer.transfers(created), await buyer.stock()]).toEqual([booked, stock]);
  });
});
