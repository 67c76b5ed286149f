/**
 * A sale to a crowd, in which the service, its jobs and the database are killed at random moments, 50 times. After each
 * death, as soon as the platform answers again, nothing that must always be true is false, nothing that a client was
 * told is taken back, and at the end nothing is left over. `KILLS_SEED` repeats a run's choices, `KILLS` sets how many.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { signToken } from '@commerce/contracts/vocabulary/token.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crowd, startCrowd } from '../testing/crowd.ts';
import { eventually } from '../testing/eventually.ts';
import { type Invariants, watchInvariants } from '../testing/invariants.ts';
import { type OwnPostgres, startOwnPostgres } from '../testing/own-postgres.ts';
import { createPersistentClient, type PersistentClient } from '../testing/persistent-client.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';
import { randomFrom } from '../testing/random.ts';
import { type SaleInvariants, watchSale } from '../testing/sale-invariants.ts';
import { issueToken } from '../testing/tokens.ts';

const BUYERS = 20;
const KILLS = Number(process.env.KILLS ?? 50);
const SAMPLE = 4;
const seed = Number(process.env.KILLS_SEED ?? Date.now() % 1_000_000);
const random = randomFrom(seed);

/** `kill -9` of each, and what brings it back. */
const VICTIMS = {
  service: async () => {
    await service.kill('service');
    await service.start('service');
  },
  jobs: async () => {
    await service.kill('jobs');
    await service.start('jobs');
  },
  postgres: async () => {
    await postgres.kill();
    await postgres.start();
  },
  'one process of postgres': async () => {
    await postgres.killOneOf((pids) => pids[Math.floor(random.next() * pids.length)]);
  },
  'service and postgres': async () => {
    await Promise.all([service.kill('service'), postgres.kill()]);
    await postgres.start();
    await service.start('service');
  },
} as const;
type Victim = keyof typeof VICTIMS;

let postgres: OwnPostgres;
let service: ProcessService;
let client: PersistentClient;
let sale: SaleInvariants;
let invariants: Invariants;
let crowd: Crowd;
beforeAll(async () => {
  postgres = await startOwnPostgres({ durable: true });
  const { database } = postgres;
  // A lease outlives the slowest request, also on a machine that is busy with something else.
  const env = { HOLD_TTL_SECONDS: '15', CLAIM_LEASE_SECONDS: '10', RECOVERY_DELAY_SECONDS: '10' };
  service = await startProcessService(env, { database });
  await service.rows(`update stock set on_hand = 60 where variant_key in ('v1:mug', 'v1:bag')`);
  sale = await watchSale(service);
  invariants = await watchInvariants(service);
  await Promise.all([service.start('service'), service.start('jobs')]);
  client = createPersistentClient(service);
});
afterAll(async () => {
  await service?.stop();
  await postgres?.end();
});

async function operatorToken(): Promise<string> {
  const [key] = JSON.parse(service.env.TOKEN_KEYS ?? '[]');
  const mint = (claims: Parameters<typeof signToken>[0]) => signToken(claims, key);
  const expiresAt = Math.floor(Date.now() / 1_000) + 3_600;
  return issueToken({ rows: service.rows, deps: { tokens: { mint } } }, 'operator', { expiresAt });
}

/** Waits until the service answers from its database again. */
async function untilItAnswers(where: string): Promise<void> {
  const body = { items: [{ sku: 'mug', quantity: 1 }] };
  let last: unknown;
  await eventually(async () => {
    const reply = await service
      .call('POST', '/inventory/validations', { body })
      .catch((error: unknown) => ({ status: 0, body: { code: String(error) } }));
    last = reply.body;
    return reply.status === 200 || reply.body.code === 'inventory_insufficient' || undefined;
  }, 60_000).catch((error: unknown) => {
    throw new Error(`no answer after ${where}: ${JSON.stringify(last)}`, { cause: error });
  });
}

