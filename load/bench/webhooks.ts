/** Webhooks: events acknowledged, against a bare endpoint that inserts one row, and a backlog drained: see webhooks/README.md. */
import type { Comparison, Contest, Prepared } from './bench.ts';
import { startCluster } from './cluster.ts';
import { type Acknowledging, acknowledgingOn } from './webhooks/acknowledging.ts';
import { type Backlog, type BacklogSize, backlogOn } from './webhooks/backlog.ts';
import { prepareStage } from './webhooks/stage.ts';

const SECONDS = 3;
const QUICK_SECONDS = 0.5;
const ROUNDS = 10;
const QUICK_ROUNDS = 3;
const CALLERS = [64, 512];
const BACKLOG: BacklogSize = { events: 100_000, shops: 1_000, poisonedShops: 20 };
const QUICK_BACKLOG: BacklogSize = { events: 1_000, shops: 50, poisonedShops: 2 };
const BACKLOG_ROUNDS = 2;

export async function prepare({ quick }: { quick: boolean }): Promise<Prepared> {
  const cluster = await startCluster();
  const closing: (() => Promise<void>)[] = [() => cluster.stop()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const database = await cluster.createDatabase('bench');
    const size = quick ? QUICK_BACKLOG : BACKLOG;
    const stage = await prepareStage(database, size.shops);
    const acknowledging = await acknowledgingOn(stage, database, size.shops);
    closing.push(() => acknowledging.stop());
    const seconds = quick ? QUICK_SECONDS : SECONDS;
    return {
      cases: [
        ...CALLERS.map((callers) => acknowledgedContest(acknowledging, callers, seconds)),
        backlogContest(backlogOn(stage, acknowledging, size), size),
      ],
      rounds: quick ? QUICK_ROUNDS : ROUNDS,
      leftOut: quick ? leftOut() : [],
      notes: [cluster.version, ...NOTES],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const NOTES = [
  'of five events three complete an order, one is a duplicate and one of no interest; the same bytes go to both sides',
  "ours verifies the gateway's and Stripe's signature, resolves the shop and enqueues the job; the reference does nothing but insert",
  'after each round the stored events are counted, and after each drain the orders that were applied and the units that were sold',
  'a backlog is drained by one process of jobs; its duplicates and what is of no interest were finished when they were acknowledged',
];

function leftOut(): string[] {
  return [
    `${ROUNDS - QUICK_ROUNDS} of ${ROUNDS} rounds, of ${QUICK_SECONDS} s instead of ${SECONDS}`,
    `a backlog of ${BACKLOG.events.toLocaleString('en')} events over ${BACKLOG.shops.toLocaleString('en')} shops: ` +
      `${QUICK_BACKLOG.events.toLocaleString('en')} over ${QUICK_BACKLOG.shops} instead`,
  ];
}

type Told = Omit<Comparison, 'name' | 'ours' | 'reference'>;

function acknowledgedContest(
  acknowledging: Acknowledging,
  callers: number,
  seconds: number,
): Contest {
  const compared = (name: string, told: Told): Comparison => ({
    name: `${callers} callers: ${name}`,
    ours: 'ours',
    reference: 'reference',
    ...told,
  });
  return {
    sides: {
      ours: () => acknowledging.round('ours', callers, seconds),
      reference: () => acknowledging.round('reference', callers, seconds),
    },
    comparisons: [
      compared('events acknowledged, to a bare endpoint that inserts one row', {
        unit: 'events/s',
        better: 'higher',
        figure: 'eventsPerSecond',
        aim: 1,
      }),
      compared('p99 of an acknowledgement, to the bare endpoint', {
        unit: 'ms',
        better: 'lower',
        figure: 'p99Ms',
        aim: 1,
      }),
      compared('median of an acknowledgement, to the bare endpoint', {
        unit: 'ms',
        better: 'lower',
        figure: 'medianMs',
        aim: null,
      }),
    ],
  };
}

function backlogContest(backlog: Backlog, { events, shops, poisonedShops }: BacklogSize): Contest {
  const prefix = `backlog of ${events.toLocaleString('en')} events, ${shops.toLocaleString('en')} shops`;
  return {
    rounds: BACKLOG_ROUNDS,
    sides: {
      acknowledged: () => backlog.acknowledged(),
      drained: () => backlog.drained(),
      poisoned: () => backlog.poisoned(),
    },
    comparisons: [
      {
        name: `${prefix}: drained, to acknowledged`,
        unit: 'events/s',
        better: 'higher',
        figure: 'eventsPerSecond',
        ours: 'drained',
        reference: 'acknowledged',
        aim: 0.3,
      },
      {
        name: `${prefix}: time of the others amid ${poisonedShops} shops of poison, to none`,
        unit: 's',
        better: 'lower',
        figure: 'seconds',
        ours: 'poisoned',
        reference: 'drained',
        aim: 1.25,
      },
      {
        name: `${prefix}: orders completed amid poison, to none`,
        unit: 'orders/s',
        better: 'higher',
        figure: 'ordersPerSecond',
        ours: 'poisoned',
        reference: 'drained',
        aim: null,
      },
    ],
  };
}
