/** A crowd of buyers and an operator at one shop, whose choices a seed repeats. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../platform/clock.ts';
import { newKey } from './gateway.ts';
import type { PersistentClient, Told } from './persistent-client.ts';
import type { ProcessService } from './process-service.ts';
import { type Random, randomFrom } from './random.ts';

export type Crowd = {
  /** Resolves when everybody has come to the end of what they were doing. Fails when somebody could not. */
  leave(): Promise<void>;
  /** How often each plan came to each end. */
  readonly ends: ReadonlyMap<string, number>;
};

type Someone = {
  readonly service: ProcessService;
  readonly client: PersistentClient;
  readonly random: Random;
  readonly operatorToken: string;
  /** Payments of orders, each of which may pay for one hold beside. */
  readonly payments: string[];
  /** Thinks for a moment. */
  pause(): Promise<void>;
};

type Plan = (one: Someone) => Promise<string>;

const itemsFor = ({ random }: Someone) => [
  { sku: random.pick(['mug', 'mug', 'bag']), quantity: random.pick([1, 1, 2]) },
  ...(random.next() < 0.3 ? [{ sku: 'bag', quantity: 1 }] : []),
];

/** What a refusal is called; any other status is a fault of the service. */
function refusal({ status, body }: Told): string {
  if (status === 409 || status === 404 || status === 422) return String(body.code);
  throw new Error(`answered ${status} ${JSON.stringify(body)}`);
}

async function checkout(one: Someone, body: object = {}): Promise<Told> {
  const email = `${newKey().toLowerCase()}@example.com`;
  const request = { items: itemsFor(one), customer: { email }, ...body };
  const asked = () => one.client.ask('POST', '/checkout-sessions', { key, body: request });
  const key = newKey();
  // Some click twice.
  const [first] = await Promise.all(one.random.next() < 0.2 ? [asked(), asked()] : [asked()]);
  await one.pause();
  return first;
}

const tell = (one: Someone, verb: 'finalize' | 'cancel', { body }: Told): Promise<Told> =>
  one.client.ask('POST', `/checkout-sessions/${body.checkoutSessionId}/${verb}`, {
    bearer: body.accessToken,
  });

async function pay(one: Someone, created: Told, outcome = 'succeeded'): Promise<boolean> {
  const { status } = await one.service.pay(created.body.checkoutSessionId, outcome);
  return status === 200;
}

const buy: Plan = async (one) => {
  const created = await checkout(one);
  if (created.status !== 201) return refusal(created);
  if (one.random.next() < 0.3) await pay(one, created, 'declined');
  if (!(await pay(one, created))) return 'came too late';
  const { checkoutSessionId } = created.body;
  const { body } = await one.service.standInControl('GET', `/sessions/${checkoutSessionId}`);
  if (one.random.next() < 0.5) {
    const told = await tell(one, 'finalize', created);
    if (told.status !== 200) return refusal(told);
    if (told.body.status === 'confirmed') one.payments.push(body.paymentIntent.id);
  }
  return 'paid';
};

const payByBank: Plan = async (one) => {
  const created = await checkout(one);
  if (created.status !== 201) return refusal(created);
  if (!(await pay(one, created, 'processing'))) return 'came too late';
  await one.pause();
  const outcome = one.random.pick(['succeeded', 'failed']);
  const path = `/sessions/${created.body.checkoutSessionId}/settle`;
  await one.service.standInControl('POST', path, { outcome });
  return outcome;
};

const cancel: Plan = async (one) => {
  const created = await checkout(one);
  if (created.status !== 201) return refusal(created);
  const told = await tell(one, 'cancel', created);
  return told.status === 200 ? told.body.status : refusal(told);
};

const abandon: Plan = async (one) => {
  const created = await checkout(one);
  return created.status === 201 ? 'left' : refusal(created);
};

/** Asks, and is not there when the answer comes. */
const vanish: Plan = async (one) => {
  const email = `${newKey().toLowerCase()}@example.com`;
  const body = { items: itemsFor(one), customer: { email } };
  await one.service.call('POST', '/checkout-sessions', { key: newKey(), body }).catch(() => {});
  return 'gone';
};

/** Changes the cart after checking it out: the newer checkout ends the older one. */
const checkOutTwice: Plan = async (one) => {
  const id = systemClock.id('cart');
  const cart = () => ({ items: undefined, cart: { id, lines: [{ sku: 'mug', quantity: 1 }] } });
  const older = await checkout(one, cart());
  const newer = await checkout(one, cart());
  if (newer.status !== 201) return refusal(newer);
  if (older.status === 201 && (await pay(one, older))) return 'the older one was paid';
  return (await pay(one, newer)) ? 'paid' : 'came too late';
};

const hold: Plan = async (one) => {
  const { client, random, payments } = one;
  const body = { items: itemsFor(one), ttlSeconds: 30 };
  const held = await client.ask('POST', '/holds', { body });
  if (held.status !== 201) return refusal(held);
  const on = (verb: string, request: object): Promise<Told> =>
    client.ask('POST', `/holds/${held.body.holdId}/${verb}`, { body: request });
  await one.pause();
  if (random.next() < 0.5) {
    const extended = await on('extend', { ttlSeconds: 35 });
    if (extended.status !== 200) return refusal(extended);
  }
  const payment = random.next() < 0.6 ? payments.pop() : undefined;
  if (payment !== undefined) {
    const committed = await on('commit', { paymentReference: payment });
    return committed.status === 200 ? committed.body.state : refusal(committed);
  }
  if (random.next() < 0.2) return 'left';
  const released = await on('release', {});
  return released.status === 200 ? released.body.state : refusal(released);
};

const adjust: Plan = async ({ client, random, operatorToken }) => {
  const change = random.pick([
    { kind: 'restock', quantity: 6 },
    { kind: 'restock', quantity: 3 },
    { kind: 'correction', quantity: -2 },
  ]);
  const variantKey = random.pick(['v1:mug', 'v1:bag']);
  const told = await client.ask('POST', '/ops/v1/shops/aurora/stock/adjustments', {
    shop: null,
    bearer: operatorToken,
    body: { variantKey, reason: 'Counted', ...change },
  });
  return told.status === 200 ? change.kind : refusal(told);
};

const PLANS = {
  buy,
  payByBank,
  cancel,
  abandon,
  vanish,
  checkOutTwice,
  hold,
  adjust,
} as const satisfies Record<string, Plan>;
const CHOICES: readonly [keyof typeof PLANS, ...(keyof typeof PLANS)[]] = [
  'buy',
  'buy',
  'buy',
  'payByBank',
  'cancel',
  'abandon',
  'vanish',
  'checkOutTwice',
  'hold',
  'hold',
  'hold',
  'adjust',
];

/** Starts `size` people, each of whom does one thing after another. */
export function startCrowd(
  size: number,
  seed: number,
  around: Pick<Someone, 'service' | 'client' | 'operatorToken'>,
): Crowd {
  const ends = new Map<string, number>();
  const payments: string[] = [];
  let over = false;
  const live = async (random: Random): Promise<void> => {
    const pause = async (): Promise<void> => {
      await sleep(random.next() * 600);
    };
    const someone: Someone = { ...around, random, payments, pause };
    while (!over) {
      await pause();
      const name = random.pick(CHOICES);
      const end = `${name}: ${await PLANS[name](someone)}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  };
  const everybody = Promise.all(
    Array.from({ length: size }, (_, index) => live(randomFrom(seed + index))),
  );
  // It is looked at when they leave.
  everybody.catch(() => {});
  return {
    leave: async () => {
      over = true;
      await everybody;
    },
    ends,
  };
}
