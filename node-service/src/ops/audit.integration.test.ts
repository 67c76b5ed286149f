/** An act of an operator and its audit are one: where the audit cannot be written, nothing was done. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBuyer } from '../testing/buyer.ts';
import { createLetters, type Letters, newStripeId, SECRET_EMAIL } from '../testing/dead-letters.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';
import { issueToken } from '../testing/tokens.ts';

const WHY = 'After the migration';
/** The tables of acts take every reason but this one, as if the database failed at that very statement. */
const UNWRITABLE = 'No audit takes this';

let service: TestService;
let letters: Letters;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  letters = await createLetters(service, 'ida');
  for (const table of ['operator_act', 'shop_act'])
    await service.rows(`alter table ${table} add check (reason <> '${UNWRITABLE}')`);
  const buyer = createBuyer(service);
  for (const shop of ['aurora', 'aurora', 'borealis']) await buyer.checkout({ shop });
});
afterAll(() => service?.stop());

type MapRow = { stripe_id: string; shop_id: string };
const map = (): Promise<MapRow[]> =>
  service.rows<MapRow>('select stripe_id, shop_id from stripe_object_shop_map order by 1');
const sessionsOf = async (shop: string): Promise<string[]> =>
  (
    await service.rows<{ id: string }>(
      'select checkout_session_id as id from sales_order where shop_id = $1 order by 1',
      [shop],
    )
  ).map(({ id }) => id);
const actsOf = async (query: string): Promise<Reply['body'][]> =>
  (await letters.ops('GET', `/operator-acts?${query}`)).body.items;

describe('an act whose audit cannot be written', () => {
  test.each(['replay', 'discard'])('is none: %s leaves letter, event and queue', async (what) => {
    const subscription = newStripeId('sub');
    const id = await letters.unresolved(subscription);
    await letters.ops('PUT', `/shops/aurora/stripe-objects/${subscription}`, { reason: WHY });
    const failed = await letters.ops('POST', `/dead-letters/${id}/${what}`, { reason: UNWRITABLE });
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed.body)).not.toContain(SECRET_EMAIL);
    const { body } = await letters.ops('GET', `/dead-letters/${id}`);
    expect(body.state).toBe('open');
    const [event] = (await letters.ops('GET', `/webhook-events?stripeEventId=${body.reference}`))
      .body.items;
    expect(event.status).toBe('dead_letter');
    expect(event.shopId).toBeUndefined();
    expect(await letters.jobsOf(body.reference)).toBe(0);
  });

  test('is none: an association leaves the object nobody’s', async () => {
    const id = newStripeId('sub');
    const path = `/shops/aurora/stripe-objects/${id}`;
    expect((await letters.ops('PUT', path, { reason: UNWRITABLE })).status).toBe(500);
    expect((await letters.ops('GET', path)).body.code).toBe('stripe_object_not_found');
    expect((await map()).map((row) => row.stripe_id)).not.toContain(id);
  });

  test('is none: a step of the backfill learns nothing', async () => {
    await service.rows('delete from stripe_object_shop_map');
    const path = '/shops/aurora/stripe-objects/backfill';
    expect((await letters.ops('POST', path, { reason: UNWRITABLE })).status).toBe(500);
    expect(await map()).toEqual([]);
  });
});

