import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TrafficOrder, TrafficReport } from './orders.ts';

/** Enough that a Worker never waits for work, few enough that the load needs little of the machine. */
const CONNECTIONS = 16;

/** The process that makes the load. One order at a time. */
export interface Load {
  drive(order: Omit<TrafficOrder, 'connections'>): Promise<TrafficReport>;
  stop(): void;
}

type Message = { readonly report: TrafficReport } | { readonly error: string };

export async function startLoad(): Promise<Load> {
  const child = fork(fileURLToPath(new URL('traffic.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return {
    drive: (order) =>
      new Promise((resolve, reject) => {
        const onExit = () => reject(new Error('the load process ended'));
        child.once('exit', onExit);
        child.once('message', (message: Message) => {
          child.off('exit', onExit);
          if ('report' in message) resolve(message.report);
          else reject(new Error(message.error));
        });
        child.send({ ...order, connections: CONNECTIONS } satisfies TrafficOrder);
      }),
    stop: () => child.disconnect(),
  };
}
