/**
 * Histories of orders and subscriptions, told to two copies of one database: to one in the order in which they happened,
 * to the other in any order, some of it twice, by both doors and through two processes.
 */
import { createServer } from 'node:http';
import type Stripe from 'stripe';
import { copyTestDatabase, type TestDatabase } from '../../../local/test-database.ts';
import { createApp } from '../app.ts';
import { buildDeps } from '../build-deps.ts';
import { readConfig } from '../config.ts';
import { startLoops } from '../jobs/loops.ts';
import { startWorker } from '../jobs/worker.ts';
import { callService, listen, newKey } from './gateway.ts';
import { untilAnswered } from './patient-buyer.ts';
import {
  bring,
  type Door,
  type End,
  forEachAtOnce,
  type Ledger,
  openLedger,
  stripesBooks,
} from './pipeline.ts';
import { type ProcessService, startProcessService } from './process-service.ts';
import { type Random, randomFrom } from './random.ts';
import {
  createHistorian,
  type Historian,
  type History,
  type OpenOrder,
} from './stripe-histories.ts';

export type Told = {
  readonly events: number;
  readonly deliveries: number;
  readonly natural: End;
  readonly other: End;
  /** Of both: what is no state, and must not be. */
  readonly faults: readonly string[];
  /** What Stripe itself says at the end, and what the books of the second database say of the same. */
  readonly truth: readonly string[];
  readonly books: readonly string[];
};

const SHOPS = ['aurora', 'borealis'] as const;
/** So many are under way at once: all of their events are through before one of them is a minute old. */
const GROUP = 25;
const PATIENCE_MS = 120_000;

/** A service in this process. */
async function startInProcess(env: Readonly<Record<string, string>>, withJobs: boolean) {
  const deps = await buildDeps(readConfig(env), 'test');
  const server = createServer((await createApp(deps)).callback());
  const url = `http://127.0.0.1:${await listen(server)}`;
  const worker = withJobs ? await startWorker(deps) : undefined;
  const loops = worker && startLoops(deps, worker.lockNames);
  const stop = async (): Promise<void> => {
    await loops?.stop();
    await worker?.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await deps.db.close();
  };
  return { url, stop };
}

/** Two thirds of the histories are orders', with open sessions that nobody has paid yet. */
async function openOrders(service: ProcessService, count: number): Promise<OpenOrder[]> {
  // Each order gets what it wants, however often: what is scarce goes to whoever is heard of first.
  await service.rows('update stock set on_hand = 1000000');
  const shop = await startInProcess(service.env, false);
  const orders: OpenOrder[] = [];
  await forEachAtOnce(
    Array.from({ length: count }, (_, index) => SHOPS[index % SHOPS.length] ?? SHOPS[0]),
    async (shopId) => {
      const body = { items: await anItemOf(service, shopId) };
      const options = { shop: shopId, key: newKey(), body };
      const ask = () => callService(shop.url, 'POST', '/checkout-sessions', options);
      const reply = await untilAnswered(ask);
      if (reply.status !== 201) throw new Error(`${shopId}: ${JSON.stringify(reply.body)}`);
      orders.push({ shopId, ...reply.body });
    },
  );
  await shop.stop();
  return orders;
}

async function anItemOf(service: ProcessService, shopId: string): Promise<object[]> {
  const [row] = await service.rows<{ sku: string; attributes: object }>(
    `select v.sku, v.attributes from variant v join product p using (shop_id, sku)
      where v.shop_id = $1 and p.kind = 'sale' order by v.variant_key limit 1`,
    [shopId],
  );
  if (row === undefined) throw new Error(`${shopId} sells nothing`);
  return [{ sku: row.sku, quantity: 1, variantAttributes: row.attributes }];
}

async function playAll(
  historian: Historian,
  orders: readonly OpenOrder[],
  count: number,
): Promise<History[]> {
  const histories: History[] = [];
  for (const order of orders) histories.push(await historian.ofOrder(order));
  for (let index = orders.length; index < count; index += 1)
    histories.push(await historian.ofSubscription(SHOPS[index % SHOPS.length] ?? SHOPS[0]));
  return histories;
}

function groupsOf(histories: readonly History[]): History[][] {
  const groups: History[][] = [];
  for (let at = 0; at < histories.length; at += GROUP) groups.push(histories.slice(at, at + GROUP));
  return groups;
}

const idsOf = (events: readonly Stripe.Event[]): Set<string> => new Set(events.map(({ id }) => id));

/** A customer that names no shop is known by its subscription, which comes after it. */
function waitsForAnother(event: Stripe.Event): boolean {
  return event.type === 'customer.created' && event.data.object.metadata.shop_id === undefined;
}

