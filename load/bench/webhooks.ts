/** Webhooks: events acknowledged, against a bare endpoint that inserts one row, and a backlog drained: see webhooks/README.md. */
import type { Comparison, Contest, Prepared, PrepareOptions } from './bench.ts';
import { startCluster } from './cluster.ts';
import { type Acknowledging, acknowledgingOn } from './webhooks/acknowledging.ts';
import { type Backlog, type BacklogSize, backlogOn } from './webhooks/backlog.ts';
import { type Quiet, quietOn } from './webhooks/quiet.ts';
import { prepareStage } from './webhooks/stage.ts';

const SECONDS = 3;
const QUICK_SECONDS = 0.5;
const ROUNDS = 10;
const QUICK_ROUNDS = 3;
const CALLERS = [64, 512];
const BACKLOG_EVENTS = 100_000;
const QUICK_BACKLOG_EVENTS = 1_000;
const BACKLOG_ROUNDS = 3;
const QUIET_SECONDS = 20;
const QUICK_QUIET_SECONDS = 2;
const QUIET_ROUNDS = 5;
/** Of everything that does not take its rounds from the whole. */
const QUICK_LONG_ROUNDS = 2;

/** Ten shops at least, of which a fiftieth, two at least, are poisoned. */
function backlogOf(events: number): BacklogSize {
  const shops = Math.max(10, Math.round(events / 100));
  return { events, shops, poisonedShops: Math.max(2, Math.round(shops / 50)) };
}

export async function prepare({ quick, events }: PrepareOptions): Promise<Prepared> {
  const cluster = await startCluster();
  const closing: (() => Promise<void>)[] = [() => cluster.stop()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const database = await cluster.createDatabase('bench');
    const size = backlogOf(events ?? (quick ? QUICK_BACKLOG_EVENTS : BACKLOG_EVENTS));
    const stage = await prepareStage(database, size.shops);
    const acknowledging = await acknowledgingOn(stage, database, size.shops);
    closing.push(() => acknowledging.stop());
    const seconds = quick ? QUICK_SECONDS : SECONDS;
    const quietSeconds = quick ? QUICK_QUIET_SECONDS : QUIET_SECONDS;
    return {
      cases: [
        ...CALLERS.map((callers) => acknowledgedContest(acknowledging, callers, seconds)),
        quietContest(quietOn(stage, acknowledging, size.shops, quietSeconds), quick),
        backlogContest(backlogOn(stage, acknowledging, size), size, quick),
      ],
      rounds: quick ? QUICK_ROUNDS : ROUNDS,
      leftOut: leftOut(quick, size),
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
  'poison: a shop whose every event cannot be applied; the orders of the first such shop are locked, so that its events wait until they fail',
  'a backlog is drained by one process of jobs; its duplicates and what is of no interest were finished when they were acknowledged',
];

function leftOut(quick: boolean, { events, shops }: BacklogSize): string[] {
  const asked = backlogOf(BACKLOG_EVENTS);
  const smaller =
    `a backlog of ${asked.events.toLocaleString('en')} events over ${asked.shops.toLocaleString('en')} shops: ` +
    `${events.toLocaleString('en')} over ${shops.toLocaleString('en')} instead`;
  return [
    ...(quick
      ? [
          `${ROUNDS - QUICK_ROUNDS} of ${ROUNDS} rounds, of ${QUICK_SECONDS} s instead of ${SECONDS}`,
          `quiet shops for ${QUIET_SECONDS} s: ${QUICK_QUIET_SECONDS} s instead`,
        ]
      : []),
    ...(events === asked.events ? [] : [smaller]),
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

function quietContest(quiet: Quiet, quick: boolean): Contest {
  const compared = (name: string, told: Pick<Told, 'figure' | 'aim'>): Comparison => ({
    name: `a quiet shop's event, from its arrival to its end: ${name} amid a shop of poison, to none`,
    unit: 'ms',
    better: 'lower',
    ours: 'amidPoison',
    reference: 'alone',
    ...told,
  });
  return {
    rounds: quick ? QUICK_LONG_ROUNDS : QUIET_ROUNDS,
    isLong: true,
    sides: { alone: () => quiet.alone(), amidPoison: () => quiet.amidPoison() },
    comparisons: [
      compared('p99', { figure: 'p99Ms', aim: 2 }),
      compared('median', { figure: 'medianMs', aim: null }),
    ],
  };
}

function backlogContest(
  backlog: Backlog,
  { events, shops, poisonedShops }: BacklogSize,
  quick: boolean,
): Contest {
  const prefix = `backlog of ${events.toLocaleString('en')} events, ${shops.toLocaleString('en')} shops`;
  return {
    rounds: quick ? QUICK_LONG_ROUNDS : BACKLOG_ROUNDS,
    isLong: true,
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
