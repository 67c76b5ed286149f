/** What an operator does by `npm run webhooks`, from the alert to its end: Stripe, the edge, the node service, its jobs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Platform, startPlatform } from '../../local/platform.ts';
import { platformRows } from '../../local/platform-rows.ts';
import { type Ran, runProgramAt } from '../operator-cli/testing/run-program.ts';

const WHY = ['--reason', 'Contract 4711'] as const;
const UNTIL = { timeout: 45_000, interval: 100 };
/** More than one page of a replay. */
const MANY = 55;

let folder: string;
let platform: Platform;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webhooks-platform-'));
  platform = await startPlatform({ dir: join(folder, 'platform'), fsync: false });
}, 120_000);
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function webhooks(...args: readonly string[]): Promise<Ran> {
  const at = { port: platform.ports.frontDoor, operatorToken: platform.keys.operatorToken };
  return runProgramAt('webhooks', at, ...args);
}

async function listed(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, exitCode } = await webhooks(...args, '--json');
  expect([exitCode, stderr.includes('webhooks: ')]).toEqual([0, false]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** A customer that somebody makes at Stripe by hand; Stripe tells of it. @returns its id */
async function makeCustomer(fields: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${platform.urls.stripeStandIn}/v1/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.keys.stripeSecretKey}` },
    body: new URLSearchParams(fields),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: string }).id;
}

/** The event that tells of it, in the inbox. */
function eventOf(customer: string): Promise<string> {
  return vi.waitFor(async () => {
    const [row] = await platformRows<{ id: string }>(
      platform,
      `select stripe_event_id as id from webhook_inbox where payload::jsonb #>> '{data,object,id}' = $1`,
      [customer],
    );
    if (row === undefined) throw new Error(`nobody has told of ${customer}`);
    return row.id;
  }, UNTIL);
}

/** A letter of a customer of nobody's, whose minute is over. */
async function unresolvedLetter(fields: Readonly<Record<string, string>> = {}) {
  const customer = await makeCustomer({ email: 'ada@example.com', ...fields });
  const event = await eventOf(customer);
  await platformRows(
    platform,
    `update webhook_inbox set received_at = now() - interval '1 hour', looked_at = now() - interval '1 minute', looks = 100
      where stripe_event_id = $1`,
    [event],
  );
  const letter = await vi.waitFor(async () => {
    const letters = await listed('letters', 'list', '--state', 'open', '--limit', '500');
    const found = letters.find(({ reference }) => reference === event);
    if (found === undefined) throw new Error(`no open letter of ${event}`);
    return found;
  }, UNTIL);
  expect(letter).toMatchObject({ reason: 'unresolved_tenant', eventType: 'customer.created' });
  return { customer, event, letter: String(letter.deadLetterId) };
}

const stateOf = async (letter: string): Promise<unknown> =>
  (await listed('letters', 'show', letter))[0]?.state;

test('an event without a shop is found, looked at, given to its shop and replayed, and the audit says who did it', async () => {
  const { customer, event, letter } = await unresolvedLetter({ name: 'Ada\u001b[2J\u202e' });
  const shown = await webhooks('letters', 'show', letter);
  expect(shown.stdout).toMatch(new RegExp(`^ +${customer} +customer +nobody's yet$`, 'm'));
  expect(shown.stdout).not.toContain('ada@example.com');
  const whole = await webhooks('letters', 'show', letter, '--payload');
  expect(whole.stdout).toContain('"email": "ada@example.com"');
  expect(whole.stdout).toContain('Ada\\u001b[2J\\u202e');

  const early = await webhooks('letters', 'replay', letter, ...WHY, '--apply');
  expect(early.stderr).toContain('dead_letter_not_replayable (409)');
  expect(early.exitCode).toBe(1);

  const associate = ['objects', 'associate', 'aurora', customer, ...WHY, '--replay'];
  const looked = await webhooks(...associate);
  expect(looked.stdout).toContain('Dry run: nothing was written.');
  expect(await stateOf(letter)).toBe('open');
  const done = await webhooks(...associate, '--apply');
  expect([done.stderr, done.exitCode]).toEqual(['', 0]);
  expect(done.stdout).toContain(`${customer}  customer  aurora  associated`);
  expect(done.stdout).toContain('1 letters replayed.');
  expect((await webhooks(...associate, '--apply')).stdout).toContain('It was so before');

  const list = await webhooks('letters', 'list', '--state', 'replayed', '--shop', 'aurora');
  expect(list.stdout).toContain(`${letter}  replayed  unresolved_tenant  aurora`);
  await vi.waitFor(async () => {
    const [found] = await listed('events', 'list', '--event', event);
    expect(found).toMatchObject({ status: 'applied', shopId: 'aurora' });
  }, UNTIL);
  const acts = await webhooks('acts', 'list', '--shop', 'aurora');
  expect(acts.stdout).toContain(`replay_dead_letter  ${letter}  aurora`);
  expect(acts.stdout).toContain(`associate_stripe_object  ${customer}  aurora`);
  expect(acts.stdout).toContain('  Contract 4711 · ');

  const taken = await webhooks('objects', 'associate', 'borealis', customer, ...WHY, '--apply');
  expect(taken.stderr).toMatch(/stripe_object_claimed \(409\): .* belongs to aurora/);
  expect(taken.exitCode).toBe(1);
});

