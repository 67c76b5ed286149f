/** What is bound, what is promised and what is tried locally are one: the files that say it are compared. */
import { type Operation, operations } from '@commerce/generated/public-v1/operations.ts';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../local/entry-point.ts';
import { RATE_LIMITS } from '../../local/rate-limits.ts';
import type { DeployEnvironment } from '../deploy/workers.ts';
import { readSettings } from '../deploy/wrangler-config.ts';
import { configOf } from '../gateway/config.ts';
import { GATEWAY_LIMITS, profileOf } from '../gateway/limits.ts';
import { LIMIT_PERIOD_SECONDS } from './rate-limit.ts';

async function bindingsOf(worker: keyof typeof RATE_LIMITS, environment: DeployEnvironment) {
  return (await readSettings(ROOT, worker, environment)).ratelimits ?? [];
}

const ENVIRONMENTS: readonly DeployEnvironment[] = ['staging', 'production'];
const WORKERS = ['front-door', 'gateway'] as const;
const all = Object.entries<Operation>(operations);

describe.each(ENVIRONMENTS)('in %s', (environment) => {
  test.each(WORKERS)('%s has the limits that are tried locally', async (worker) => {
    const bound = (await bindingsOf(worker, environment)).map(({ name, simple }) => [
      name,
      { limit: simple.limit, periodSeconds: simple.period },
    ]);
    expect(Object.fromEntries(bound)).toEqual(RATE_LIMITS[worker]);
    expect(bound.length).toBe(Object.keys(RATE_LIMITS[worker]).length);
  });

  test('whoever waits as long as Retry-After says has waited out the period', async () => {
    const bound = [
      ...(await bindingsOf('front-door', environment)),
      ...(await bindingsOf('gateway', environment)),
    ];
    expect([...new Set(bound.map(({ simple }) => simple.period))]).toEqual([LIMIT_PERIOD_SECONDS]);
  });
});

test('no two limits count in one namespace', async () => {
  const pairs = WORKERS.flatMap((worker) =>
    ENVIRONMENTS.map((environment) => bindingsOf(worker, environment)),
  );
  const ids = (await Promise.all(pairs)).flat().map((binding) => binding.namespace_id);
  expect(ids.length).toBe(12);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('the gateway', () => {
  const settings = {
    ENVIRONMENT: 'production',
    NODE_ORIGIN: 'https://node.example.com',
    GATEWAY_KEY_ID: 'k1',
    GATEWAY_PRIVATE_KEY: 'bm90IGEga2V5',
  };

  test.each(Object.keys(RATE_LIMITS.gateway))('does not start without %s', async (missing) => {
    const bound = GATEWAY_LIMITS.filter((name) => name !== missing).map((name) => [name, {}]);
    const env = { ...settings, ...Object.fromEntries(bound) };
    await expect(configOf(env)).rejects.toThrow(`${missing} is not bound`);
  });
});

describe('the contract', () => {
  test('documents 429 for every public operation but the webhooks, which are never limited', () => {
    const documented = all.filter(([, { statuses }]) => statuses.includes('429'));
    const limited = all.filter(([, { extensions }]) => extensions.family !== 'webhooks');
    expect(documented.map(([id]) => id)).toEqual(limited.map(([id]) => id));
  });

  test('has two profiles: what only asks, and what may move money or stock', () => {
    const ofGateway = all.filter(
      ([, { extensions }]) => !['webhooks', 'cart'].includes(String(extensions.family)),
    );
    const profiles = Object.groupBy(ofGateway, ([, operation]) => profileOf(operation));
    expect(profiles.read?.map(([id]) => id)).toEqual([
      'getOrderStatus',
      'validateInventory',
      'getAvailability',
    ]);
    expect(profiles.spend?.length).toBe(ofGateway.length - 3);
    for (const [id, { idempotent, method }] of profiles.spend ?? []) {
      expect([id, idempotent || method !== 'GET']).toEqual([id, true]);
    }
  });
});
