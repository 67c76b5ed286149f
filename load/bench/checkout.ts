/** Whole orders: ours against the same journey with a transaction for each step, see checkout/README.md. */
import type { Comparison, Contest, Figures, Prepared } from './bench.ts';
import type { BuyersOrder, BuyersReport, Seller, Way } from './checkout/orders.ts';
import { type Market, prepareMarket, type Sellers } from './checkout/platform.ts';
import { startCluster } from './cluster.ts';
import { type Forked, startForked } from './forked.ts';
import { quantile } from './statistics.ts';

const SECONDS = 5;
const QUICK_SECONDS = 2;
const ROUNDS = 6;
const QUICK_ROUNDS = 3;

type Buyers = Forked<BuyersOrder, BuyersReport>;
type Crowd = { readonly way: Way; readonly buyers: number };

const CROWDS: readonly Crowd[] = (['node', 'edge'] as const).flatMap((way) =>
  [1, 64, 512].map((buyers) => ({ way, buyers })),
);
/** The aims are for this crowd, whichever way it comes. */
const AIMED_BUYERS = 64;
const QUICK_CROWD: Crowd = { way: 'node', buyers: AIMED_BUYERS };

const NOTES = [
  'the naive shop confirms an order in the webhook itself, and reads one event of those that the stand-in sends for it; ours stores and applies all of them',
  'both check the same signature, contract, idempotency key and token; both answers are held against the contract',
  'after each round the units sold and held are compared with the orders that were confirmed',
];

export async function prepare({ quick }: { quick: boolean }): Promise<Prepared> {
  const cluster = await startCluster();
  const closing: (() => Promise<void>)[] = [() => cluster.stop()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const market = await prepareMarket(await cluster.createDatabase('bench'));
    const buyers: Buyers = await startForked('checkout/buyers.ts', import.meta.url, {
      BENCH_GATEWAY_KEY: market.gatewayPrivateKey,
    });
    closing.push(() => buyers.stop());
    const notes = [cluster.version, ...NOTES];
    const stage = stageOf(market, buyers, (note) => notes.push(note));
    closing.push(() => stage.close());
    const crowds = quick ? [QUICK_CROWD] : CROWDS;
    return {
      cases: crowds.map((crowd) => contest(stage, crowd, quick ? QUICK_SECONDS : SECONDS)),
      rounds: quick ? QUICK_ROUNDS : ROUNDS,
      leftOut: quick ? leftOut() : [],
      notes,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function leftOut(): string[] {
  const crowds = CROWDS.filter(
    ({ way, buyers }) => way !== QUICK_CROWD.way || buyers !== QUICK_CROWD.buyers,
  );
  return [
    ...crowds.map(said),
    `${ROUNDS - QUICK_ROUNDS} of ${ROUNDS} rounds, of ${QUICK_SECONDS} s instead of ${SECONDS}`,
  ];
}

function said({ way, buyers }: Crowd): string {
  const place = way === 'node' ? 'node service' : 'edge';
  return `${place}, ${buyers} ${buyers === 1 ? 'buyer' : 'buyers'}`;
}

function contest(stage: Stage, crowd: Crowd, seconds: number): Contest {
  const isAimed = crowd.buyers === AIMED_BUYERS;
  const compared = (name: string, told: Omit<Comparison, 'name' | 'ours' | 'reference'>) => ({
    name: `${said(crowd)}: ${name}`,
    ours: 'ours',
    reference: 'naive',
    ...told,
  });
  return {
    begin: () => stage.open(crowd.way),
    sides: {
      ours: () => stage.round('ours', crowd, seconds),
      naive: () => stage.round('naive', crowd, seconds),
    },
    comparisons: [
      compared('orders/s, to a transaction for each step', {
        unit: 'orders/s',
        better: 'higher',
        figure: 'ordersPerSecond',
        aim: isAimed ? 3 : null,
      }),
      compared('p99 of an order, to a transaction for each step', {
        unit: 'ms',
        better: 'lower',
        figure: 'p99Ms',
        aim: isAimed ? 0.25 : null,
      }),
      compared('median of an order, to a transaction for each step', {
        unit: 'ms',
        better: 'lower',
        figure: 'medianMs',
        aim: null,
      }),
      compared("CPU time an order, of the seller's own processes", {
        unit: 'ms',
        better: 'lower',
        figure: 'sellerCpuMs',
        aim: null,
      }),
      compared('CPU time an order, of the stand-in', {
        unit: 'ms',
        better: 'lower',
        figure: 'standInCpuMs',
        aim: null,
      }),
    ],
  };
}

type Stage = ReturnType<typeof stageOf>;

/** Keeps the sellers of one way running, until another way is asked for. */
function stageOf(market: Market, buyers: Buyers, note: (text: string) => void) {
  let current: { readonly way: Way; readonly sellers: Sellers } | undefined;
  const close = async (): Promise<void> => {
    await current?.sellers.stop();
    current = undefined;
  };
  return {
    close,
    open: async (way: Way): Promise<void> => {
      if (current?.way === way) return;
      await close();
      current = { way, sellers: await market.open(way) };
    },
    round: async (seller: Seller, crowd: Crowd, seconds: number): Promise<Figures> => {
      if (current?.way !== crowd.way) throw new Error(`nobody sells by way of ${crowd.way}`);
      const door = current.sellers.doors[seller];
      const before = await market.levels(seller);
      const cpuMs = await door.cpuMs();
      const { port, standInUrl } = door;
      const report = await buyers.send({ ...crowd, port, standInUrl, seconds });
      const used = await door.cpuMs();
      expectSold(seller, before, await market.levels(seller), report);
      if (report.busy > 0)
        note(`${said(crowd)}: ${seller} said inventory_busy ${report.busy} times in a round`);
      return {
        ordersPerSecond: report.confirmed / report.seconds,
        p99Ms: quantile([...report.orderMs], 0.99),
        medianMs: quantile([...report.orderMs], 0.5),
        standInCpuMs: (used.standIn - cpuMs.standIn) / report.confirmed,
        sellerCpuMs: (used.seller - cpuMs.seller) / report.confirmed,
      };
    },
  };
}

type Levels = Awaited<ReturnType<Market['levels']>>;

/** No error is allowed, and what is sold is what was confirmed. */
function expectSold(seller: Seller, before: Levels, after: Levels, report: BuyersReport): void {
  if (Object.keys(report.errors).length > 0)
    throw new Error(`${seller}: orders came to nothing: ${JSON.stringify(report.errors)}`);
  const sold = after.sold - before.sold;
  if (sold === report.confirmed && after.held === before.held) return;
  throw new Error(
    `${seller}: ${report.confirmed} orders are confirmed, but ${sold} units are sold, and ${after.held - before.held} more are held`,
  );
}
