/** A sale of a scarce item while both processes are killed at random moments. `CRASH_SEED` repeats a run's choices. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import { ask, type Checkout, insist, newCheckout, sessionsOf } from '../testing/patient-buyer.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';
import { randomFrom } from '../testing/random.ts';

const BUYERS = 30;
const SALE_MS = 15_000;
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

const { next, pick } = randomFrom(seed);

type Plan =
  | 'pay'
  | 'be declined, then pay'
  | 'pay by a bank that agrees'
  | 'pay by a bank that refuses'
  | 'cancel'
  | 'leave'
  | 'ask once and leave';

type Buyer = {
  readonly checkout: Checkout;
  readonly plan: Plan;
  readonly arrivesAfterMs: number;
  readonly thinksForMs: number;
};

const buyers: readonly Buyer[] = Array.from({ length: BUYERS }, () => ({
  checkout: newCheckout({ items: [{ sku: 'bag', quantity: pick([1, 1, 2]) }] }),
  plan: pick<Plan>([
    'pay',
    'pay',
    'be declined, then pay',
    'pay by a bank that agrees',
    'pay by a bank that refuses',
    'cancel',
    'leave',
    'ask once and leave',
  ]),
  arrivesAfterMs: next() * SALE_MS,
  thinksForMs: next() * 2_000,
}));

let service: ProcessService;
let invariants: Invariants;
beforeAll(async () => {
  service = await startProcessService({ HOLD_TTL_SECONDS: '12' });
  invariants = await watchInvariants(service);
  await Promise.all([service.start('service'), service.start('jobs')]);
});
afterAll(() => service.stop());

/** What became of a buyer; `paid` when Stripe took the money. */
async function buy({ checkout, plan, arrivesAfterMs, thinksForMs }: Buyer): Promise<string> {
  await sleep(arrivesAfterMs);
  if (plan === 'ask once and leave')
    return ask(service, checkout).then(
      () => plan,
      () => plan,
    );
  const { status, body } = await insist(service, checkout);
  if (status === 409 && body.code === 'inventory_insufficient') return 'sold out';
  if (status !== 201) return `answered ${status} ${JSON.stringify(body)}`;
  await sleep(thinksForMs);
  const { checkoutSessionId, accessToken: bearer } = body;
  const path = `/checkout-sessions/${checkoutSessionId}`;
  if (plan === 'cancel') {
    await service.call('POST', `${path}/cancel`, { bearer, key: checkout.key }).catch(() => {});
    return plan;
  }
  if (plan === 'leave') return plan;
  const byBank = plan.startsWith('pay by a bank');
  if (plan === 'be declined, then pay') await service.pay(checkoutSessionId, 'declined');
  const paid = await service.pay(checkoutSessionId, byBank ? 'processing' : 'succeeded');
  if (paid.status !== 200) return 'came too late';
  if (byBank) {
    await sleep(thinksForMs);
    const outcome = plan === 'pay by a bank that agrees' ? 'succeeded' : 'failed';
    await service.standInControl('POST', `/sessions/${checkoutSessionId}/settle`, { outcome });
    return outcome === 'failed' ? 'was refused by the bank' : 'paid';
  }
  await service.call('POST', `${path}/finalize`, { bearer, key: checkout.key }).catch(() => {});
  return 'paid';
}

/** Kills a process again and again, and starts it again, until the sale is over. Answers how often. */
async function killAtRandom(
  name: 'service' | 'jobs',
  livesAtMostMs: number,
  sale: Promise<unknown>,
): Promise<number> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  sale.then(end, end);
  for (let kills = 0; ; kills += 1) {
    await sleep(200 + next() * livesAtMostMs);
    if (over) return kills;
    await service.kill(name);
    await sleep(next() * 500);
    await service.start(name);
  }
}

test(`30 buyers, and processes that die at any moment (CRASH_SEED=${seed}): nothing is lost and nothing doubled`, async () => {
  console.log(`CRASH_SEED=${seed}`);
  const sale = Promise.all(buyers.map(buy));
  const [outcomes, ...kills] = await Promise.all([
    sale,
    killAtRandom('service', 5_000, sale),
    killAtRandom('jobs', 3_000, sale),
  ]);
  const tally = Object.entries(Object.groupBy(outcomes, (outcome) => outcome));
  const told = tally.map(([what, { length } = []]) => `${length} ${what}`).join(', ');
  console.log(`${kills.join(' and ')} kills: ${told}`);
  expect(outcomes.filter((outcome) => outcome.startsWith('answered'))).toEqual([]);

  // Whoever left has lost the stock again, at the latest when the hold's time was over.
  await eventually(async () => {
    const active = await service.rows(`select from hold where state = 'active'`);
    return active.length === 0 || undefined;
  }, 45_000);
  expect(await invariants.atRest(30_000)).toEqual([]);
  for (const [index, { checkout }] of buyers.entries()) {
    const ended = await sessionsOf(service, checkout);
    const complete = ended.filter(({ status }) => status === 'complete');
    const completed = ['paid', 'was refused by the bank'].includes(outcomes[index] ?? '');
    expect(complete).toHaveLength(completed ? 1 : 0);
  }
});
