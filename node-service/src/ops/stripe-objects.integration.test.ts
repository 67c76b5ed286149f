/** What operators say about whose a Stripe object is: who, when and why; once; and never against its owner. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLetters, type Letters, newStripeId } from '../testing/dead-letters.ts';
import { type Reply, startService, type TestService } from '../testing/service.ts';
import { issueToken } from '../testing/tokens.ts';

const WHY = 'A legacy subscription';
const code = ({ status, body }: Reply): unknown => [status, body.code];
const at = (stripeId: string, shop = 'aurora'): string =>
  `/shops/${shop}/stripe-objects/${stripeId}`;

async function ownerOf(service: TestService, stripeId: string): Promise<unknown> {
  const [row] = await service.rows<{ shop_id: string }>(
    'select shop_id from stripe_object_shop_map where stripe_id = $1',
    [stripeId],
  );
  return row?.shop_id ?? null;
}

const actsOf = async (
  letters: Letters,
  subject: string,
  shop = 'aurora',
): Promise<Reply['body'][]> =>
  (await letters.ops('GET', `/operator-acts?shopId=${shop}&subject=${subject}`)).body.items;

describe('where one operator’s word is enough', () => {
  let service: TestService;
  let letters: Letters;
  beforeAll(async () => {
    service = await startService({ withoutJobs: true });
    letters = await createLetters(service, 'ida');
  });
  afterAll(() => service?.stop());
  const associate = (stripeId: string, shop = 'aurora', more: object = {}): Promise<Reply> =>
    letters.ops('PUT', at(stripeId, shop), { reason: WHY, ...more });

  test('an object that nobody knew is the shop’s from then on, with who, when and why', async () => {
    const id = newStripeId('sub');
    expect(code(await letters.ops('GET', at(id)))).toEqual([404, 'stripe_object_not_found']);
    const said = await associate(id);
    expect(said.body).toMatchObject({
      shopId: 'aurora',
      stripeId: id,
      objectType: 'subscription',
      state: 'associated',
      proposedBy: 'ida',
      reason: WHY,
      changed: true,
      letters: [],
    });
    expect(await ownerOf(service, id)).toBe('aurora');
    expect(await actsOf(letters, id)).toMatchObject([
      { kind: 'associate_stripe_object', actedBy: 'ida', reason: WHY, shopId: 'aurora' },
    ]);
    expect((await letters.ops('GET', at(id))).body).toMatchObject({ state: 'associated' });
  });

  test('to say it again, or eight times at once, changes nothing and is no act', async () => {
    const id = newStripeId('in');
    const replies = await Promise.all(Array.from({ length: 8 }, () => associate(id)));
    expect(replies.filter(({ body }) => body.changed)).toHaveLength(1);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await associate(id)).body.changed).toBe(false);
    expect(await actsOf(letters, id)).toHaveLength(1);
  });

  test('an object of another shop stays there: 409 with its owner, and nothing is written', async () => {
    const id = newStripeId('sub');
    await associate(id, 'borealis');
    const refused = await associate(id);
    expect(code(refused)).toEqual([409, 'stripe_object_claimed']);
    expect(refused.body.detail).toContain('belongs to borealis');
    expect([await ownerOf(service, id), await actsOf(letters, id)]).toEqual(['borealis', []]);
    const { body } = await letters.ops('GET', at(id));
    expect([body.code, body.detail]).toEqual([
      'stripe_object_not_found',
      `${id} belongs to borealis.`,
    ]);
  });

  test('two operators who name two shops at once: one is told so, the other has it', async () => {
    for (let round = 0; round < 4; round += 1) {
      const id = newStripeId('sub');
      const replies = await Promise.all(['aurora', 'borealis'].map((shop) => associate(id, shop)));
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
      const winner = replies.find(({ status }) => status === 200)?.body.shopId;
      const loser = winner === 'aurora' ? 'borealis' : 'aurora';
      expect(await ownerOf(service, id)).toBe(winner);
      expect([await actsOf(letters, id, winner), await actsOf(letters, id, loser)]).toMatchObject([
        [{ kind: 'associate_stripe_object' }],
        [],
      ]);
    }
  });

  test('the answer lists the letters that it sets free, and replays them where it is asked to', async () => {
    const [mine, other] = [newStripeId('sub'), newStripeId('sub')];
    const first = await letters.unresolved(mine);
    const second = await letters.unresolved(mine);
    const foreign = await letters.unresolved(other);
    const said = await associate(mine);
    const ids = said.body.letters.map((one: Reply['body']) => one.deadLetterId);
    expect([ids, said.body.replayed]).toEqual([[first, second], 0]);
    const again = await associate(mine, 'aurora', { replay: true });
    expect(again.body).toMatchObject({ changed: false, letters: [], replayed: 2 });
    const states = await Promise.all(
      [first, second, foreign].map(
        async (id) => (await letters.ops('GET', `/dead-letters/${id}`)).body.state,
      ),
    );
    expect(states).toEqual(['replayed', 'replayed', 'open']);
  });

  test('a customer says whose its events are; what cannot be a shop’s is malformed', async () => {
    expect((await associate(newStripeId('cus'))).body.objectType).toBe('customer');
    for (const id of ['acct_1', 'sub_', 'sub_1%20', 'evt_1'])
      expect(code(await associate(id))).toEqual([400, 'malformed_request']);
    expect(code(await associate('sub_1', 'atlantis'))).toEqual([404, 'shop_unknown']);
  });

  test('what was done to a shop is told with its letters, page after page; of no shop there is none', async () => {
    const subscription = newStripeId('sub');
    await letters.unresolved(subscription);
    await associate(subscription, 'borealis', { replay: true });
    const first = (await letters.ops('GET', '/operator-acts?shopId=borealis&limit=1')).body;
    const second = (
      await letters.ops('GET', `/operator-acts?shopId=borealis&limit=1&before=${first.next}`)
    ).body;
    expect([first.items[0].kind, second.items[0].kind]).toEqual([
      'replay_dead_letter',
      'associate_stripe_object',
    ]);
    expect(code(await letters.ops('GET', '/operator-acts?shopId=atlantis'))).toEqual([
      404,
      'shop_unknown',
    ]);
  });
});

describe('where four eyes are asked for', () => {
  let service: TestService;
  let letters: Letters;
  let ole: string;
  beforeAll(async () => {
    service = await startService({ withoutJobs: true, env: { FOUR_EYES_ASSOCIATIONS: 'on' } });
    letters = await createLetters(service, 'ida');
    ole = await issueToken(service, 'operator', { subject: 'ole' });
  });
  afterAll(() => service?.stop());
  const propose = (stripeId: string, shop = 'aurora'): Promise<Reply> =>
    letters.ops('PUT', at(stripeId, shop), { reason: WHY, replay: true });
  const approve = (stripeId: string, bearer: string | undefined, shop = 'aurora'): Promise<Reply> =>
    letters.ops(
      'POST',
      `${at(stripeId, shop)}/approval`,
      { reason: 'Checked', replay: true },
      bearer,
    );

  test('one operator proposes, and nothing is anybody’s until another approves it', async () => {
    const id = newStripeId('sub');
    const letter = await letters.unresolved(id);
    const proposed = await propose(id);
    expect(proposed.body).toMatchObject({
      state: 'proposed',
      changed: true,
      letters: [],
      replayed: 0,
    });
    expect(await ownerOf(service, id)).toBe(null);
    expect((await propose(id)).body.changed).toBe(false);
    expect(code(await approve(id, undefined))).toEqual([403, 'second_operator_required']);
    expect(await ownerOf(service, id)).toBe(null);

    const approved = await approve(id, ole);
    expect(approved.body).toMatchObject({
      state: 'associated',
      changed: true,
      proposedBy: 'ida',
      approvedBy: 'ole',
      replayed: 1,
    });
    expect(await ownerOf(service, id)).toBe('aurora');
    expect((await approve(id, ole)).body.changed).toBe(false);
    expect((await actsOf(letters, id)).map(({ kind, actedBy }) => [kind, actedBy])).toEqual([
      ['approve_stripe_object', 'ole'],
      ['propose_stripe_object', 'ida'],
    ]);
    expect((await letters.ops('GET', `/dead-letters/${letter}`)).body.state).toBe('replayed');
  });

  test('two operators who propose at once make one proposal, and the one who came second may approve it', async () => {
    const id = newStripeId('sub');
    const replies = await Promise.all(
      [undefined, ole].map((bearer) => letters.ops('PUT', at(id), { reason: WHY }, bearer)),
    );
    expect(replies.map(({ status, body }) => [status, body.state])).toEqual([
      [200, 'proposed'],
      [200, 'proposed'],
    ]);
    expect(replies.filter(({ body }) => body.changed)).toHaveLength(1);
    const { proposedBy } = replies[0]?.body ?? {};
    const [own, other] = proposedBy === 'ida' ? [undefined, ole] : [ole, undefined];
    expect(code(await approve(id, own))).toEqual([403, 'second_operator_required']);
    expect((await approve(id, other)).body.state).toBe('associated');
  });

  test('two who approve at once approve it once', async () => {
    const eve = await issueToken(service, 'operator', { subject: 'eve' });
    const id = newStripeId('sub');
    await propose(id);
    const replies = await Promise.all([approve(id, ole), approve(id, eve)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(replies.filter(({ body }) => body.changed)).toHaveLength(1);
    const [one, other] = replies.map(({ body }) => body.approvedBy);
    expect(one).toBe(other);
    expect(await actsOf(letters, id)).toMatchObject([
      { kind: 'approve_stripe_object', actedBy: one },
      { kind: 'propose_stripe_object' },
    ]);
  });

  test('of two proposals for two shops that are approved at once one holds', async () => {
    const id = newStripeId('sub');
    await Promise.all([propose(id, 'aurora'), propose(id, 'borealis')]);
    const replies = await Promise.all([approve(id, ole, 'aurora'), approve(id, ole, 'borealis')]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = replies.find(({ status }) => status === 200)?.body.shopId;
    expect(await ownerOf(service, id)).toBe(winner);
  });

  test('what the platform has learnt meanwhile needs no approval: the object is known, its letters are free', async () => {
    const id = newStripeId('sub');
    const letter = await letters.unresolved(id);
    await propose(id);
    await service.rows(
      `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id)
       select environment, object_type, stripe_id, shop_id from stripe_object_association where stripe_id = $1`,
      [id],
    );
    expect((await letters.ops('GET', at(id))).body).toMatchObject({
      state: 'known',
      proposedBy: 'ida',
    });
    expect((await propose(id)).body).toMatchObject({ changed: false, replayed: 1 });
    expect((await letters.ops('GET', `/dead-letters/${letter}`)).body.state).toBe('replayed');
  });

  test('what nobody has proposed cannot be approved', async () => {
    expect(code(await approve(newStripeId('sub'), ole))).toEqual([404, 'stripe_object_not_found']);
  });

  test('of two proposals the first that is approved holds, and the other is refused with the owner', async () => {
    const id = newStripeId('sub');
    await propose(id, 'aurora');
    await propose(id, 'borealis');
    expect((await approve(id, ole, 'borealis')).status).toBe(200);
    const refused = await approve(id, ole);
    expect(code(refused)).toEqual([409, 'stripe_object_claimed']);
    expect(refused.body.detail).toContain('borealis');
    expect((await actsOf(letters, id)).map(({ kind }) => kind)).toEqual(['propose_stripe_object']);
  });
});
