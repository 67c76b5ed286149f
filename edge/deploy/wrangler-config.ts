import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { configFile, type DeployEnvironment, type WorkerName } from './workers.ts';

export interface Route {
  readonly pattern: string;
  readonly zone_name?: string;
  readonly custom_domain?: boolean;
}

/** The part of one environment in a wrangler.jsonc that is read here. */
export interface WorkerSettings {
  readonly name: string;
  readonly compatibility_date: string;
  readonly workers_dev: boolean;
  readonly preview_urls: boolean;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: { readonly required: readonly string[] };
  readonly routes?: readonly Route[];
  readonly triggers?: { readonly crons: readonly string[] };
  readonly d1_databases?: readonly {
    readonly binding: string;
    readonly database_name: string;
    readonly database_id: string;
  }[];
  readonly kv_namespaces?: readonly { readonly binding: string; readonly id: string }[];
  readonly services?: readonly {
    readonly binding: string;
    readonly service: string;
    readonly entrypoint?: string;
  }[];
  readonly analytics_engine_datasets?: readonly {
    readonly binding: string;
    readonly dataset: string;
  }[];
  readonly ratelimits?: readonly {
    readonly name: string;
    readonly namespace_id: string;
    readonly simple: { readonly limit: number; readonly period: number };
  }[];
  readonly observability?: {
    readonly enabled: boolean;
    readonly head_sampling_rate: number;
    readonly logs?: { readonly head_sampling_rate: number };
  };
}

/** Of these wrangler takes a top-level value for each environment; of every other it takes the environment's own. */
const INHERITED = ['compatibility_date', 'workers_dev', 'preview_urls', 'triggers'] as const;

type WranglerConfig = WorkerSettings & {
  readonly env?: Readonly<Record<string, WorkerSettings>>;
};

/**
 * A Worker's settings in one environment, as wrangler puts them together.
 * @param root of the repository, absolute
 * @throws Error that names the file which is no JSON or has no such environment
 */
export async function readSettings(
  root: string,
  worker: WorkerName,
  environment: DeployEnvironment,
): Promise<WorkerSettings> {
  const file = configFile(worker);
  const text = await readFile(join(root, file), 'utf8');
  // TypeScript's reader knows comments and trailing commas, as wrangler's does.
  const { config, error } = ts.parseConfigFileTextToJson(file, text);
  if (error !== undefined) {
    throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(error.messageText, ' ')}`);
  }
  const settings = (config as WranglerConfig).env?.[environment];
  if (settings === undefined) throw new Error(`${file} has no environment "${environment}"`);
  const inherited = Object.fromEntries(
    INHERITED.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])),
  );
  return { ...inherited, ...settings };
}
