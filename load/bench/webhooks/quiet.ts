/** What a quiet shop's event waits for, from its arrival to its end, alone and amid a shop of poison. */
import type { Figures } from '../bench.ts';
import { quantile } from '../statistics.ts';
import type { Acknowledging } from './acknowledging.ts';
import { until, whileJobsRun } from './jobs.ts';
import { ordersOf } from './orders.ts';
import type { Stage } from './stage.ts';

export type Quiet = { alone(): Promise<Figures>; amidPoison(): Promise<Figures> };

/** Far less than one process of jobs applies. */
const PER_SECOND = 50;
const CALLERS = 4;
const WARM_UP = 50;
/** Of the one shop whose every event waits for a lock until it fails. */
const POISON = 500;
const POISON_CALLERS = 64;

export function quietOn(
  stage: Stage,
  acknowledging: Acknowledging,
  shops: number,
  seconds: number,
): Quiet {
  let rounds = 0;
  const count = seconds * PER_SECOND;
  const send = async (round: string, events: number): Promise<void> => {
    await stage.openOrders(round, ordersOf(events));
    const stream = { round, from: 0, count: events, shops, poisonedShops: 0 };
    await acknowledging.deliver(stream, CALLERS, PER_SECOND);
  };
  const poison = async (round: string): Promise<void> => {
    await stage.openOrders(round, ordersOf(POISON), 1);
    const stream = { round, from: 0, count: POISON, shops: 1, poisonedShops: 1 };
    await acknowledging.deliver(stream, POISON_CALLERS);
  };
  const measured = (round: string): Promise<Figures> =>
    whileJobsRun(stage, async (look) => {
      await send(`${round}w`, WARM_UP);
      await send(round, count);
      const expected = ofOthers(ordersOf(count), shops);
      const waited = await until(look, async () => {
        const ended = await stage.waited(round, 1);
        return ended.length >= expected ? ended : undefined;
      });
      return { p99Ms: quantile(waited, 0.99) * 1_000, medianMs: quantile(waited, 0.5) * 1_000 };
    });
  return {
    alone: async () => {
      await stage.reset();
      return measured(`quiet${rounds++}`);
    },
    amidPoison: async () => {
      await stage.reset();
      const round = `quiet${rounds++}`;
      await poison(`${round}p`);
      const letGo = await stage.lockShop(0);
      try {
        return await measured(round);
      } finally {
        await letGo();
      }
    },
  };
}

/** Orders go to the shops in turn; the first shop is the one that poison comes to. */
function ofOthers(orders: number, shops: number): number {
  return orders - Math.ceil(orders / shops);
}