test('a letter that is discarded stays to be read, and can be replayed all the same', async () => {
  const { customer, letter } = await unresolvedLetter();
  const discard = ['letters', 'discard', letter, '--reason', "A test of Stripe's"];
  expect((await webhooks(...discard)).stdout).toContain('Dry run');
  expect(await stateOf(letter)).toBe('open');
  expect((await webhooks(...discard, '--apply')).stdout).toBe(`${letter}  discarded\n`);
  expect((await webhooks(...discard, '--apply')).stdout).toContain('nothing was done now');
  expect(await stateOf(letter)).toBe('discarded');
  await webhooks('objects', 'associate', 'aurora', customer, ...WHY, '--apply');
  const replayed = await webhooks('letters', 'replay', letter, ...WHY, '--apply');
  expect(replayed.stdout).toBe(`${letter}  replayed, of aurora\n`);
  const late = await webhooks(...discard, '--apply');
  expect(late.stderr).toContain('dead_letter_not_open (409)');
});

test('many letters are replayed page by page, from where one says, and those that cannot be are counted', async () => {
  await Promise.all(
    Array.from({ length: MANY }, () => makeCustomer({ 'metadata[shop_id]': 'atlantis' })),
  );
  const filter = ['--letter-reason', 'contradicting_tenant', '--type', 'customer.created'];
  await vi.waitFor(async () => {
    const letters = await listed('letters', 'list', ...filter, '--limit', '500');
    expect(letters).toHaveLength(MANY);
  }, UNTIL);
  const replay = ['letters', 'replay', '--all-of-filter', ...filter, '--reason', 'A try'];
  const counted = await webhooks(...replay);
  expect(counted.stdout).toContain(`${MANY}  contradicting_tenant  no shop\n`);
  const all = await webhooks(...replay, '--apply');
  expect(all.stdout).toBe(`${MANY} open letters: 0 replayed, ${MANY} cannot be.\n`);
  expect(all.exitCode).toBe(1);
  const place = /^50 so far, 0 replayed; to go on: --after (dl_\S+)$/m.exec(all.stderr)?.[1] ?? '';
  const rest = [...replay, '--after', place];
  expect((await webhooks(...rest)).stdout).toContain(`${MANY - 50} open letters. Dry run`);
  const resumed = await webhooks(...rest, '--apply');
  expect(resumed.stdout).toContain(`${MANY - 50} open letters: 0 replayed`);
  const cut = await webhooks('letters', 'list', ...filter, '--limit', '3');
  expect(cut.stderr).toContain('There are older ones: --limit 6');
});

test('a backfill goes to its end by itself, and on from any step', async () => {
  const backfill = ['objects', 'backfill', 'aurora', '--reason', 'Came here in spring', '--apply'];
  const whole = await webhooks(...backfill);
  expect([whole.stdout, whole.exitCode]).toEqual(['', 0]);
  const places = [...whole.stderr.matchAll(/to go on: --after (\S+)/g)].map(([, place]) => place);
  expect(places.length).toBeGreaterThan(1);
  expect(whole.stderr).toMatch(/\d+ records read, 0 objects learnt, 0 of another shop\n$/);
  const rest = await webhooks(...backfill, '--after', places.at(-1) ?? '');
  expect(rest.stderr.trim().split('\n')).toHaveLength(1);
  expect(rest.exitCode).toBe(0);
  const acts = await webhooks('acts', 'list', '--shop', 'aurora', '--limit', '50');
  expect(acts.stdout).toContain('backfill_stripe_objects');
  const wrong = await webhooks(...backfill, '--after', 'elsewhere.1');
  expect(wrong.stderr).toContain('malformed_request (400)');
  expect(wrong.exitCode).toBe(1);
});

test('what cannot be is refused with its reason', async () => {
  const none = 'dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
  const unknown = await webhooks('letters', 'show', none);
  expect(unknown.stderr).toContain('dead_letter_not_found (404)');
  const shop = await webhooks('objects', 'associate', 'atlantis', 'sub_1', ...WHY, '--apply');
  expect(shop.stderr).toContain('shop_unknown (404)');
  const kind = await webhooks('objects', 'show', 'aurora', 'price_1');
  expect(kind.stderr).toContain('(400)');
  const nobody = await webhooks('objects', 'approve', 'aurora', 'sub_1', ...WHY, '--apply');
  expect(nobody.stderr).toContain('stripe_object_not_found (404)');
  expect([unknown, shop, kind, nobody].map(({ exitCode }) => exitCode)).toEqual([1, 1, 1, 1]);
});