/** One event of each history at a time, each finished before the next one of its history comes. */
async function tellInOrder(
  groups: readonly (readonly History[])[],
  tell: (event: Stripe.Event) => Promise<void>,
  ledger: Ledger,
): Promise<void> {
  for (const group of groups) {
    const longest = Math.max(...group.map(({ events }) => events.length));
    for (let step = 0; step < longest; step += 1) {
      const wave = group.flatMap(({ events }) => events[step] ?? []);
      await forEachAtOnce(wave, tell);
      const awaited = wave.filter((event) => !waitsForAnother(event));
      await ledger.untilFinished(idsOf(awaited), PATIENCE_MS);
    }
    await ledger.untilFinished(idsOf(group.flatMap(({ events }) => events)), PATIENCE_MS);
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  for (let end = left.length - 1; end > 0; end -= 1) {
    const at = Math.floor(random.next() * (end + 1));
    const [one, other] = [left[end], left[at]];
    if (one === undefined || other === undefined) throw new Error('no such place');
    [left[end], left[at]] = [other, one];
  }
  return left;
}

/**
 * Tells them all. The end of both databases is read when nothing is left to do, also of what the service itself has
 * done at Stripe meanwhile.
 */
export async function tellHistories(count: number, seed: number): Promise<Told> {
  const random = randomFrom(seed);
  const service = await startProcessService();
  let copy: TestDatabase | undefined;
  const ledgers: Ledger[] = [];
  try {
    const historian = await createHistorian(service, random);
    const orders = await openOrders(service, Math.ceil((count * 2) / 3));
    const histories = await playAll(historian, orders, count);
    copy = await copyTestDatabase(service.database);
    const [one, other] = [openLedger(copy.adminUrl), openLedger(service.database.adminUrl)];
    ledgers.push(one, other);
    const groups = groupsOf(histories);
    const told = await inNaturalOrder(service, copy, { groups, orders, ledger: one, historian });
    const { ours } = told;
    const deliveries = await inAnyOrder(service, groups, ours, other, random);
    const statuses = await statusesOf(service.otherUrl, orders);
    const events = histories.reduce((sum, history) => sum + history.events.length, ours.length);
    const faults = [...(await one.faults()), ...(await other.faults())];
    const natural = { ...(await one.end()), statuses: told.statuses };
    const shuffledEnd = { ...(await other.end()), statuses };
    const [truth, books] = [await stripesBooks(historian.stripe), await other.books()];
    return { events, deliveries, natural, other: shuffledEnd, faults, truth, books };
  } finally {
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    await service.stop();
    await copy?.drop();
  }
}

type InOrder = {
  readonly groups: readonly (readonly History[])[];
  readonly orders: readonly OpenOrder[];
  readonly ledger: Ledger;
  readonly historian: Historian;
};

/** @returns what the service has made Stripe tell of, which are refunds of its own, and what it says of each order */
async function inNaturalOrder(
  service: ProcessService,
  copy: TestDatabase,
  { groups, orders, ledger, historian }: InOrder,
): Promise<{ ours: Stripe.Event[]; statuses: string[] }> {
  const env = {
    ...service.env,
    TENANT_DATABASE_URL: copy.tenantUrl,
    PLATFORM_DATABASE_URL: copy.platformUrl,
  };
  const { url, stop } = await startInProcess(env, true);
  const tell = (event: Stripe.Event): Promise<void> => bring(url, service, event, 'stripe');
  try {
    await tellInOrder(groups, tell, ledger);
    const ours = await historian.sinceThen();
    await tellInOrder([[{ events: ours }]], tell, ledger);
    return { ours, statuses: await statusesOf(url, orders) };
  } finally {
    await stop();
  }
}

/** As the buyers are told: status, disputed, finalized. */
async function statusesOf(url: string, orders: readonly OpenOrder[]): Promise<string[]> {
  const statuses: string[] = [];
  await forEachAtOnce(orders, async ({ shopId: shop, orderId, accessToken: bearer }) => {
    const path = `/orders/${orderId}/status`;
    const { status, body } = await callService(url, 'GET', path, { shop, bearer });
    if (status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`);
    statuses.push(`${orderId} ${body.status} ${body.disputed} ${body.finalized}`);
  });
  return statuses.sort();
}

/** @returns how many deliveries there were */
async function inAnyOrder(
  service: ProcessService,
  groups: readonly (readonly History[])[],
  ours: readonly Stripe.Event[],
  ledger: Ledger,
  random: Random,
): Promise<number> {
  await Promise.all([
    service.start('service'),
    service.start('otherService'),
    service.start('jobs'),
    service.start('otherJobs'),
  ]);
  let deliveries = 0;
  for (const [index, group] of groups.entries()) {
    const own = group.flatMap(({ events }) => events);
    // What the service did of itself comes with the last of them, before or after it has done it here.
    const events = index === groups.length - 1 ? [...own, ...ours] : own;
    const again = events.filter(() => random.next() < 0.3);
    const sent = shuffled([...events, ...again], random).map((event) => ({
      event,
      door: random.pick<Door>(['stripe', 'billing']),
      url: random.pick([service.url, service.otherUrl]),
    }));
    deliveries += sent.length;
    await forEachAtOnce(sent, ({ event, door, url }) => bring(url, service, event, door));
    await ledger.untilFinished(idsOf(events), PATIENCE_MS);
  }
  return deliveries;
}