describe('a backfill', () => {
  beforeEach(() => service.rows('delete from stripe_object_shop_map'));
  const step = (body: object, bearer?: string): Promise<Reply> =>
    letters.ops('POST', '/shops/aurora/stripe-objects/backfill', { reason: WHY, ...body }, bearer);

  test('goes from step to step to the end, and each step says who took it, why, and where it began', async () => {
    const begun: string[] = [];
    let next: string | undefined;
    let examined = 0;
    do {
      const { status, body } = await step({
        limit: 1,
        ...(next === undefined ? {} : { after: next }),
      });
      expect(status).toBe(200);
      begun.unshift(next ?? 'beginning');
      examined += body.examined;
      next = body.next;
    } while (next !== undefined);
    expect(examined).toBe(2);
    expect(await map()).toEqual(
      (await sessionsOf('aurora')).map((stripe_id) => ({ stripe_id, shop_id: 'aurora' })),
    );
    const acts = (await actsOf('shopId=aurora')).filter(
      ({ kind }) => kind === 'backfill_stripe_objects',
    );
    expect(acts.map(({ subject }) => subject)).toEqual(begun);
    expect(acts[0]).toMatchObject({ shopId: 'aurora', actedBy: 'ida', reason: WHY });
  });

  test('by two operators at once learns each object once, and both are in the audit', async () => {
    const ole = await issueToken(service, 'operator', { subject: 'ole' });
    const replies = await Promise.all([step({ limit: 500 }), step({ limit: 500 }, ole)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(replies.reduce((sum, { body }) => sum + body.added, 0)).toBe(2);
    const actors = (await actsOf('shopId=aurora&subject=beginning')).map(({ actedBy }) => actedBy);
    expect(actors.slice(0, 2).sort()).toEqual(['ida', 'ole']);
  });

  test('leaves what is another shop’s there, and says whose it is', async () => {
    const [session = ''] = await sessionsOf('aurora');
    await letters.ops('PUT', `/shops/borealis/stripe-objects/${session}`, { reason: WHY });
    const { body } = await step({});
    expect(body).toMatchObject({
      added: 1,
      conflicts: [{ stripeId: session, objectType: 'checkout.session', shopId: 'borealis' }],
    });
    expect(await map()).toContainEqual({ stripe_id: session, shop_id: 'borealis' });
  });

  test.each(['nowhere', 'returns.1', 'orders'])(
    'cannot go on from %s, which no step has answered: nothing is read, and it is no act',
    async (after) => {
      const before = await actsOf('shopId=aurora');
      const refused = await step({ after });
      expect([refused.status, refused.body.code]).toEqual([400, 'malformed_request']);
      expect(refused.body.errors).toMatchObject([{ path: '/body/after' }]);
      expect([await map(), await actsOf('shopId=aurora')]).toEqual([[], before]);
    },
  );

  test('is of a shop that there is, and of a bounded step with a reason', async () => {
    const unknown = await letters.ops('POST', '/shops/atlantis/stripe-objects/backfill', {
      reason: WHY,
    });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'shop_unknown']);
    for (const body of [{ limit: 501 }, { limit: 0 }, { reason: ' ' }, { reason: undefined }])
      expect((await step(body)).body.code).toBe('malformed_request');
  });
});

describe('what a letter holds', () => {
  test('is answered by getDeadLetter alone: no list, act, association or refusal tells of it', async () => {
    const subscription = newStripeId('sub');
    const id = await letters.unresolved(subscription);
    const object = `/shops/aurora/stripe-objects/${subscription}`;
    const replies = [
      await letters.ops('POST', `/dead-letters/${id}/replay`, { reason: WHY }),
      await letters.ops('PUT', object, { reason: WHY }),
      await letters.ops('GET', '/dead-letters'),
      await letters.ops('POST', '/dead-letters/replay', { reason: WHY, filter: {} }),
      await letters.ops('PUT', object, { reason: WHY, replay: true }),
      await letters.ops('GET', object),
      await letters.ops('POST', `/dead-letters/${id}/discard`, { reason: WHY }),
      await letters.ops('GET', '/webhook-events'),
      await letters.ops('GET', '/operator-acts?shopId=aurora'),
    ];
    expect(replies.map(({ status }) => status)).toEqual([
      409, 200, 200, 200, 200, 200, 409, 200, 200,
    ]);
    expect(JSON.stringify(replies.map(({ body }) => body))).not.toContain(SECRET_EMAIL);
    const whole = await letters.ops('GET', `/dead-letters/${id}`);
    expect(JSON.stringify(whole.body)).toContain(SECRET_EMAIL);
  });
});
