import type { Config } from './config.ts';
import type { Deps } from './deps.ts';
import { createAllocator } from './inventory/index.ts';
import { systemClock } from './platform/clock.ts';
import { openDatabase } from './platform/db.ts';
import { killPoints } from './platform/kill-point.ts';
import { createLog } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { createStripe } from './platform/stripe/index.ts';
import { createShopRegistry, createTokens } from './tenancy/index.ts';
import { createInbox } from './webhooks/index.ts';

/** Builds everything the service is made of, for the process of this name. @throws when the database is not there. */
export async function buildDeps(config: Config, processName: string): Promise<Deps> {
  const log = createLog(processName, config.logLevel);
  const metrics = createMetrics();
  const clock = systemClock;
  const killPoint = killPoints(config.killAt);
  const { tenantDatabaseUrl, platformDatabaseUrl, poolSize } = config;
  const db = await openDatabase({
    tenantDatabaseUrl,
    platformDatabaseUrl,
    poolSize,
    warn: log.warn,
  });
  return {
    config,
    log,
    metrics,
    clock,
    db,
    inbox: createInbox({ db, config, metrics, log, clock, killPoint }),
    shops: createShopRegistry(db),
    tokens: createTokens(config.tokenKeys, clock, db),
    allocator: createAllocator({ inShop: db.allocating, clock, metrics, killPoint }),
    stripe: createStripe(config.stripe),
    killPoint,
  };
}
