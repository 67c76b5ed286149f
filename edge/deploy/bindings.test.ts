/** What a Worker's code expects, what it is given on this machine and what wrangler deploys with it are one. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPATIBILITY_DATE, workerSettings } from '../../local/edge.ts';
import { DEPLOY_ENVIRONMENTS, WORKERS, type WorkerName } from './workers.ts';
import { readSettings, type WorkerSettings } from './wrangler-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 180_000;

type Kind = 'text' | 'd1' | 'kv' | 'service' | 'limit' | 'metrics';
/** By their names. */
type Bindings = Record<string, Kind>;

const ENV_TYPES: Record<WorkerName, readonly [file: string, type: string]> = {
  'front-door': ['edge/front-door/bindings.ts', 'FrontDoorEnv'],
  gateway: ['edge/gateway/config.ts', 'GatewayEnv'],
  storefront: ['edge/storefront/config.ts', 'StorefrontEnv'],
};

const KIND_OF_TYPE: Readonly<Record<string, Kind>> = {
  D1Database: 'd1',
  KVNamespace: 'kv',
  AnalyticsEngineDataset: 'metrics',
  RateLimit: 'limit',
  ServiceBinding: 'service',
  Catalogue: 'service',
};

/** The members of a Worker's environment type, its own and those that it inherits. */
function expected(program: ts.Program, worker: WorkerName): { needed: Bindings; all: Bindings } {
  const [file, name] = ENV_TYPES[worker];
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(ROOT, file));
  const symbol = source && checker.getSymbolAtLocation(source);
  const type = symbol && checker.getExportsOfModule(symbol).find((one) => one.name === name);
  if (type === undefined) throw new Error(`${file} exports no ${name}`);
  const needed: Bindings = {};
  const all: Bindings = {};
  for (const member of checker.getDeclaredTypeOfSymbol(type).getProperties()) {
    const kind = kindOf(checker.getNonNullableType(checker.getTypeOfSymbol(member)), member.name);
    all[member.name] = kind;
    if ((member.flags & ts.SymbolFlags.Optional) === 0) needed[member.name] = kind;
  }
  return { needed, all };
}

function kindOf(type: ts.Type, name: string): Kind {
  const parts = type.isUnion() ? type.types : [type];
  if (parts.every(({ flags }) => (flags & ts.TypeFlags.StringLike) !== 0)) return 'text';
  const typeName = (type.aliasSymbol ?? type.symbol).name;
  const kind = KIND_OF_TYPE[typeName];
  if (kind === undefined) throw new Error(`${name} is a ${typeName}: what binding is that?`);
  return kind;
}

function named(kind: Kind, names: readonly string[] = []): Bindings {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

const names = (list: readonly { readonly binding: string }[] = []): string[] =>
  list.map(({ binding }) => binding);

function deployed(settings: WorkerSettings): Bindings {
  return {
    ...named('text', [...Object.keys(settings.vars ?? {}), ...(settings.secrets?.required ?? [])]),
    ...named('d1', names(settings.d1_databases)),
    ...named('kv', names(settings.kv_namespaces)),
    ...named('service', names(settings.services)),
    ...named('metrics', names(settings.analytics_engine_datasets)),
    ...named(
      'limit',
      settings.ratelimits?.map(({ name }) => name),
    ),
  };
}

const local = workerSettings(
  {
    port: 0,
    nodeOrigin: 'http://127.0.0.1:1',
    gatewayKeyId: 'k',
    gatewayPrivateKey: '',
    cartKeys: [],
  },
  1,
);

function onThisMachine(worker: WorkerName): Bindings {
  const settings = local[worker];
  return {
    ...named('text', Object.keys(settings.bindings)),
    ...named('d1', Object.keys(settings.d1Databases ?? {})),
    ...named('kv', Object.keys(settings.kvNamespaces ?? {})),
    ...named('service', Object.keys(settings.serviceBindings ?? {})),
    ...named('metrics', Object.keys(settings.analyticsEngineDatasets ?? {})),
    ...named('limit', Object.keys(settings.ratelimits ?? {})),
  };
}

/** `GATEWAY` → the Worker and the entrypoint that it is, without the environment in the Worker's name. */
function targets(settings: WorkerSettings, environment: string): Record<string, unknown> {
  return Object.fromEntries(
    (settings.services ?? []).map(({ binding, service, entrypoint }) => {
      expect(service).toMatch(new RegExp(`-${environment}$`));
      const name = service.slice(0, -environment.length - 1);
      return [binding, entrypoint === undefined ? name : { name, entrypoint }];
    }),
  );
}

let program: ts.Program;
beforeAll(() => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [] },
    ts.sys,
    ROOT,
  );
  const rootNames = Object.values(ENV_TYPES).map(([file]) => join(ROOT, file));
  program = ts.createProgram({ rootNames, options });
}, TIMEOUT_MS);