/** Some of what clients were told, asked for again. */
async function repeatSome(count: number): Promise<void> {
  const done = client.told.filter(({ status }) => status < 300);
  if (done.length === 0) return;
  const some = Array.from({ length: count }, () => done[Math.floor(random.next() * done.length)]);
  await Promise.all(some.map((told) => (told === undefined ? undefined : client.repeat(told))));
}

/** Reads while the database may still be coming back. */
async function brokenRules(): Promise<string[]> {
  const told = [...client.told];
  return eventually(() => sale.violations(told).catch(() => undefined), 30_000);
}

async function killOnce(index: number): Promise<Victim> {
  await sleep(50 + random.next() * 700);
  const victim = random.pick<Victim>([
    'service',
    'service',
    'postgres',
    'postgres',
    'jobs',
    'one process of postgres',
    'service and postgres',
  ]);
  const where = `kill ${index} (${victim}), KILLS_SEED=${seed}`;
  await VICTIMS[victim]();
  await untilItAnswers(where);
  expect(await brokenRules(), where).toEqual([]);
  await repeatSome(SAMPLE);
  expect(client.contradictions, where).toEqual([]);
  // Only a kill of its own ends a process.
  expect([service.isAlive('service'), service.isAlive('jobs')], where).toEqual([true, true]);
  return victim;
}

test(`a sale to ${BUYERS} people amid ${KILLS} kills (KILLS_SEED=${seed}): no promise is broken`, async () => {
  console.log(`KILLS_SEED=${seed}`);
  crowd = startCrowd(BUYERS, seed, { service, client, operatorToken: await operatorToken() });
  const deaths: Victim[] = [];
  try {
    for (let index = 1; index <= KILLS; index += 1) {
      deaths.push(await killOnce(index));
      if (index % 10 === 0) console.log(`${index} kills, ${client.told.length} answers`);
    }
  } catch (error) {
    // Why the kills ended says more than what it then did to the crowd.
    await crowd.leave().catch(() => {});
    throw error;
  }
  await crowd.leave();
  const tally = Object.entries(Object.groupBy(deaths, (victim) => victim));
  console.log(tally.map(([victim, { length } = []]) => `${length} ${victim}`).join(', '));
  console.log(
    [...crowd.ends]
      .map(([end, count]) => `${count} ${end}`)
      .sort()
      .join('\n'),
  );
}, 1_200_000);

/** Active holds, the orders they are for, and the jobs that look after them. */
async function whatIsHeld(): Promise<unknown> {
  return service.rows(
    `select h.hold_id, h.expiry, h.expires_at, o.session_state,
            (select jsonb_agg(jsonb_build_object('task', j.task_identifier, 'attempts', j.attempts, 'run_at', j.run_at,
                                                 'locked_by', j.locked_by, 'last_error', j.last_error))
               from graphile_worker.jobs j where j.key like '%:' || o.order_id) as jobs
       from hold h left join sales_order o on o.shop_id = h.shop_id and o.order_id = h.order_id
      where h.state = 'active'`,
  );
}

test('then every hold has ended, every key is free or answered, and Stripe, stock and ledger agree', async () => {
  // Whoever left has lost the stock again, at the latest when the hold's time was over. A job that met several deaths
  // waits for minutes before its next try: as though they had gone by.
  await eventually(async () => {
    const active = await service.rows(`select hold_id from hold where state = 'active'`);
    if (active.length === 0) return true;
    await service.rows(
      `update graphile_worker._private_jobs set run_at = now() where attempts > 0 and locked_at is null and run_at > now()`,
    );
    await sleep(1_000);
    return undefined;
  }, 90_000).catch(async (error: unknown) => {
    throw new Error(`still held: ${JSON.stringify(await whatIsHeld())}`, { cause: error });
  });
  expect(await invariants.atRest(60_000)).toEqual([]);
  expect(
    await service.rows(`select operation from idempotency_claim where state = 'running'`),
  ).toEqual([]);
  expect(await brokenRules()).toEqual([]);
  await repeatSome(100);
  expect(client.contradictions).toEqual([]);
});
