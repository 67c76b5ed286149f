/** A backlog of events, and how it is drained by one process of jobs, as the platform runs it. */
import type { Figures } from '../bench.ts';
import type { Acknowledging } from './acknowledging.ts';
import { until, whileJobsRun } from './jobs.ts';
import { ordersOf } from './orders.ts';
import type { Progress, Stage } from './stage.ts';

export type BacklogSize = {
  readonly events: number;
  readonly shops: number;
  /** The first of these many shops has its orders locked, the others only events that cannot be applied. */
  readonly poisonedShops: number;
};

export type Backlog = {
  /** Events acknowledged a second, while nobody drains. Leaves the backlog for `drained`. */
  acknowledged(): Promise<Figures>;
  /** Events drained a second, of a backlog without poison. */
  drained(): Promise<Figures>;
  /** The same amid shops whose every event fails, or waits for a lock until it fails. */
  poisoned(): Promise<Figures>;
};

const CALLERS = 64;

export function backlogOn(stage: Stage, acknowledging: Acknowledging, size: BacklogSize): Backlog {
  let rounds = 0;
  let isFilled = false;
  const fill = async (poisonedShops: number): Promise<Figures> => {
    const round = `log${rounds++}`;
    const { events: count, shops } = size;
    await stage.reset();
    await stage.openOrders(round, ordersOf(count));
    isFilled = true;
    const events = { round, from: 0, count, shops, poisonedShops };
    const { seconds } = await acknowledging.deliver(events, CALLERS);
    return { eventsPerSecond: count / seconds };
  };
  const drain = async (poisonedShops: number): Promise<Figures> => {
    isFilled = false;
    const { events, shops } = size;
    const healthy = healthyOrders(ordersOf(events), shops, poisonedShops);
    const { applied, sold, seconds } = await drainBy(stage, poisonedShops);
    if (applied !== healthy || sold !== healthy)
      throw new Error(`${healthy} orders were paid, but ${applied} applied and ${sold} sold`);
    return { eventsPerSecond: events / seconds, ordersPerSecond: healthy / seconds, seconds };
  };
  return {
    acknowledged: () => fill(0),
    drained: async () => {
      if (!isFilled) await fill(0);
      return drain(0);
    },
    poisoned: async () => {
      await fill(size.poisonedShops);
      const letGo = await stage.lockShop(0);
      try {
        return await drain(size.poisonedShops);
      } finally {
        await letGo();
      }
    },
  };
}

/** Orders go to the shops in turn. */
function healthyOrders(orders: number, shops: number, poisonedShops: number): number {
  const rest = Math.max(0, (orders % shops) - poisonedShops);
  return Math.floor(orders / shops) * (shops - poisonedShops) + rest;
}

/** Until nothing waits at the shops from this one on. */
function drainBy(stage: Stage, fromShop: number): Promise<Progress> {
  return whileJobsRun(stage, (look) =>
    until(look, async () => {
      const now = await stage.progress(fromShop);
      return now.waiting === 0 ? now : undefined;
    }),
  );
}