describe.each(WORKERS)('%s', (worker) => {
  test(
    'is given on this machine all that its code needs, and nothing that it does not know',
    () => {
      const { needed, all } = expected(program, worker);
      expect(Object.keys(needed).length).toBeGreaterThan(3);
      expect(onThisMachine(worker)).toMatchObject(needed);
      expect(all).toMatchObject(onThisMachine(worker));
    },
    TIMEOUT_MS,
  );

  test.each(DEPLOY_ENVIRONMENTS)(
    'is given the same in %s',
    async (environment) => {
      const { needed, all } = expected(program, worker);
      const settings = await readSettings(ROOT, worker, environment);
      const bindings = deployed(settings);
      expect(bindings).toMatchObject(needed);
      expect(all).toMatchObject(bindings);
      // Of texts, local mode has some of its own: the origin of the Stripe stand-in.
      const others = (all: Bindings) => Object.entries(all).filter(([, kind]) => kind !== 'text');
      expect(others(bindings).sort()).toEqual(others(onThisMachine(worker)).sort());
      expect(targets(settings, environment)).toEqual(local[worker].serviceBindings ?? {});
    },
    TIMEOUT_MS,
  );

  test('runs as on the same day everywhere', async () => {
    for (const environment of DEPLOY_ENVIRONMENTS) {
      const { compatibility_date } = await readSettings(ROOT, worker, environment);
      expect(compatibility_date).toBe(COMPATIBILITY_DATE);
    }
  });

  test.each(DEPLOY_ENVIRONMENTS)(
    'keeps its name and its environment apart in %s',
    async (environment) => {
      const { name, vars } = await readSettings(ROOT, worker, environment);
      expect(name).toBe(`${worker}-${environment}`);
      if (worker !== 'storefront') expect(vars?.ENVIRONMENT).toBe(environment);
    },
  );

  test('logs what it has to say: all in staging, a sample in production, and no line of the runtime’s', async () => {
    const rates = await Promise.all(
      DEPLOY_ENVIRONMENTS.map(async (environment) => {
        const { observability } = await readSettings(ROOT, worker, environment);
        expect(observability?.enabled).toBe(true);
        expect(observability?.logs).toMatchObject({ enabled: true, invocation_logs: false });
        expect(observability?.logs?.head_sampling_rate).toBe(observability?.head_sampling_rate);
        return observability?.head_sampling_rate ?? 0;
      }),
    );
    expect(rates[0]).toBe(1);
    expect(rates[1]).toBeGreaterThan(0);
    expect(rates[1]).toBeLessThan(1);
  });
});

test('the front door alone is woken, every minute', async () => {
  for (const environment of DEPLOY_ENVIRONMENTS) {
    const crons = await Promise.all(
      WORKERS.map(
        async (worker) => (await readSettings(ROOT, worker, environment)).triggers?.crons ?? [],
      ),
    );
    expect(crons).toEqual(WORKERS.map((worker) => (worker === 'front-door' ? ['* * * * *'] : [])));
  }
});

test('no two environments share a database, a cache, a dataset or a counter', async () => {
  const owned = await Promise.all(
    DEPLOY_ENVIRONMENTS.map(async (environment) => {
      const all = await Promise.all(
        WORKERS.map((worker) => readSettings(ROOT, worker, environment)),
      );
      return all.flatMap((settings) => [
        ...(settings.d1_databases ?? []).map(({ database_name }) => `d1 ${database_name}`),
        ...(settings.analytics_engine_datasets ?? []).map(({ dataset }) => `dataset ${dataset}`),
        ...(settings.ratelimits ?? []).map(({ namespace_id }) => `counter ${namespace_id}`),
      ]);
    }),
  );
  const [staging = [], production = []] = owned;
  expect(staging.length).toBeGreaterThan(0);
  expect(staging.filter((one) => production.includes(one))).toEqual([]);
});
