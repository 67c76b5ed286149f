/**
 * The three Workers as a process of their own: it logs to a file as the others do, and when the platform is killed it
 * still takes workerd with it. Settings: EDGE_OPTIONS, the JSON of `EdgeOptions`. Once the front door listens it sends
 * `{ ready: true, workerdPids }` over IPC.
 */

import { type EdgeOptions, startEdge } from './edge.ts';
import { childrenOf, isAlive } from './process-table.ts';

/** What the edge process tells its parent. */
export type EdgeReady = { ready: true; workerdPids: number[] };

const WATCH_EVERY_MS = 1_000;
/** As the cron trigger of the front door's wrangler.jsonc. */
const SCHEDULED_EVERY_MS = 60_000;

const options = JSON.parse(process.env.EDGE_OPTIONS ?? '') as EdgeOptions;
const edge = await startEdge({ ...options, onLogLine: (line) => console.log(line) });
const workerdPids = await childrenOf(process.pid);

let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  await edge.dispose();
  process.exit(0);
};
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());

// Miniflare does not notice when workerd is gone: end, so that both are started again.
setInterval(() => {
  if (stopping || workerdPids.every(isAlive)) return;
  console.error('workerd has ended');
  process.exit(1);
}, WATCH_EVERY_MS);

setInterval(() => {
  if (stopping) return;
  edge.runScheduled().catch((error: unknown) => console.error(String(error)));
}, SCHEDULED_EVERY_MS);

process.send?.({ ready: true, workerdPids } satisfies EdgeReady);
