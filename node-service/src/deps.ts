import type Stripe from 'stripe';
import type { Config } from './config.ts';
import type { Allocator } from './inventory/index.ts';
import type { Clock } from './platform/clock.ts';
import type { Database } from './platform/db.ts';
import type { KillPoints } from './platform/kill-point.ts';
import type { Log } from './platform/log.ts';
import type { Metrics } from './platform/metrics.ts';
import type { ShopRegistry, Tokens } from './tenancy/index.ts';
import type { Inbox } from './webhooks/index.ts';

/** Everything the service is made of, built once in main.ts. A function asks for what it uses of it. */
export type Deps = {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly shops: ShopRegistry;
  readonly tokens: Tokens;
  readonly allocator: Allocator;
  readonly inbox: Inbox;
  readonly stripe: Stripe;
  readonly killPoint: KillPoints;
};
