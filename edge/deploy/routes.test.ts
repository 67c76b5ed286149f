import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type HostPattern, hostPattern, overlap, takes } from './routes.rules.ts';
import { DEPLOY_ENVIRONMENTS, type DeployEnvironment, WORKERS } from './workers.ts';
import { type Route, readSettings, type WorkerSettings } from './wrangler-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const zoned = (pattern: string, zone_name: string): Route => ({ pattern, zone_name });

describe('two patterns overlap', () => {
  test.each<[string, Route, Route, boolean]>([
    [
      'an umbrella and a name under it',
      zoned('*.a.test/*', 'a.test'),
      zoned('x.a.test/*', 'a.test'),
      true,
    ],
    [
      'an umbrella and one within it',
      zoned('*.a.test/*', 'a.test'),
      zoned('*.s.a.test/*', 'a.test'),
      true,
    ],
    [
      'an umbrella and its own bare name',
      zoned('*.a.test/*', 'a.test'),
      zoned('a.test/*', 'a.test'),
      false,
    ],
    [
      'two umbrellas side by side',
      zoned('*.s.a.test/*', 'a.test'),
      zoned('*.p.a.test/*', 'a.test'),
      false,
    ],
    ['all of a zone and a name of it', zoned('*/*', 'a.test'), zoned('x.a.test/*', 'a.test'), true],
    ['all of two zones', zoned('*/*', 'a.test'), zoned('*/*', 'b.test'), false],
    [
      'a custom domain under an umbrella',
      { pattern: 'x.a.test', custom_domain: true },
      zoned('*.a.test/*', 'a.test'),
      true,
    ],
    [
      'a custom domain in a zone taken whole',
      { pattern: 'x.a.test', custom_domain: true },
      zoned('*/*', 'a.test'),
      true,
    ],
    [
      'a custom domain of another zone',
      { pattern: 'x.b.test', custom_domain: true },
      zoned('*/*', 'a.test'),
      false,
    ],
    [
      'a name that only ends alike',
      zoned('*.a.test/*', 'a.test'),
      { pattern: 'x.aa.test', custom_domain: true },
      false,
    ],
    [
      'one custom domain twice',
      { pattern: 'x.a.test', custom_domain: true },
      { pattern: 'x.a.test', custom_domain: true },
      true,
    ],
  ])('%s: %#', (_, one, other, expected) => {
    expect(overlap(hostPattern(one), hostPattern(other))).toBe(expected);
    expect(overlap(hostPattern(other), hostPattern(one))).toBe(expected);
  });

  test('exactly where some host is taken by both', () => {
    const label = fc.constantFrom('a', 'b', 'ab');
    const host = fc
      .array(label, { minLength: 1, maxLength: 3 })
      .map((labels) => `${labels.join('.')}.z.test`);
    const route = fc
      .tuple(host, fc.constantFrom('', '*', '*.'))
      .map(([name, star]) => zoned(`${star}${name}/*`, 'z.test'));
    fc.assert(
      fc.property(route, route, (one, other) => {
        const patterns = [hostPattern(one), hostPattern(other)] as const;
        // A host that both take is the longer of the two, or that with something before it.
        const hosts = patterns.flatMap(({ suffix }) => [suffix, `x${suffix}`]);
        const shared = hosts.some((name) => patterns.every((pattern) => takes(pattern, name)));
        expect(overlap(...patterns)).toBe(shared);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['a.test/shop/*', 'a.*.test/*', 'a.test', '*.a.test/'])(
    '%s is refused: it is no whole host',
    (pattern) => {
      expect(() => hostPattern(zoned(pattern, 'a.test'))).toThrow(pattern);
    },
  );
});

describe('the routes of wrangler.jsonc', () => {
  const settings = new Map<string, WorkerSettings>();
  const of = (worker: string, environment: DeployEnvironment): WorkerSettings => {
    const found = settings.get(`${worker} ${environment}`);
    if (found === undefined) throw new Error(`${worker} has no ${environment}`);
    return found;
  };
  const routes = (environment: DeployEnvironment): readonly Route[] =>
    of('front-door', environment).routes ?? [];
  const patterns = (environment: DeployEnvironment): HostPattern[] =>
    routes(environment).map(hostPattern);
  const hostOf = (environment: DeployEnvironment, name: string): string =>
    of('front-door', environment).vars?.[name] ?? '';

  beforeAll(async () => {
    for (const environment of DEPLOY_ENVIRONMENTS) {
      for (const worker of WORKERS) {
        settings.set(`${worker} ${environment}`, await readSettings(ROOT, worker, environment));
      }
    }
  });

  test('no pattern of one environment meets one of another', () => {
    const met = patterns('staging').flatMap((one, index) =>
      patterns('production').flatMap((other, otherIndex) =>
        overlap(one, other)
          ? [
              `${routes('staging')[index]?.pattern} meets ${routes('production')[otherIndex]?.pattern}`,
            ]
          : [],
      ),
    );
    expect(met).toEqual([]);
    expect(patterns('staging').length * patterns('production').length).toBeGreaterThan(0);
  });

  test('no environment’s node service is behind any front door', () => {
    for (const environment of DEPLOY_ENVIRONMENTS) {
      const origin = new URL(of('gateway', environment).vars?.NODE_ORIGIN ?? '').hostname;
      const taken = DEPLOY_ENVIRONMENTS.flatMap(patterns).filter((pattern) =>
        takes(pattern, origin),
      );
      expect(taken, origin).toEqual([]);
    }
  });

  test.each(DEPLOY_ENVIRONMENTS)(
    '%s: webhooks and operators come in by one route each',
    (environment) => {
      for (const name of ['WEBHOOK_HOST', 'CONTROL_HOST']) {
        const host = hostOf(environment, name);
        const taking = DEPLOY_ENVIRONMENTS.map(
          (each) => patterns(each).filter((pattern) => takes(pattern, host)).length,
        );
        expect(taking, host).toEqual(
          DEPLOY_ENVIRONMENTS.map((each) => (each === environment ? 1 : 0)),
        );
      }
    },
  );

  test.each(DEPLOY_ENVIRONMENTS)(
    '%s: umbrella names and custom hostnames come in through one zone',
    (environment) => {
      const zones = new Set(routes(environment).flatMap(({ zone_name }) => zone_name ?? []));
      expect(zones.size).toBe(1);
      const [zone] = zones;
      expect(routes(environment).map(({ pattern }) => pattern)).toEqual(
        expect.arrayContaining([`*.${zone}/*`, '*/*']),
      );
    },
  );

  test.each(DEPLOY_ENVIRONMENTS)(
    '%s: the front door alone has routes, and no Worker another address',
    (environment) => {
      for (const worker of WORKERS) {
        const { workers_dev, preview_urls, routes: own } = of(worker, environment);
        expect({ worker, workers_dev, preview_urls }).toEqual({
          worker,
          workers_dev: false,
          preview_urls: false,
        });
        expect(own === undefined, worker).toBe(worker !== 'front-door');
      }
    },
  );
});
