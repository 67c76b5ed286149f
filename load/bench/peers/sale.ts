/** The sale that everybody runs: so many units of one variant, and buyers who come one after another, some at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.ts';

/** How a buyer's whole journey ended: paid for, told that there is nothing left, or broken off, with why. */
export type Outcome =
  | { readonly kind: 'ordered' }
  | { readonly kind: 'sold_out' }
  | { readonly kind: 'error'; readonly what: string };

/** A shop that is open: servers that run on a database of their own, with one variant to sell. */
export type OpenShop = {
  /** Sets the stock so that exactly this many units can still be sold. */
  stock(units: number): Promise<void>;
  /** One buyer's journey, through process number `buyer` modulo their count. Never rejects for what a server said. */
  buy(buyer: number): Promise<Outcome>;
  /** Of orders that are placed and paid, by the database and not by what buyers were told. */
  sold(): Promise<{ readonly orders: number; readonly units: number }>;
  /** Ends every process that was begun. */
  close(): Promise<void>;
};

export type SalePlan = {
  readonly units: number;
  /** Null where they keep coming until the time is over. */
  readonly buyers: number | null;
  readonly atATime: number;
  /** Nobody begins after this; who has begun may finish. */
  readonly seconds: number;
};

export type SaleFigures = {
  readonly orders: number;
  readonly unitsSold: number;
  readonly oversold: number;
  /** From the first request to the answer to the last order. */
  readonly seconds: number;
  readonly ordersPerSecond: number;
  /** Of whole journeys that ended in an order; null where there was none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly begun: number;
  readonly soldOut: number;
  readonly errors: number;
  /** How often each kind of error was answered. */
  readonly complaints: Readonly<Record<string, number>>;
};

type Tally = {
  begun: number;
  soldOut: number;
  errors: number;
  complaints: Record<string, number>;
  latenciesMs: number[];
  lastOrderAt: number;
};

const PROGRESS_MS = 15_000;
/** A stuck shop does not answer, and must not sell the first of a round while a second one waits. */
const MAX_COMPLAINTS = 12;

/** Some journeys that do not count: code is compiled, connections are open, caches are filled. */
export async function warmUp(shop: OpenShop, buyers: number, atATime: number): Promise<void> {
  await shop.stock(buyers);
  const errors: string[] = [];
  await inLanes(atATime, buyers, async (buyer) => {
    const outcome = await shop.buy(buyer);
    if (outcome.kind === 'error') errors.push(outcome.what);
  });
  if (errors.length > buyers / 2) throw new Error(`nobody could buy: ${errors[0]}`);
}

export async function runSale(
  shop: OpenShop,
  plan: SalePlan,
  progress: (line: string) => void,
): Promise<SaleFigures> {
  await shop.stock(plan.units);
  const before = await shop.sold();
  const startedAt = performance.now();
  const tally: Tally = {
    begun: 0,
    soldOut: 0,
    errors: 0,
    complaints: {},
    latenciesMs: [],
    lastOrderAt: startedAt,
  };
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const { latenciesMs, soldOut, errors } = tally;
    progress(`${seconds} s: ${latenciesMs.length} ordered, ${soldOut} sold out, ${errors} errors`);
  }, PROGRESS_MS);
  try {
    await serve(shop, plan, startedAt, tally);
  } finally {
    clearInterval(timer);
  }
  const after = await settled(shop);
  return figuresOf(plan, tally, startedAt, {
    orders: after.orders - before.orders,
    units: after.units - before.units,
  });
}

/** Who keeps coming goes home when told that it is sold out: there is nothing more to measure. */
async function serve(
  shop: OpenShop,
  plan: SalePlan,
  startedAt: number,
  tally: Tally,
): Promise<void> {
  const endsAt = startedAt + plan.seconds * 1_000;
  await inLanes(plan.atATime, plan.buyers ?? Number.POSITIVE_INFINITY, async (buyer) => {
    const begunAt = performance.now();
    if (begunAt >= endsAt) return 'enough';
    tally.begun += 1;
    const outcome = await shop.buy(buyer);
    note(tally, outcome, performance.now() - begunAt);
    if (plan.buyers === null && outcome.kind === 'sold_out') return 'enough';
  });
}

function note(tally: Tally, outcome: Outcome, tookMs: number): void {
  if (outcome.kind === 'ordered') {
    tally.latenciesMs.push(tookMs);
    tally.lastOrderAt = performance.now();
  } else if (outcome.kind === 'sold_out') tally.soldOut += 1;
  else {
    tally.errors += 1;
    const { complaints } = tally;
    const known = outcome.what in complaints || Object.keys(complaints).length < MAX_COMPLAINTS;
    const what = known ? outcome.what : 'others';
    complaints[what] = (complaints[what] ?? 0) + 1;
  }
}

async function inLanes(
  lanes: number,
  buyers: number,
  one: (buyer: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < buyers) {
        const buyer = next;
        next += 1;
        if ((await one(buyer)) === 'enough') return;
      }
    }),
  );
}

/** What a server was still at when its buyer gave up counts as well: asked until it stays the same. */
async function settled(shop: OpenShop): Promise<{ orders: number; units: number }> {
  let last = await shop.sold();
  for (let asked = 0; asked < 10; asked += 1) {
    await sleep(500);
    const now = await shop.sold();
    if (now.orders === last.orders && now.units === last.units) return now;
    last = now;
  }
  return last;
}

function figuresOf(
  plan: SalePlan,
  tally: Tally,
  startedAt: number,
  { orders, units }: { orders: number; units: number },
): SaleFigures {
  const { begun, soldOut, errors, complaints, latenciesMs, lastOrderAt } = tally;
  const seconds = (lastOrderAt - startedAt) / 1_000;
  const quantileMs = (q: number) => (latenciesMs.length === 0 ? null : quantile(latenciesMs, q));
  return {
    orders,
    unitsSold: units,
    oversold: Math.max(0, units - plan.units),
    seconds,
    ordersPerSecond: seconds === 0 ? 0 : orders / seconds,
    p50Ms: quantileMs(0.5),
    p99Ms: quantileMs(0.99),
    begun,
    soldOut,
    errors,
    complaints,
  };
}
