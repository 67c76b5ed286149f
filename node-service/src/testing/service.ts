/**
 * The node service as most of its tests drive it: the HTTP service and the job worker in this process, amid a database
 * of their own, the Stripe stand-in and a gateway.
 */

import { createServer } from 'node:http';
import type pg from 'pg';
import type { StripeStandIn } from '../../../local/stripe-stand-in/server.ts';
import type { TestDatabase } from '../../../local/test-database.ts';
import { createApp } from '../app.ts';
import { buildDeps } from '../build-deps.ts';
import { readConfig } from '../config.ts';
import type { Deps } from '../deps.ts';
import { startLoops } from '../jobs/loops.ts';
import { startWorker } from '../jobs/worker.ts';
import { type CallOptions, callService, listen, type Reply } from './gateway.ts';
import { startSurroundings } from './surroundings.ts';

export { eventually } from './eventually.ts';
export { type CallOptions, newKey, type Reply } from './gateway.ts';

export type TestService = {
  readonly url: string;
  readonly deps: Deps;
  readonly database: TestDatabase;
  readonly standIn: StripeStandIn;
  readonly webhookSecret: string;
  readonly billingWebhookSecret: string;
  /** Calls the node contract as the gateway does. `path` is below /node/v1 unless it begins with /ops. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Pays, declines or expires a session at the stand-in. */
  pay(sessionId: string, outcome: string): Promise<Reply>;
  standInControl(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Rows, as a superuser sees them, whatever the shop. */
  rows<T extends pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
};

export type ServiceOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Migrated and empty; one of the run's own server where none is given. */
  readonly database?: TestDatabase;
  /** No worker and no loops: events and jobs wait. */
  readonly withoutJobs?: boolean;
};

/** Starts all of it, with the two demo shops. The caller stops it. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  let url = '';
  const around = await startSurroundings({
    serviceUrl: () => url,
    retryScheduleMs: [100, 200, 400, 800, 1_600, 3_200],
    ...(options.database === undefined ? {} : { database: options.database }),
  });
  const config = readConfig({ ...around.env, ...options.env });
  const deps = await buildDeps(config, 'test');
  const server = createServer((await createApp(deps)).callback());
  url = `http://127.0.0.1:${await listen(server)}`;
  const worker = options.withoutJobs ? undefined : await startWorker(deps);
  const loops = worker && startLoops(deps, worker.lockNames);
  return {
    ...around,
    url,
    deps,
    call: (method, path, call) => callService(url, method, path, call),
    stop: () =>
      around.stop(async () => {
        await loops?.stop();
        await worker?.stop();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await deps.db.close();
      }),
  };
}
