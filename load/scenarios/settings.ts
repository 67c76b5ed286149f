/** What the runner tells a scenario, as one JSON text in the environment variable SETTINGS. */
import { requireLoopback } from '../loopback.ts';

export type ShopTarget = {
  readonly shopId: string;
  /** `http://<shop's host>:<port>`. */
  readonly origin: string;
  /** What buyers come for: the first is the hot one. */
  readonly items: readonly ItemTarget[];
};

export type ItemTarget = {
  readonly sku: string;
  readonly variantAttributes: Readonly<Record<string, string>>;
  readonly variantKey: string;
  /** In the host's default locale. */
  readonly pagePath: string;
};

export type ScenarioSettings = {
  readonly shops: readonly ShopTarget[];
  /** `http://127.0.0.1:<port>`. */
  readonly standIn: string;
  /** Names with their ports, as k6's option `hosts` takes them: Go resolves no *.localhost everywhere. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly buyers: number;
  readonly units: number;
  readonly durationSeconds: number;
  readonly seed: number;
  /** Where k6 leaves its thresholds. */
  readonly summaryFile: string;
};

declare const __ENV: Readonly<Record<string, string | undefined>>;

/** @throws where a scenario is run without its runner, or against another machine. */
export function readSettings(): ScenarioSettings {
  const text = __ENV.SETTINGS;
  if (text === undefined)
    throw new Error('SETTINGS is not set: run a scenario by `npm run load -- NAME`');
  const settings = JSON.parse(text) as ScenarioSettings;
  requireLoopback([
    settings.standIn,
    ...settings.shops.map(({ origin }) => origin),
    ...Object.values(settings.hosts).map((address) => `http://${address}`),
  ]);
  return settings;
}

/** @throws where the runner named fewer shops. */
export function shopAt(settings: ScenarioSettings, index: number): ShopTarget {
  const shop = settings.shops[index];
  if (shop === undefined) throw new Error(`there is no shop number ${index + 1}`);
  return shop;
}
